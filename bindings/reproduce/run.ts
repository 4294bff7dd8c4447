import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createEngine } from "../engine/engine.js";
import { ResourceError } from "../errors.js";
import { type CellProgress, runCells } from "./cells.js";
import type { Figure } from "./figure.js";
import { followFigure } from "./figures/follow.js";
import { kernelFigure, lossFigure } from "./figures/one-step.js";
import { ratesFigure } from "./figures/rates.js";
import { componentFigure, trajectoryFigure } from "./figures/trajectory.js";
import type { Laboratory } from "./laboratory.js";
import { writeFigure } from "./output.js";

/** The published figures, and two more that show what the theory says about them. */
const FIGURES = {
  fig1: lossFigure,
  fig2: kernelFigure,
  fig3: trajectoryFigure,
  fig5: componentFigure,
  rates: ratesFigure,
  follow: followFigure,
} as const;

export type FigureName = keyof typeof FIGURES;
export const figureNames = Object.keys(FIGURES) as FigureName[];

export interface ReproduceOptions {
  /** Smaller widths, fewer trials and steps: minutes instead of hours. */
  readonly quick: boolean;
  readonly trials?: number;
  /** Of the first trial; each following one has the next. */
  readonly seed: number;
  readonly out: string;
  readonly signal?: AbortSignal;
  readonly onCell?: (figure: FigureName, progress: CellProgress) => void;
}

/** Computes what is missing and writes each figure. Returns the paths of the files. */
export async function reproduce(
  names: readonly FigureName[],
  options: ReproduceOptions,
): Promise<string[]> {
  const { out, quick, seed, trials, signal, onCell } = options;
  makeFolder(out);
  const engine = await createEngine({ threads: "auto" });
  try {
    const paths: string[] = [];
    for (const name of names) {
      const laboratory: Laboratory = {
        engine,
        quick,
        seeds: (usual) => {
          const count = trials ?? (quick ? usual.quick : usual.full);
          return Array.from({ length: count }, (_, trial) => seed + trial);
        },
        run: (cells) =>
          runCells(join(out, "cells.jsonl"), cells, {
            ...(signal && { signal }),
            ...(onCell && { onCell: (progress) => onCell(name, progress) }),
          }),
      };
      const figure: Figure = await FIGURES[name](laboratory);
      paths.push(...(await writeFigure(figure, out)));
    }
    return paths;
  } finally {
    engine.dispose();
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new ResourceError("file", `cannot make the folder ${path}: ${String(cause)}`, {
      argument: "--out",
      cause,
    });
  }
}

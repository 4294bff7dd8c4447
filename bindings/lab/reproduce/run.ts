import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createEngine } from "../../engine/engine.js";
import { StateError } from "../../support/errors.js";
import { writeText } from "../files.js";
import type { Figure } from "../plot/figure.js";
import { writeFigure } from "../plot/output.js";
import { makeCell } from "../sweep/cell.js";
import { makeFolder, resultPath } from "../sweep/folder.js";
import { LocalExecutor } from "../sweep/local.js";
import { expandPlan, type Plan } from "../sweep/plan.js";
import { ResultFile } from "../sweep/results.js";
import { type CellProgress, runCells } from "../sweep/run-cells.js";
import { describeFailure, localLimits } from "../sweep/sweep.js";
import { followFigure } from "./figures/follow.js";
import { kernelFigure, lossFigure } from "./figures/one-step.js";
import { ratesFigure } from "./figures/rates.js";
import { componentFigure, trajectoryFigure } from "./figures/trajectory.js";
import type { Laboratory, PlanResults } from "./laboratory.js";
import type { FigureName } from "./names.js";

const FIGURES = {
  fig1: lossFigure,
  fig2: kernelFigure,
  fig3: trajectoryFigure,
  fig5: componentFigure,
  rates: ratesFigure,
  follow: followFigure,
} satisfies Record<FigureName, unknown>;

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

/**
 * Computes what is missing and writes each figure, and the plans it was made of, which `newton-nn
 * sweep` takes too. Returns the paths of the files.
 */
export async function reproduce(
  names: readonly FigureName[],
  options: ReproduceOptions,
): Promise<string[]> {
  const { out, quick, seed, trials, signal, onCell } = options;
  makeFolder(out, "--out");
  const file = await ResultFile.open(resultPath(out));
  const executor = new LocalExecutor(localLimits({ workers: availableParallelism() }), new Map());
  const engine = await createEngine({ threads: "auto" });
  try {
    const paths: string[] = [];
    for (const name of names) {
      const plans: Plan[] = [];
      const laboratory: Laboratory = {
        engine,
        quick,
        seeds: (usual) => {
          const count = trials ?? (quick ? usual.quick : usual.full);
          return Array.from({ length: count }, (_, trial) => seed + trial);
        },
        run: (plan) => {
          plans.push(plan);
          return runPlan(plan, file, executor, {
            ...(signal && { signal }),
            ...(onCell && { onCell: (progress) => onCell(name, progress) }),
          });
        },
      };
      const figure: Figure = await FIGURES[name](laboratory);
      paths.push(...(await writeFigure(figure, out)));
      const path = join(out, `${name}-plans.json`);
      writeText(path, `${JSON.stringify(plans, null, 1)}\n`);
      paths.push(path);
    }
    return paths;
  } finally {
    engine.dispose();
    await executor.close();
    await file.close();
  }
}

/** @throws StateError `aborted` when it was interrupted; the error of a cell that failed */
async function runPlan<T>(
  plan: Plan,
  file: ResultFile,
  executor: LocalExecutor,
  options: Parameters<typeof runCells>[4],
): Promise<PlanResults<T>> {
  const cells = expandPlan(plan, new Map());
  const failures = await runCells(cells, new Map(), file, executor, options);
  const [failed] = cells.filter(({ id }) => failures.has(id));
  if (failed !== undefined) {
    throw new Error(describeFailure({ cell: failed, ...failures.get(failed.id)! }));
  }
  const done = cells.filter(({ id }) => file.results.has(id)).length;
  if (done < cells.length) {
    const message = `interrupted after ${done} of ${cells.length} cells; the same command goes on from there`;
    throw new StateError("aborted", message);
  }
  const experiment = plan.experiment ?? "train";
  return {
    of: (varied) => {
      const { id } = makeCell(experiment, { ...plan.settings, ...varied });
      return file.results.get(id)!.result as T;
    },
  };
}

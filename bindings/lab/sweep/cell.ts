import { createHash } from "node:crypto";
import type { Dataset } from "../../data/matrix.js";
import type { Label } from "../../fit/classes.js";
import type { Estimate, Settings } from "../experiments/experiment.js";
import { type CellKind, experimentOf } from "../experiments/index.js";

/** One point of a grid. The result depends on what is here alone. */
export interface Cell {
  /** Digest of experiment, settings and data: the same in every plan that has this cell. */
  readonly id: string;
  readonly experiment: CellKind;
  readonly settings: Settings;
  /** Digest of the data set that `settings.target` names, `null` for a built-in problem. */
  readonly data: string | null;
}

/** Samples as lists. */
export interface Rows extends Dataset {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly weights?: readonly number[];
}

/** A data set of a plan, known by its digest. */
export interface NamedData extends Rows {
  /** Samples that are not trained on. */
  readonly test?: Rows;
  /** What the classes are called whose numbers the targets are. */
  readonly classes?: readonly Label[];
  readonly digest: string;
}

/** What a cell came to. */
export type Outcome =
  | { readonly ok: true; readonly result: unknown; readonly seconds: number }
  | { readonly ok: false; readonly error: CellError };

export interface CellError {
  readonly code: string;
  readonly message: string;
  /**
   * Whether another try could end otherwise: not for bad settings, which fail the same way
   * everywhere.
   */
  readonly retry: boolean;
}

/** 64 bits of SHA-256 over JSON with sorted keys: enough that cells of one plan never meet. */
export function digest(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex").slice(0, 16);
}

/** What a data set is known by. */
export function digestOfData(data: Omit<NamedData, "digest">): string {
  const { x, y, weights, test, classes } = data;
  const more = { ...(weights && { weights }), ...(test && { test }), ...(classes && { classes }) };
  return digest({ x, y, ...more });
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export function makeCell(
  experiment: CellKind,
  settings: Settings,
  data: string | null = null,
): Cell {
  return { id: digest({ experiment, settings, data }), experiment, settings, data };
}

/** For people: the settings in one line. */
export function describeCell({ settings }: Cell): string {
  return Object.entries(settings)
    .filter(([, value]) => typeof value !== "object")
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ");
}

/** Operations and bytes of a cell. */
export function estimateCell(cell: Cell, data: NamedData | undefined): Estimate {
  const size = data && {
    samples: data.y.length,
    inputs: data.x[0]!.length,
    classes: data.classes?.length ?? 0,
  };
  return experimentOf(cell.experiment).estimate(cell.settings, size ?? null);
}

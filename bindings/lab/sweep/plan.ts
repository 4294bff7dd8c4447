import { describe, InputError, invalid } from "../../support/errors.js";
import { namesOf } from "../../support/validate.js";
import type { Settings } from "../experiments/experiment.js";
import { type ExperimentName, experimentOf } from "../experiments/index.js";
import { isBuiltIn } from "../experiments/training.js";
import { type Cell, digest, makeCell, type NamedData } from "./cell.js";

/** Whole numbers `from`, `from + 1`, ...: the usual way to name seeds. */
export interface Range {
  readonly from: number;
  readonly count: number;
}

/** Values of each setting that is varied; all combinations are run. */
export type Grid = Readonly<Record<string, readonly unknown[] | Range>>;

/** What a target is taken as. */
const TARGETS = {
  numbers: { standardized: true, labels: false },
  counts: { standardized: false, labels: false },
  classes: { standardized: false, labels: true },
} as const satisfies Record<string, { readonly standardized: boolean; readonly labels: boolean }>;

/** `numbers`, `counts` or `classes`. */
export type TargetKind = keyof typeof TARGETS;

export const targetKinds = namesOf(TARGETS);

export function targetTraits(kind: TargetKind) {
  return TARGETS[kind];
}

/** Columns of a file, relative to the plan, taken as the command `train` takes them. */
export interface TableSource {
  readonly csv: string;
  readonly target: string;
  /**
   * What the target is: `numbers` (the default), `counts`, which are not standardized, or
   * `classes`, of any texts.
   */
  readonly targets?: TargetKind;
  /** Default all but the target and the weights. */
  readonly inputs?: readonly string[];
  /** Column of what the loss of each row is multiplied by; default none. */
  readonly weights?: string;
  /**
   * Default true: inputs and target are brought to mean 0 and standard deviation 1 over the rows
   * trained on.
   */
  readonly standardize?: boolean;
  /** Part of the rows that is kept aside for `testLoss`, the same for every cell; default 0. */
  readonly holdout?: number;
  /** Of the rows kept aside; default 0. */
  readonly seed?: number;
}

/** Data of a plan: a table, or the values themselves, which are used as they are. */
export type DataSource =
  | TableSource
  | {
      readonly x: readonly (number | readonly number[])[];
      readonly y: readonly number[];
      readonly weights?: readonly number[];
    };

/** A panel of curves: means over all that is neither on the axis nor tells the curves apart. */
export interface PlanFigure {
  readonly name: string;
  readonly x: string;
  /** A number of the result, or `reached[i]`. */
  readonly y: string;
  readonly series?: string;
  readonly logX?: boolean;
  readonly logY?: boolean;
}

/** A declarative sweep; docs/sweeps.md describes the file it is read from. */
export interface Plan {
  readonly name?: string;
  /** Default `train`. */
  readonly experiment?: ExperimentName;
  /** The same for every cell. */
  readonly settings?: Settings;
  /** One grid, or several whose cells are put together. */
  readonly grid: Grid | readonly Grid[];
  readonly data?: Readonly<Record<string, DataSource>>;
  readonly figures?: readonly PlanFigure[];
}

/** Most cells of a plan: more is a slip of the pen. */
const MAX_CELLS = 1_000_000;

/**
 * All cells in the order of the plan, each once, the last setting varying fastest. @throws
 * InputError `invalid-argument`
 */
export function expandPlan(plan: Plan, data: ReadonlyMap<string, NamedData>): Cell[] {
  const grids = (Array.isArray(plan.grid) ? plan.grid : [plan.grid]) as readonly Grid[];
  const experiment = plan.experiment ?? "train";
  const cells = new Map<string, Cell>();
  for (const grid of grids) {
    checkGrid(grid);
    for (const settings of combinations(grid, plan.settings ?? {})) {
      const cell = makeCell(experiment, settings, dataOf(experiment, settings, data));
      requireSettings(experiment, settings);
      cells.set(cell.id, cell);
    }
  }
  return [...cells.values()];
}

function checkGrid(grid: Grid): void {
  for (const [name, values] of Object.entries(grid)) checkRange(name, values);
  const size = Object.values(grid).reduce(
    (product, values) => product * valuesOf(values).length,
    1,
  );
  if (size > MAX_CELLS) {
    throw invalid("invalid-argument", "plan.grid", `at most ${MAX_CELLS} cells`, String(size));
  }
}

/** Above 2^53 - 1 two numbers of a range would be the same one, and so would their cells. */
function checkRange(name: string, values: readonly unknown[] | Range): void {
  if (Array.isArray(values)) return;
  const { from, count } = values as Range;
  if (Number.isSafeInteger(from) && Number.isSafeInteger(from + (count - 1))) return;
  const expected = "whole numbers up to 2^53 - 1";
  throw invalid("invalid-argument", `plan.grid.${name}`, expected, `${count} from ${from}`);
}

function* combinations(grid: Grid, settings: Settings): Generator<Settings> {
  const [axis, ...rest] = Object.keys(grid);
  if (axis === undefined) {
    yield settings;
    return;
  }
  const others = Object.fromEntries(rest.map((name) => [name, grid[name]!]));
  for (const value of valuesOf(grid[axis]!)) {
    yield* combinations(others, { ...settings, [axis]: value });
  }
}

function valuesOf(values: readonly unknown[] | Range): readonly unknown[] {
  if (Array.isArray(values)) return values;
  const { from, count } = values as Range;
  return Array.from({ length: Math.min(count, MAX_CELLS + 1) }, (_, i) => from + i);
}

function requireSettings(experiment: ExperimentName, settings: Settings): void {
  const missing = experimentOf(experiment).required.find((name) => !(name in settings));
  if (missing === undefined) return;
  throw new InputError(
    "invalid-argument",
    `plan: "${experiment}" needs the setting "${missing}", in settings or in grid`,
    { argument: `plan.settings.${missing}`, expected: "a value", got: "none" },
  );
}

function dataOf(
  experiment: ExperimentName,
  { target }: Settings,
  data: ReadonlyMap<string, NamedData>,
): string | null {
  if (experiment !== "train" || (isBuiltIn(target) && !data.has(String(target)))) return null;
  const named = data.get(String(target));
  if (named !== undefined) return named.digest;
  const known = [...data.keys()].join(", ") || "none";
  throw new InputError(
    "invalid-argument",
    `plan: target ${describe(target)} is neither a built-in problem nor one of the plan's data (${known})`,
    { argument: "plan.settings.target", expected: "a known target", got: describe(target) },
  );
}

/** Settings that differ between cells, in the order they first come: the columns of tables. */
export function variedSettings(cells: readonly Cell[]): string[] {
  const seen = new Map<string, Set<string>>();
  for (const { settings } of cells) {
    for (const [name, value] of Object.entries(settings)) {
      if (!seen.has(name)) seen.set(name, new Set());
      seen.get(name)!.add(JSON.stringify(value));
    }
  }
  const everywhere = (name: string) => cells.every(({ settings }) => name in settings);
  return [...seen]
    .filter(([name, values]) => values.size > 1 || !everywhere(name))
    .map(([name]) => name);
}

/** What a folder of results belongs to: the cells, in any order. */
export function planDigest(cells: readonly Cell[]): string {
  return digest(cells.map(({ id }) => id).sort());
}

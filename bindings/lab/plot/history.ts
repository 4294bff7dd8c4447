import type { StepRecord } from "../../training/record.js";
import { renderSpec } from "./vega.js";

/**
 * Loss and, for the Newton methods, gamma against step, as SVG. @throws ResourceError
 * `missing-dependency`
 */
export async function plotHistory(
  title: string,
  initialLoss: number,
  history: readonly StepRecord[],
): Promise<string> {
  const losses = [
    { step: 0, value: initialLoss, of: TRAINING },
    ...history.map(({ step, loss }) => ({ step, value: loss, of: TRAINING })),
    ...history.flatMap(({ step, validationLoss }) =>
      validationLoss === null ? [] : [{ step, value: validationLoss, of: HELD_OUT }],
    ),
  ];
  const gammas = history.flatMap(({ step, gamma }) =>
    gamma === null ? [] : [{ step, value: gamma, of: GAMMA }],
  );
  // Both panels share it, though gamma begins at step 1.
  const last = Math.max(history.length, 1);
  const panels = [panel("loss", losses, last, 220)];
  if (gammas.length > 0) panels.push(panel(GAMMA, gammas, last, 90));
  // Each panel has curves of its own; one scale for both is warned of.
  const resolve = { scale: { color: "independent" } };
  return renderSpec({ title, vconcat: panels, resolve }, "--plot");
}

interface Point {
  readonly step: number;
  readonly value: number;
  /** The curve that it is of. */
  readonly of: string;
}

const TRAINING = "training";
const HELD_OUT = "rows kept aside";
const GAMMA = "regularization γ";
const COLORS = { [TRAINING]: "#1f5fa8", [HELD_OUT]: "#3a8f5c", [GAMMA]: "#a85a1f" };

function panel(label: string, points: readonly Point[], last: number, height: number) {
  // The loss for counts has no least value that all of them share, and may be below 0.
  const linear = points.some(({ value }) => value < 0 && Number.isFinite(value));
  const { values, floor } = linear ? placeOnAxis(points) : placeOnLogAxis(points);
  const title = floor === null ? label : `${label} (0 shown at ${floor.toExponential(0)})`;
  const curves = Object.keys(COLORS).filter((name) => points.some(({ of }) => of === name));
  const range = curves.map((name) => COLORS[name as keyof typeof COLORS]);
  return {
    data: { values },
    width: 560,
    height,
    // A line through a single point is invisible.
    mark: {
      type: "line",
      strokeWidth: 1.5,
      interpolate: "step-after",
      point: values.length === 1,
    },
    encoding: {
      x: {
        field: "step",
        type: "quantitative",
        scale: { domain: [0, last], nice: false },
        axis: { title: "step", format: ",d", tickMinStep: 1 },
      },
      y: {
        field: "value",
        type: "quantitative",
        scale: linear ? { type: "linear", zero: false } : { type: "log" },
        axis: { title, format: linear ? ",.3~r" : ".0e", tickCount: 6 },
      },
      color: {
        field: "of",
        type: "nominal",
        title: null,
        scale: { domain: curves, range },
        ...(curves.length === 1 && { legend: null }),
      },
    },
  };
}

function placeOnAxis(points: readonly Point[]): { values: Point[]; floor: null } {
  return { values: points.filter(({ value }) => Number.isFinite(value)), floor: null };
}

/**
 * A log axis has no place for 0, which is drawn a decade below the least of the others, nor for the
 * infinities and NaN of a training that diverged, which are left out.
 */
function placeOnLogAxis(points: readonly Point[]): { values: Point[]; floor: number | null } {
  const finite = points.filter(({ value }) => Number.isFinite(value) && value >= 0);
  const least = finite.reduce(
    (least, { value }) => (value > 0 ? Math.min(least, value) : least),
    Infinity,
  );
  if (finite.every(({ value }) => value > 0)) return { values: finite, floor: null };
  // Never so low that the power underflows to the 0 it stands for.
  const exponent = Math.max(Math.floor(Math.log10(least)) - 1, -300);
  const floor = least === Infinity ? 1 : 10 ** exponent;
  const values = finite.map((point) => ({ ...point, value: Math.max(point.value, floor) }));
  return { values, floor };
}

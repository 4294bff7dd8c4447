import type { EvidenceRecord } from "../../fit/evidence-options.js";
import { renderSpec } from "./vega.js";

/**
 * How the fits went: what the rows say of each other, the noise and the number of parameters that
 * the data determine, against the step, a line a fit; as SVG.
 * @throws ResourceError `missing-dependency`
 */
export function plotEvidence(title: string, history: readonly EvidenceRecord[]): Promise<string> {
  const values = history.map((record) => ({
    fit: `${record.fit}: seed ${record.seed}, ${record.start}`,
    step: record.step,
    likelihood: record.looLogLikelihood,
    noise: record.noiseSd,
    effective: record.effectiveParameters,
  }));
  const vconcat = [
    panel("likelihood", "leave-one-out log-likelihood", "linear"),
    panel("noise", "noise, standard deviation", "log"),
    panel("effective", "effective parameters", "linear"),
  ];
  return renderSpec({ title, data: { values }, vconcat }, "--plot");
}

function panel(field: string, title: string, scale: "linear" | "log"): object {
  return {
    width: 560,
    height: 150,
    // No line leads to what is not finite.
    transform: [{ filter: `isFinite(datum.${field})` }],
    mark: { type: "line", strokeWidth: 1.4, point: { size: 12 } },
    encoding: {
      x: { field: "step", type: "quantitative", axis: { title: "step", tickMinStep: 1 } },
      y: {
        field,
        type: "quantitative",
        // A logarithmic axis has no zero, and vega warns of the option itself.
        scale: scale === "log" ? { type: scale } : { type: scale, zero: false },
        axis: { title, tickCount: 5 },
      },
      color: {
        field: "fit",
        type: "nominal",
        sort: null,
        title: "fit",
        legend: { labelLimit: 0 },
      },
    },
  };
}

import { Presets, SingleBar } from "cli-progress";
import type { EvidenceRecord } from "../../fit/evidence-options.js";
import type { StepRecord } from "../../training/record.js";

/**
 * A line on standard error that says where the training is; nothing where standard error is not a
 * terminal.
 */
export interface Progress<R> {
  step(record: R): void;
  stop(): void;
}

export function createProgress(
  label: string,
  maxSteps: number,
  quiet: boolean,
): Progress<StepRecord> {
  const format = `${label} {bar} step {value}/{total} | loss {loss} | gamma {gamma} | {duration_formatted}`;
  const start = { loss: "-", gamma: "-" };
  return createBar(format, maxSteps, start, quiet, ({ step, loss, gamma }) => ({
    value: step,
    total: maxSteps,
    shown: { loss: loss.toExponential(3), gamma: gamma === null ? "-" : gamma.toExponential(1) },
  }));
}

/** The same of fits that estimate noise: the bar has the fits that are done. */
export function createFitProgress(label: string, quiet: boolean): Progress<EvidenceRecord> {
  const format = `${label} {bar} fit {fit}/{total}, step {step} | noise {noise} | {effective} parameters | {duration_formatted}`;
  const start = { fit: 1, step: 0, noise: "-", effective: "-" };
  return createBar(format, 1, start, quiet, (record) => {
    const { fit, fits, step, noiseSd, effectiveParameters } = record;
    const effective = Math.round(effectiveParameters);
    return {
      value: fit - 1,
      total: fits,
      shown: { fit, step, noise: noiseSd.toPrecision(4), effective },
    };
  });
}

function createBar<R>(
  format: string,
  total: number,
  start: object,
  quiet: boolean,
  show: (record: R) => { readonly value: number; readonly total: number; readonly shown: object },
): Progress<R> {
  if (quiet || !process.stderr.isTTY) return { step: () => {}, stop: () => {} };
  const options = { format, stream: process.stderr, hideCursor: true, etaBuffer: 20 };
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(total, 0, start);
  return {
    step: (record) => {
      const { value, total, shown } = show(record);
      bar.setTotal(total);
      bar.update(value, shown);
    },
    stop: () => bar.stop(),
  };
}

import { Presets, SingleBar } from "cli-progress";
import type { StepRecord } from "../../training/record.js";

/**
 * A line on standard error that says where the training is; nothing where standard error is not a
 * terminal.
 */
export interface Progress {
  step(record: StepRecord): void;
  stop(): void;
}

export function createProgress(label: string, maxSteps: number, quiet: boolean): Progress {
  if (quiet || !process.stderr.isTTY) return { step: () => {}, stop: () => {} };
  const format = `${label} {bar} step {value}/{total} | loss {loss} | gamma {gamma} | {duration_formatted}`;
  const options = { format, stream: process.stderr, hideCursor: true, etaBuffer: 20 };
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(maxSteps, 0, { loss: "-", gamma: "-" });
  return {
    step: ({ step, loss, gamma }) => {
      bar.update(step, {
        loss: loss.toExponential(3),
        gamma: gamma === null ? "-" : gamma.toExponential(1),
      });
    },
    stop: () => bar.stop(),
  };
}

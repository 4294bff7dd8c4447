import { Presets, SingleBar } from "cli-progress";
import { describeCell } from "../sweep/cell.js";
import type { CellProgress } from "../sweep/run-cells.js";
import { printable } from "./printable.js";

export interface CellBar {
  onCell(progress: CellProgress, title: string): void;
  stop(): void;
}

/**
 * A bar on standard error, where that is a terminal. The time left counts operations, not cells.
 */
export function createCellProgress(): CellBar {
  if (!process.stderr.isTTY) return { onCell: () => {}, stop: () => {} };
  const format = "{title} {bar} {value}/{total} cells{failures} | {left} left | {cell}";
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true },
    Presets.shades_classic,
  );
  let current: string | undefined;
  return {
    onCell: ({ done, failed, total, cell, secondsLeft }, title) => {
      const payload = {
        title: printable(title),
        failures: failed === 0 ? "" : `, ${failed} failed`,
        left: secondsLeft === null ? "?" : duration(secondsLeft),
        cell: printable(describeCell(cell)),
      };
      if (title !== current) bar.start(total, done, payload);
      current = title;
      bar.setTotal(total);
      bar.update(done, payload);
    },
    stop: () => bar.stop(),
  };
}

function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  if (seconds < 6000) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

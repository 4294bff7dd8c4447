import { constants } from "node:os";
import { say } from "./printable.js";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** An interrupt from outside, as a signal to the work and as an exit code. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /**
   * 128 and the number of the signal, as shells count: 130 or 143; `undefined` when there was none.
   */
  readonly exitCode: number | undefined;
  /** From here on an interrupt ends the process at once. */
  release(): void;
}

/**
 * Turns the first interrupt into an abort; a second one finds no handler and ends the process at
 * once.
 */
export function catchInterrupt(message: string): Interrupt {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const release = () => {
    for (const name of SIGNALS) process.removeListener(name, onSignal);
  };
  const onSignal = (name: (typeof SIGNALS)[number]) => {
    release();
    exitCode = 128 + constants.signals[name];
    say(message);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    release,
  };
}

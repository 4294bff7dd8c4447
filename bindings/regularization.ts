import { describe, invalid } from "./errors.js";
import type { Shape } from "./shape.js";
import type { Regularization } from "./types.js";
import { checkChoice, checkInteger, checkNumber, checkOptions } from "./validate.js";

/**
 * Says gamma for the next try and learns from what became of it. A step is: tries until one is accepted or
 * `triesLeft` is 0; then `endStep`.
 */
export interface RegularizationPolicy {
  readonly gamma: number;
  readonly triesLeft: number;
  /** No larger gamma will come: a step that is rejected now will be rejected for ever. */
  readonly exhausted: boolean;
  /** Whether a finite loss after the try is good enough. */
  acceptsLoss(before: number, after: number): boolean;
  accepted(): void;
  rejected(): void;
  endStep(): void;
}

const ADAPTIVE = {
  initial: 1e-8,
  increase: 2,
  decrease: 0.8,
  minimum: 1e-12,
  maximum: 100,
  tries: 6,
} as const;

/**
 * Levenberg-Marquardt damping as published with the method (arXiv:2605.08352, experiments): a try that lowers the loss
 * is taken and gamma shrinks; any other is undone and gamma grows; after `tries` the step is given up, and the next
 * one goes on with the gamma reached.
 */
class AdaptivePolicy implements RegularizationPolicy {
  readonly #options: { readonly [K in keyof typeof ADAPTIVE]: number };
  #gamma: number;
  #triesLeft: number;
  #exhausted = false;

  constructor(options: { readonly [K in keyof typeof ADAPTIVE]: number }) {
    this.#options = options;
    this.#gamma = options.initial;
    this.#triesLeft = options.tries;
  }

  get gamma(): number {
    return this.#gamma;
  }
  get triesLeft(): number {
    return this.#triesLeft;
  }
  get exhausted(): boolean {
    return this.#exhausted;
  }
  acceptsLoss(before: number, after: number): boolean {
    return after < before;
  }
  accepted(): void {
    this.#exhausted = false;
    this.#gamma = Math.max(this.#gamma * this.#options.decrease, this.#options.minimum);
  }
  rejected(): void {
    // By the gamma that was tried, not the one to come: the maximum itself deserves a try.
    this.#exhausted = this.#gamma >= this.#options.maximum;
    this.#gamma = Math.min(this.#gamma * this.#options.increase, this.#options.maximum);
    this.#triesLeft--;
  }
  endStep(): void {
    this.#triesLeft = this.#options.tries;
  }
}

/** Growth of gamma within one step while H + gamma I is not positive definite. */
const RESCUE_FACTOR = 10;
/** First gamma to try above 0. */
const RESCUE_START = 1e-12;
const RESCUE_LIMIT = 1e12;

/**
 * The iteration of the theory: the same gamma at every step, every step taken. Only where the system is not positive
 * definite, or the loss not finite, gamma is raised for this one step; the record shows it.
 */
class ConstantPolicy implements RegularizationPolicy {
  readonly #base: number;
  #gamma: number;

  constructor(gamma: number) {
    this.#base = gamma;
    this.#gamma = gamma;
  }

  get gamma(): number {
    return this.#gamma;
  }
  get triesLeft(): number {
    return this.exhausted ? 0 : 1;
  }
  get exhausted(): boolean {
    return this.#gamma > RESCUE_LIMIT;
  }
  acceptsLoss(): boolean {
    return true;
  }
  accepted(): void {}
  rejected(): void {
    this.#gamma = Math.max(this.#gamma * RESCUE_FACTOR, RESCUE_START);
  }
  endStep(): void {
    if (!this.exhausted) this.#gamma = this.#base;
  }
}

/**
 * @param scaledGamma gamma_N = gamma N^(1 - 2 beta), from the core
 * @throws InputError `invalid-argument`
 */
export function createPolicy(
  options: Regularization | undefined,
  shape: Shape,
  scaledGamma: (gamma: number, width: number, beta: number) => number,
): RegularizationPolicy {
  if (options === undefined) return new AdaptivePolicy(ADAPTIVE);
  const name = "options.regularization";
  if (typeof options !== "object" || options === null) {
    throw invalid("invalid-argument", name, "an object { policy, ... }", describe(options));
  }
  const policy = checkChoice(options.policy, `${name}.policy`, ["fixed", "scaled", "adaptive"]);
  if (options.policy === "adaptive") return new AdaptivePolicy(checkAdaptive(options, name));
  checkOptions(options, name, ["policy", "gamma"]);
  const gamma = checkNumber(options.gamma, `${name}.gamma`, { least: 0, most: RESCUE_LIMIT });
  return new ConstantPolicy(
    policy === "scaled" ? scaledGamma(gamma, shape.width, shape.beta) : gamma,
  );
}

function checkAdaptive(
  options: Regularization & { policy: "adaptive" },
  name: string,
): typeof ADAPTIVE {
  checkOptions(options, name, ["policy", ...Object.keys(ADAPTIVE)]);
  const merged = { ...ADAPTIVE };
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined && key !== "policy") Object.assign(merged, { [key]: value });
  }
  const above = { above: 0 };
  checkNumber(merged.minimum, `${name}.minimum`, above);
  checkNumber(merged.maximum, `${name}.maximum`, { least: merged.minimum });
  checkNumber(merged.initial, `${name}.initial`, { least: merged.minimum, most: merged.maximum });
  checkNumber(merged.increase, `${name}.increase`, { above: 1 });
  checkNumber(merged.decrease, `${name}.decrease`, { above: 0, most: 1 });
  checkInteger(merged.tries, `${name}.tries`, 1, 1000);
  return merged;
}

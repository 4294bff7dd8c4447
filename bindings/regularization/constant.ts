import { checkNumber, checkOptions } from "../support/validate.js";
import type { RegularizationPolicy } from "./policy.js";

/**
 * gamma is the same at each step; raised within a step only while H + gamma I is not positive
 * definite.
 */
export interface FixedRegularization {
  readonly policy: "fixed";
  readonly gamma: number;
}

/** gamma_N = gamma N^(1 - 2 beta), the scaling rule of the theory; otherwise as `fixed`. */
export interface ScaledRegularization {
  readonly policy: "scaled";
  readonly gamma: number;
}

/** Growth of gamma within one step while H + gamma I is not positive definite. */
const RESCUE_FACTOR = 10;
/** First gamma to try above 0. */
const RESCUE_START = 1e-12;
const RESCUE_LIMIT = 1e12;

/** @throws InputError `invalid-argument` */
export function checkGamma(
  options: FixedRegularization | ScaledRegularization,
  argument: string,
): number {
  checkOptions(options, argument, ["policy", "gamma"]);
  return checkNumber(options.gamma, `${argument}.gamma`, { least: 0, most: RESCUE_LIMIT });
}

/**
 * The iteration of the theory: the same gamma at every step, every step taken. Only where the
 * system is not positive definite, or the loss not finite, gamma is raised for this one step; the
 * record shows it.
 */
export class ConstantPolicy implements RegularizationPolicy {
  readonly lengths = 1;
  readonly bounds = { gamma: { least: 0, most: RESCUE_LIMIT * RESCUE_FACTOR } };
  readonly name: string;
  readonly #base: number;
  #gamma: number;

  constructor(name: string, gamma: number) {
    this.name = name;
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
  accepts(): boolean {
    return true;
  }
  accepted(): void {}
  rejected(): void {
    this.#gamma = Math.max(this.#gamma * RESCUE_FACTOR, RESCUE_START);
  }
  endStep(): void {
    if (!this.exhausted) this.#gamma = this.#base;
  }
  save(): Readonly<Record<string, number>> {
    return { gamma: this.#gamma };
  }
  restore({ gamma }: Readonly<Record<string, number>>): void {
    this.#gamma = gamma!;
  }
}

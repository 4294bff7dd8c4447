import type { Rejection } from "../solvers/rejection.js";
import { checkInteger, checkNumber, checkOptions } from "../support/validate.js";
import type { Outcome, RegularizationPolicy } from "./policy.js";

/** Options of a policy that moves gamma between two bounds. */
export interface Damping {
  readonly initial: number;
  readonly increase: number;
  readonly decrease: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly tries: number;
}

/**
 * The options of a damping policy, completed from `defaults`. @throws InputError `invalid-argument`
 */
export function checkDamping(options: object, defaults: Damping, name: string): Damping {
  checkOptions(options, name, ["policy", ...Object.keys(defaults)]);
  const merged = { ...defaults };
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

/**
 * What the policies share that move gamma by factors: its bounds, the tries of a step, and what is
 * remembered.
 */
export abstract class DampingPolicy implements RegularizationPolicy {
  abstract readonly lengths: number;
  readonly name: string;
  protected readonly options: Damping;
  #gamma: number;
  #triesLeft: number;
  #exhausted = false;

  constructor(name: string, options: Damping) {
    this.name = name;
    this.options = options;
    this.#gamma = options.initial;
    this.#triesLeft = options.tries;
  }

  get bounds(): NonNullable<RegularizationPolicy["bounds"]> {
    const { minimum, maximum } = this.options;
    return {
      gamma: { least: minimum, most: maximum },
      exhausted: { least: 0, most: 1, integer: true },
    };
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

  abstract accepts(outcome: Outcome): boolean;

  accepted(outcome: Outcome): void {
    this.#exhausted = false;
    this.#moveTo(this.#gamma * this.factorAfter(outcome));
  }

  rejected({ indefiniteUpTo = 0 }: Rejection): void {
    // By the gamma that was tried, not the one to come: the maximum itself deserves a try.
    this.#exhausted = this.#gamma >= this.options.maximum;
    this.#moveTo(this.gammaAfterRejection(indefiniteUpTo));
    this.#triesLeft--;
  }

  endStep(): void {
    this.#triesLeft = this.options.tries;
  }

  save(): Readonly<Record<string, number>> {
    return { gamma: this.#gamma, exhausted: this.#exhausted ? 1 : 0 };
  }

  restore({ gamma, exhausted }: Readonly<Record<string, number>>): void {
    this.#gamma = gamma!;
    this.#exhausted = exhausted === 1;
  }

  /** Factor of gamma after a step that was taken. */
  protected abstract factorAfter(outcome: Outcome): number;
  /** gamma after a try that was not, before the bounds. */
  protected abstract gammaAfterRejection(indefiniteUpTo: number): number;

  #moveTo(gamma: number): void {
    const { minimum, maximum } = this.options;
    this.#gamma = Math.min(Math.max(gamma, minimum), maximum);
  }
}

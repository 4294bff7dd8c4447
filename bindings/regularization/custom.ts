import type { Rejection } from "../solvers/rejection.js";
import { describe, invalid } from "../support/errors.js";
import { checkInteger, checkName, checkNumber } from "../support/validate.js";
import type { Outcome, RegularizationPolicy } from "./policy.js";

const FUNCTIONS = ["accepts", "accepted", "rejected", "endStep", "save", "restore"] as const;

/** Systems solved for a step, and lengths tried of one solution: more is an endless loop. */
const MOST_TRIES = 1000;
const MOST_LENGTHS = 100;

/** Whether a policy is an object of the user's, and not the options of one of the table. */
export function isPolicyObject(value: unknown): value is RegularizationPolicy {
  return typeof (value as Partial<RegularizationPolicy> | null)?.accepts === "function";
}

/** A policy of the user's. What it says is checked whenever it is asked. */
export class CheckedPolicy implements RegularizationPolicy {
  readonly name: string;
  readonly #policy: RegularizationPolicy;
  readonly #argument: string;
  #tries = 0;

  /**
   * @param taken names that are others'
   * @throws InputError `invalid-argument`
   */
  constructor(policy: RegularizationPolicy, argument: string, taken: readonly string[]) {
    for (const key of FUNCTIONS) {
      if (typeof policy[key] === "function") continue;
      throw invalid("invalid-argument", `${argument}.${key}`, "a function", describe(policy[key]));
    }
    this.name = checkName(policy.name, `${argument}.name`, taken);
    this.#policy = policy;
    this.#argument = argument;
  }

  get gamma(): number {
    return checkNumber(this.#policy.gamma, `${this.#argument}.gamma`, { least: 0 });
  }
  get triesLeft(): number {
    const argument = `${this.#argument}.triesLeft`;
    const most = Number.MAX_SAFE_INTEGER;
    const left = checkInteger(this.#policy.triesLeft, argument, 0, most);
    if (left === 0 || this.#tries < MOST_TRIES) return left;
    throw invalid(
      "invalid-argument",
      argument,
      `0 after at most ${MOST_TRIES} tries of a step`,
      String(left),
    );
  }
  get exhausted(): boolean {
    return this.#boolean(this.#policy.exhausted, "exhausted");
  }
  get lengths(): number {
    return checkInteger(this.#policy.lengths, `${this.#argument}.lengths`, 1, MOST_LENGTHS);
  }
  get bounds(): RegularizationPolicy["bounds"] {
    return this.#policy.bounds;
  }

  accepts(outcome: Outcome): boolean {
    return this.#boolean(this.#policy.accepts(outcome), "accepts()");
  }
  accepted(outcome: Outcome): void {
    this.#policy.accepted(outcome);
  }
  rejected(rejection: Rejection): void {
    this.#tries++;
    this.#policy.rejected(rejection);
  }
  endStep(): void {
    this.#tries = 0;
    this.#policy.endStep();
  }

  /** @throws InputError `invalid-argument`, `non-finite` */
  save(): Readonly<Record<string, number>> {
    return checkNumbers(this.#policy.save(), `${this.#argument}.save()`);
  }
  restore(numbers: Readonly<Record<string, number>>): void {
    this.#policy.restore(numbers);
  }

  #boolean(value: unknown, what: string): boolean {
    if (typeof value === "boolean") return value;
    throw invalid(
      "invalid-argument",
      `${this.#argument}.${what}`,
      "true or false",
      describe(value),
    );
  }
}

/**
 * A copy of numbers by name, which JSON can hold.
 * @throws InputError `invalid-argument`, `non-finite`
 */
export function checkNumbers(value: unknown, argument: string): Record<string, number> {
  if (typeof value !== "object" || value === null) {
    throw invalid("invalid-argument", argument, "an object of numbers", describe(value));
  }
  const entries = Object.entries(value);
  const bad = entries.find(([, number]) => !Number.isFinite(number));
  if (bad === undefined) return Object.fromEntries(entries);
  const [name, got] = bad;
  const code = typeof got === "number" ? "non-finite" : "invalid-argument";
  throw invalid(code, `${argument}.${name}`, "a finite number", describe(got));
}

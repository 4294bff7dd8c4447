import type { Arena } from "../engine/engine.js";
import { OutgoingSystem } from "./outgoing.js";
import type { RowsPoint } from "./point.js";
import type { RowsProblem } from "./problem.js";

/** Rounds of Gauss-Newton at most, and lengths of a step that are tried. */
const ROUNDS = 100;
const LENGTHS = 12;
/** A round that leaves more of the loss is the last: of linear equations, and of others. */
const WORTHWHILE = { linear: 0.5, nonlinear: 0.99 };
/** Whole steps that may raise the loss, and by what factor. */
const FREE_ROUNDS = 30;
const FREE_RISE = 1e8;
/** What is left of the first loss where a start is taken to have found a solution. */
export const SOLVED = 1e-8;

/** Where a start has come to. */
export interface Started {
  readonly point: RowsPoint;
  readonly loss: number;
  /** That with which it began. */
  readonly firstLoss: number;
  readonly rounds: number;
}

/** The two points of a start: where it is, and where it may go. */
interface Pair {
  here: RowsPoint;
  there: RowsPoint;
}

/**
 * Finds c with w and eta as they are: of linear equations the least-squares solution at once, of
 * others by rounds of Gauss-Newton, each shortened until the loss falls. A second round refines the
 * first.
 *
 * Between u = 0 and a solution the linearized equation may be singular, and there descent ends.
 * Then whole steps of Newton are made, which may raise the loss before they converge.
 */
export class LeastSquaresStart {
  readonly #problem: RowsProblem;
  readonly #system: OutgoingSystem;
  readonly #right: number;
  readonly #step: number;
  /** The best parameters so far. */
  readonly #best: number;

  constructor(problem: RowsProblem, arena: Arena) {
    this.#problem = problem;
    this.#system = new OutgoingSystem(problem, arena);
    this.#right = arena.f64(this.#system.qr.ld);
    this.#step = arena.f64(problem.length);
    this.#best = arena.f64(problem.length);
  }

  /** From theta; gives the one of the two points where it ended. */
  *running(theta: number, point: RowsPoint, trial: RowsPoint): Generator<void, Started> {
    const pair: Pair = { here: point, there: trial };
    const firstLoss = yield* this.#placing(pair, theta);
    const first = yield* this.#descending(pair, firstLoss);
    if (this.#problem.linear || first.loss <= SOLVED * firstLoss) {
      return { point: pair.here, firstLoss, ...first };
    }
    this.#keep(pair.here);
    yield* this.#placing(pair, theta);
    const jumps = yield* this.#jumping(pair, firstLoss);
    const second = yield* this.#descending(pair, jumps.loss);
    const rounds = first.rounds + jumps.rounds + second.rounds;
    const { loss } = second;
    if (loss <= first.loss) return { point: pair.here, firstLoss, loss, rounds };
    yield* this.#placing(pair, this.#best);
    return { point: pair.here, firstLoss, loss: first.loss, rounds };
  }

  *#placing(pair: Pair, theta: number): Generator<void, number> {
    const { engine, parameters } = this.#problem;
    engine.core.copyVector(parameters, theta, pair.here.leave());
    return yield* pair.here.evaluating();
  }

  #keep(point: RowsPoint): void {
    const { engine, parameters } = this.#problem;
    engine.core.copyVector(parameters, point.theta, this.#best);
  }

  *#descending(pair: Pair, from: number): Generator<void, Pick<Started, "loss" | "rounds">> {
    const most = WORTHWHILE[this.#problem.linear ? "linear" : "nonlinear"];
    let loss = from;
    for (let rounds = 0; rounds < ROUNDS; rounds++) {
      const after = yield* this.#improving(pair, loss);
      if (after === null) return { loss, rounds };
      swap(pair);
      const worthwhile = after < most * loss;
      loss = after;
      if (!worthwhile) return { loss, rounds: rounds + 1 };
      yield;
    }
    return { loss, rounds: ROUNDS };
  }

  /** Whole steps, whatever the loss, as long as it is in sight. */
  *#jumping(pair: Pair, from: number): Generator<void, Pick<Started, "loss" | "rounds">> {
    let loss = from;
    for (let rounds = 0; rounds < FREE_ROUNDS; rounds++) {
      yield* this.#solving(pair.here);
      const after = yield* this.#moving(pair, 1);
      if (!(after <= FREE_RISE * from)) return { loss, rounds };
      swap(pair);
      loss = after;
      if (loss <= SOLVED * from) return { loss, rounds: rounds + 1 };
      yield;
    }
    return { loss, rounds: FREE_ROUNDS };
  }

  /** The loss at `there`, where the step leads; `null` where no length of it lowers the loss. */
  *#improving(pair: Pair, loss: number): Generator<void, number | null> {
    yield* this.#solving(pair.here);
    for (let tried = 0, length = 1; tried < LENGTHS; tried++, length /= 2) {
      const after = yield* this.#moving(pair, length);
      if (after < loss) return after;
    }
    return null;
  }

  /** step := the Gauss-Newton step of c. */
  *#solving(here: RowsPoint): Generator<void, void> {
    yield* this.#system.factoring(here);
    this.#system.fillRight(here, this.#right);
    yield* this.#system.qr.solving(this.#right, this.#system.in(this.#step));
  }

  *#moving({ here, there }: Pair, length: number): Generator<void, number> {
    const { engine, parameters } = this.#problem;
    engine.core.descend(parameters, length, here.theta, this.#step, there.leave());
    return yield* there.evaluating();
  }
}

function swap(pair: Pair): void {
  [pair.here, pair.there] = [pair.there, pair.here];
}

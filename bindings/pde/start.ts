import type { Arena } from "../engine/engine.js";
import type { Checked } from "./check.js";
import { compileEquation } from "./equation.js";
import { LeastSquaresStart, SOLVED, type Started } from "./least-squares-start.js";
import { RowsPoint } from "./point.js";
import { RowsProblem } from "./problem.js";

/** What is tried where u = 0 leads to no solution, and no guess was given. */
const OTHER_GUESSES = ["1", "-1"];

/** How a start went, whose parameters are in theta. */
export type Start = Omit<Started, "point">;

/**
 * Puts where the training begins into theta, which has the parameters as they were drawn.
 *
 * Equations that are not linear may have many solutions, and descent may end between them: then
 * other functions than u = 0 are tried, and the one that leads to the least loss is kept.
 */
export function* starting(
  problem: RowsProblem,
  checked: Checked,
  theta: number,
): Generator<void, Start> {
  const { engine, parameters } = problem;
  if (!checked.leastSquares) return yield* evaluating(problem, theta);
  const arena = engine.open();
  try {
    const [drawn, found] = [arena.f64(problem.length), arena.f64(problem.length)];
    engine.core.copyVector(parameters, theta, drawn);
    const guesses = checked.guess ?? checked.names.unknowns.map(() => "0");
    const best = yield* startingFrom(problem, checked, guesses, drawn, theta);
    if (problem.linear || checked.guess !== null || best.loss <= SOLVED * best.firstLoss) {
      return best;
    }
    // Of log(u) there is no loss at u = 0.
    let loss = Number.isFinite(best.loss) ? best.loss : Infinity;
    let { rounds } = best;
    for (const other of OTHER_GUESSES) {
      const all = checked.names.unknowns.map(() => other);
      const tried = yield* startingFrom(problem, checked, all, drawn, found);
      rounds += tried.rounds;
      if (tried.loss < loss) {
        loss = tried.loss;
        engine.core.copyVector(parameters, found, theta);
      }
    }
    return { ...best, loss, rounds };
  } finally {
    arena.close();
  }
}

function* evaluating(problem: RowsProblem, theta: number): Generator<void, Start> {
  const arena = problem.engine.open();
  try {
    const point = new RowsPoint(problem, arena);
    problem.engine.core.copyVector(problem.parameters, theta, point.leave());
    const loss = yield* point.evaluating();
    return { loss, rounds: 0, firstLoss: loss };
  } finally {
    arena.close();
  }
}

/** out := where the start leads from the parameters in `drawn` and a guess at each unknown. */
function* startingFrom(
  problem: RowsProblem,
  checked: Checked,
  guesses: readonly string[],
  drawn: number,
  out: number,
): Generator<void, Start> {
  const { engine, parameters, outgoing, networkParameters } = problem;
  engine.core.copyVector(parameters, drawn, out);
  engine.f64(out + 8 * (networkParameters - outgoing), outgoing).fill(0);
  if (guesses.some((guess) => guess !== "0")) {
    const arena = engine.open();
    try {
      yield* leastSquares(guessProblem(problem, arena, checked, guesses), out);
    } finally {
      arena.close();
    }
  }
  return yield* leastSquares(problem, out);
}

/** theta := what the least-squares start makes of it. */
function* leastSquares(problem: RowsProblem, theta: number): Generator<void, Start> {
  const { engine, parameters } = problem;
  const arena = engine.open();
  try {
    const [point, trial] = [new RowsPoint(problem, arena), new RowsPoint(problem, arena)];
    const start = new LeastSquaresStart(problem, arena);
    const { point: end, ...facts } = yield* start.running(theta, point, trial);
    engine.core.copyVector(parameters, end.theta, theta);
    return facts;
  } finally {
    arena.close();
  }
}

/** u = guess at the points of all equations, for each unknown. */
function guessProblem(
  problem: RowsProblem,
  arena: Arena,
  { names, groups }: Checked,
  guesses: readonly string[],
): RowsProblem {
  const equations = names.unknowns.flatMap((unknown, index) => {
    const argument = `options.guess.${unknown}`;
    const equation = compileEquation(`${unknown} = ${guesses[index]}`, names, { argument });
    return groups.map(({ points }) => ({ equation, points, weight: 1, data: {}, argument }));
  });
  return new RowsProblem(problem, arena, equations);
}

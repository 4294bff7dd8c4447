import { type Arena, createEngine } from "../engine/engine.js";
import { overflow } from "../engine/finite.js";
import { pdeOf } from "../engine/pde-core.js";
import { requireCurvature } from "../objective/curvature.js";
import { activationKind } from "../shape/activations.js";
import { InputError, StateError } from "../support/errors.js";
import { run } from "../support/pauses.js";
import { YieldClock } from "../support/yield.js";
import type { StepRecord } from "../training/record.js";
import { START, Training } from "../training/train.js";
import { type Checked, checkSolveOptions } from "./check.js";
import { type ConcreteMethod, createActors, type PdeMethod } from "./methods.js";
import type { SolveOptions } from "./options.js";
import { RowsPoint } from "./point.js";
import { RowsProblem } from "./problem.js";
import { Solution, type SolveRun } from "./solution.js";
import { starting } from "./start.js";

/**
 * Solves differential equations, of which there may be several in several unknowns, by a network
 * whose residuals at the points are least in the sense of least squares.
 *
 * First c is found with w and eta as they were drawn (`start`); then all parameters are trained
 * (`method`), unless the start has left nothing to gain. Control goes back to the event loop often
 * enough for a page to stay alive and for an abort to be seen.
 *
 * @throws InputError `invalid-argument` (also for equations, with the place in the text),
 *   `invalid-shape`, `non-finite`, `empty-data`, `unsupported-activation`
 * @throws StateError `aborted`; ResourceError `out-of-memory`, `unsupported-engine`
 */
export async function solve(options: SolveOptions): Promise<Solution> {
  const begun = performance.now();
  const checked = checkSolveOptions(options);
  if (options.signal?.aborted) throw aborted(options.signal.reason);
  const engine = checked.engine ?? (await createEngine());
  const { activation } = checked.shape;
  requireCurvature(engine, activation, "exact", "options.network.activation");
  const core = await pdeOf(engine);
  const arena = engine.open();
  try {
    const problem = new RowsProblem(
      { engine, core, shape: checked.shape, extra: checked.names.parameters.length },
      arena,
      checked.groups,
    );
    const { theta, ...facts } = await minimize(problem, arena, checked, options);
    const values = engine.f64(theta, problem.parameters);
    const found = values.slice(problem.networkParameters);
    const names = Object.keys(checked.parameters);
    return new Solution({
      engine,
      core,
      shape: checked.shape,
      names: checked.names,
      parameters: Object.fromEntries(names.map((name, index) => [name, found[index]!])),
      theta: values.slice(0, problem.networkParameters),
      run: { ...facts, seconds: (performance.now() - begun) / 1000 },
    });
  } finally {
    arena.close();
  }
}

/** Least squares, then the training; gives the address of the parameters, and how it went. */
async function minimize(
  problem: RowsProblem,
  arena: Arena,
  checked: Checked,
  options: SolveOptions,
): Promise<Omit<SolveRun, "seconds"> & { readonly theta: number }> {
  const { signal } = options;
  const theta = arena.f64(problem.length);
  drawParameters(problem, arena, checked, theta);
  const clock = new YieldClock();
  const started = await clock.through(starting(problem, checked, theta), signal);
  if (started === null) throw aborted(signal?.reason);
  const { loss, rounds, firstLoss } = started;
  if (!Number.isFinite(loss)) throw faultAtStart(problem, arena, theta);
  const method = chooseMethod(problem, checked.method);
  const facts = { startLoss: loss, rounds, method };
  const enough = checked.leastSquares && loss <= ENOUGH * firstLoss;
  if (checked.maxSteps === 0 || enough) {
    return { ...facts, theta, loss, reason: "loss", steps: 0, history: [] };
  }
  const trained = await train(problem, arena, checked, method, theta, options);
  return { ...facts, ...trained, theta };
}

/** Names the first equation without a value, and where: a point at which x is 0, of log(x). */
function faultAtStart(problem: RowsProblem, arena: Arena, theta: number): InputError {
  const { engine, parameters, groups } = problem;
  const point = new RowsPoint(problem, arena);
  engine.core.copyVector(parameters, theta, point.leave());
  const loss = run(point.evaluating());
  for (const { argument, equation, samples, offset } of groups) {
    const residual = point.residual + 8 * offset;
    const row = engine.core.firstNonFinite(samples, residual);
    if (row < 0) continue;
    const got = String(engine.f64(residual, samples)[row]);
    const message = `${argument}: "${equation.text}" is ${got} at points[${row}] at the start`;
    return new InputError("non-finite", message, { argument, expected: "a finite residual", got });
  }
  return overflow("options.equations", "the loss at the start", String(loss));
}

/** A start that leaves so small a part of the loss of u = 0 is at the end of what can be seen. */
const ENOUGH = 1e-20;

function drawParameters(
  { engine, core, shape, groups, networkParameters }: RowsProblem,
  arena: Arena,
  { scale, parameters }: Checked,
  theta: number,
): void {
  const { width, inputs, outputs, seed, activation } = shape as Checked["shape"];
  const box = scale.map((_, j) => {
    const range = arena.f64(2);
    engine.f64(range, 2).set([Infinity, -Infinity]);
    for (const { x, ldx, samples } of groups) core.extendRange(samples, x + 8 * j * ldx, range);
    return [...engine.f64(range, 2)] as [number, number];
  });
  const vector = (values: readonly number[]) => {
    const pointer = arena.f64(values.length);
    engine.f64(pointer, values.length).set(values);
    return pointer;
  };
  const deviation = box.map(([low, high], j) => scale[j]! / (high > low ? high - low : 1));
  core.startInBox(
    activationKind(activation),
    seed >>> 0,
    Math.floor(seed / 2 ** 32),
    width,
    inputs,
    outputs,
    vector(deviation),
    vector(box.map(([low]) => low)),
    vector(box.map(([, high]) => high)),
    arena.f64(width),
    theta,
  );
  const guesses = Object.values(parameters);
  engine.f64(theta + 8 * networkParameters, guesses.length).set(guesses);
}

/** Variable projection where the equations are linear, and c are fewer than the points. */
function chooseMethod(problem: RowsProblem, method: PdeMethod): ConcreteMethod {
  if (method !== "auto") return method;
  const { linear, outgoing, rows } = problem;
  return linear && 2 * outgoing <= rows ? "varpro" : "newton";
}

/** Trains from theta, to which it writes every accepted step. */
async function train(
  problem: RowsProblem,
  outer: Arena,
  checked: Checked,
  name: ConcreteMethod,
  theta: number,
  { signal, onStep }: SolveOptions,
): Promise<Pick<SolveRun, "loss" | "reason" | "steps" | "history">> {
  const { maxSteps, stop, solver, shape } = checked;
  const largest = await largestCurvature(problem, theta);
  const { method, points, policy } = createActors(problem, outer, name, solver, largest);
  const facts = { name, shape, policy: policy.name, objective: null };
  const loop = {
    maxSteps,
    stop,
    ...(signal && { signal }),
    ...(onStep && { onStep: (record: StepRecord) => onStep(record) }),
  };
  const actors = { method, validation: null };
  const training = new Training(actors, [...points], theta, facts, START, loop);
  const { loss, reason, steps, history } = await training.run();
  return { loss, reason, steps, history };
}

async function largestCurvature(problem: RowsProblem, theta: number): Promise<number> {
  const { engine, core, rows, parameters, networkParameters, extra } = problem;
  const arena = engine.open();
  try {
    const point = new RowsPoint(problem, arena);
    engine.core.copyVector(parameters, theta, point.leave());
    const columns = arena.f64(rows * (networkParameters + extra));
    run(point.evaluating());
    run(point.fillingColumns(columns, rows, "all"));
    const norm = core.largestColumn(rows, parameters, columns, rows);
    return norm * norm;
  } finally {
    arena.close();
  }
}

function aborted(cause: unknown): StateError {
  const message = "options.signal: aborted before there was a solution";
  return new StateError("aborted", message, { argument: "options.signal", cause });
}

/**
 * The published problem (N = 1000, M = 128) at its initial parameters against published.py:
 * derivatives by differences of the loss at 60 digits, one Newton step by LAPACK with refinement.
 */
import { createHash } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { type Activation, type Curvature, createEngine, Network } from "../../bindings/index.js";
import {
  decode,
  EPS,
  flatten,
  readData,
  relativeDistance,
  relativeError,
  report,
} from "./support.js";

const KINDS = ["diagonal", "within", "across"] as const;

interface Reference {
  readonly width: number;
  readonly beta: number;
  readonly gamma: number;
  /** SHA-256 of the parameters that the references belong to. */
  readonly parameters: string;
  readonly x: string;
  readonly y: string;
  /** Rows and columns of Hessian entries: diagonal, of one neuron, of two. */
  readonly entries: Record<(typeof KINDS)[number], readonly (readonly [number, number])[]>;
  readonly derivatives: Record<
    Exclude<Activation, "relu">,
    {
      readonly loss: string;
      readonly predict: string;
      readonly gradient: string;
      readonly hessian: Record<(typeof KINDS)[number], string>;
    }
  >;
  readonly newton: Record<
    Curvature,
    {
      readonly step: string;
      readonly positive: number;
      readonly negative: number;
      /** Of H + gamma I: largest over smallest magnitude of its eigenvalues. */
      readonly condition: number;
    }
  >;
}

const reference = readData<Reference>("published.json");
const { width, beta, gamma } = reference;
const data = { x: decode(reference.x), y: decode(reference.y) };
const parameters = 3 * width;
/**
 * Relative to the largest entry: a sum over neurons, taken 64 at a time and then over these sums,
 * one over samples, and a few operations more.
 */
const bound = (64 + width / 64 + data.x.length + 16) * EPS;

const engine = await createEngine();
afterAll(() => engine.dispose());

function create(activation: Activation = "tanh"): Promise<Network> {
  return Network.create({ width, beta, activation, engine });
}

function expectWithin(what: string, error: number, tolerance: number): void {
  report(what, error, tolerance);
  expect(error, what).toBeLessThanOrEqual(tolerance);
}

it("starts from the parameters that the references belong to", async () => {
  using network = await create();
  const digest = createHash("sha256").update(flatten(network.parameters)).digest("hex");
  // If this fails alone, the initialization has changed: say so in the changelog and run
  // published.py again.
  expect(digest).toBe(reference.parameters);
});

for (const [name, expected] of Object.entries(reference.derivatives)) {
  it(`${name}: loss, gradient and entries of the Hessian`, async () => {
    using network = await create(name as Activation);
    const predicted = relativeError(network.predict(data.x), decode(expected.predict));
    expectWithin(`${name} predict`, predicted, bound);
    const loss = relativeError([network.loss(data)], decode(expected.loss));
    expectWithin(`${name} loss`, loss, bound);
    const gradient = flatten(network.gradient(data));
    const exact = decode(expected.gradient);
    expectWithin(`${name} gradient`, relativeError(gradient, exact), bound);
    expectWithin(`${name} gradient, norm`, relativeDistance(gradient, exact), bound);
    const hessian = network.hessian(data);
    for (const kind of KINDS) {
      const got = reference.entries[kind].map(([p, q]) => hessian[p * parameters + q]!);
      const error = relativeError(got, decode(expected.hessian[kind]));
      expectWithin(`${name} Hessian ${kind}`, error, bound);
    }
  });
}

describe("one Newton step at gamma = 1e-4", () => {
  // Unblocked LDL^T of 3000 parameters takes its time.
  const timeout = 180_000;

  for (const curvature of ["exact", "gauss-newton"] as const) {
    it(`${curvature}: the step and the inertia of LAPACK`, { timeout }, async () => {
      const expected = reference.newton[curvature];
      using network = await create();
      const { step, inertia, positiveDefinite } = network.newtonStep(data, { gamma, curvature });
      expect(inertia).toEqual({ positive: expected.positive, negative: expected.negative });
      expect(positiveDefinite).toBe(expected.negative === 0);
      // First-order perturbation: the condition number times the relative rounding of H, g and the
      // solution.
      const tolerance = Math.min(16 * expected.condition * EPS, 1e-9);
      const error = relativeDistance(flatten(step), decode(expected.step));
      expectWithin(`${curvature} step`, error, tolerance);
    });
  }

  it("has an indefinite matrix with exact curvature, or the comparison would not need LDL^T", () => {
    expect(reference.newton.exact.negative).toBeGreaterThan(0);
    expect(reference.newton["gauss-newton"].negative).toBe(0);
  });
});

/**
 * Losses, weights and penalties against central differences of the objective at 160 digits
 * (objective.py): one to three outputs, odd and even numbers of samples, weights of zero.
 */
import { afterAll, describe, expect, it } from "vitest";
import {
  type Activation,
  createEngine,
  type Loss,
  Network,
  type ObjectiveOptions,
  type Parameters,
  type Penalty,
  type SolverName,
  train,
} from "../../bindings/index.js";
import { type Curvature, curvatureNames } from "../../bindings/objective/curvature.js";
import {
  decode,
  EPS,
  flatten,
  lowerTriangle,
  readData,
  relativeDistance,
  relativeError,
  report,
} from "./support.js";

interface Case {
  readonly activation: Activation;
  readonly inputs: number;
  readonly outputs: number;
  readonly width: number;
  readonly samples: number;
  readonly beta: number;
  readonly loss: Exclude<Loss, string>;
  readonly penalty: Penalty | null;
  readonly theta: string;
  readonly x: string;
  readonly y: string;
  readonly weights: string | null;
  readonly value: string;
  readonly gradient: string;
  readonly hessian: string;
  readonly gaussNewton: string;
  /** Of `steps`, with the condition of H + gamma I as the curvature has it. */
  readonly gamma: number;
  readonly steps: Readonly<
    Record<Curvature, { readonly step: string; readonly condition: number }>
  >;
  readonly indefinite: null | {
    readonly gamma: number;
    readonly step: string;
    readonly negative: number;
    readonly condition: number;
  };
}

interface Extreme {
  readonly loss: Exclude<Loss, string>;
  readonly at: readonly { readonly f: string; readonly y: string; readonly values: string }[];
}

const { cases, extremes } = readData<{ cases: Case[]; extremes: Extreme[] }>("objective.json");
const engine = await createEngine();
afterAll(() => engine.dispose());

/** Of loss, gradient and Hessian, relative to their largest entry. */
const BOUND = 1e-12;

/** Parameters in the order w, eta, c. */
function parametersOf(theta: Float64Array<ArrayBuffer>, { inputs, width }: Case): Parameters {
  const c = width * (inputs + 1);
  return {
    w: theta.slice(0, width * inputs),
    eta: theta.slice(width * inputs, c),
    c: theta.slice(c),
  };
}

async function networkOf(each: Case): Promise<Network> {
  const { activation, inputs, outputs, width, beta, theta } = each;
  const network = await Network.create({ activation, inputs, outputs, width, beta, engine });
  network.setParameters(parametersOf(decode(theta), each));
  return network;
}

function problemOf({ x, y, weights, loss, penalty }: Case) {
  const data = {
    x: decode(x),
    y: decode(y),
    ...(weights !== null && { weights: decode(weights) }),
  };
  const options: ObjectiveOptions = { loss, ...(penalty !== null && { penalty }) };
  return { data, options };
}

const solvers: readonly SolverName[] = ["dense", "function-space", "cg"];

const nameOf = (loss: Case["loss"]) => JSON.stringify(loss);

describe.each([...new Set(cases.map(({ loss }) => nameOf(loss)))])("%s", (name) => {
  const own = cases.filter(({ loss }) => nameOf(loss) === name);
  const title = "$activation d = $inputs k = $outputs N = $width M = $samples penalty $penalty";

  it.each(own)(`loss, gradient and Hessian: ${title}`, async (each) => {
    using network = await networkOf(each);
    const { data, options } = problemOf(each);
    const check = (what: string, got: ArrayLike<number>, text: string) => {
      const expected = decode(text);
      // Where all residuals are beyond delta, nothing is left of the Gauss-Newton matrix.
      const isZero = expected.every((value) => value === 0);
      const error = isZero ? Math.max(...Array.from(got, Math.abs)) : relativeError(got, expected);
      report(`${name} ${what}`, error, BOUND);
      expect(error, what).toBeLessThanOrEqual(BOUND);
    };
    const order = network.parameterCount;
    check("loss", [network.loss(data, options)], each.value);
    check("gradient", flatten(network.gradient(data, options)), each.gradient);
    check("Hessian", lowerTriangle(network.hessian(data, options), order), each.hessian);
    const gaussNewton = network.hessian(data, { ...options, curvature: "gauss-newton" });
    check("Gauss-Newton", lowerTriangle(gaussNewton, order), each.gaussNewton);
  });

  it.each(own)(`steps of all curvatures: ${title}`, async (each) => {
    using network = await networkOf(each);
    const { data, options } = problemOf(each);
    for (const curvature of curvatureNames) {
      for (const solver of solvers) {
        const cg = { tolerance: 1e-13 };
        const how = { gamma: each.gamma, curvature, solver, cg, ...options };
        const { step, positiveDefinite } = network.newtonStep(data, how);
        const { step: expected, condition } = each.steps[curvature];
        const error = relativeDistance(flatten(step), decode(expected));
        const bound = condition * (solver === "cg" ? 1e-12 : 64 * network.parameterCount * EPS);
        report(`${name} ${curvature} step by ${solver}`, error, bound);
        expect(error, `${curvature} ${solver}`).toBeLessThanOrEqual(bound);
        expect(positiveDefinite).not.toBe(false);
      }
    }
  });

  it.each(own.filter(({ indefinite }) => indefinite !== null))(
    `step and inertia where H + gamma I is indefinite: ${title}`,
    async (each) => {
      using network = await networkOf(each);
      const { data, options } = problemOf(each);
      const { gamma, step: expected, negative, condition } = each.indefinite!;
      for (const solver of solvers.filter((other) => other !== "cg")) {
        const { step, inertia } = network.newtonStep(data, { gamma, solver, ...options });
        expect(inertia, solver).toEqual({
          positive: network.parameterCount - negative,
          negative,
        });
        const error = relativeDistance(flatten(step), decode(expected));
        const bound = condition * 64 * network.parameterCount * EPS;
        report(`${name} indefinite step by ${solver}`, error, bound);
        expect(error, solver).toBeLessThanOrEqual(bound);
      }
    },
  );
});

describe("at the ends of float64", () => {
  it.each(extremes.map((each) => [nameOf(each.loss), each] as const))(
    "%s",
    async (name, { loss, at }) => {
      for (const { f, y, values } of at) {
        const outputs = decode(f);
        const k = outputs.length;
        // With sigma = tanh(20) = 1 the output is c, the gradient in c is l', the Hessian l''.
        using network = await Network.create({ width: 1, outputs: k, engine });
        const eta = Float64Array.of(20);
        network.setParameters({ w: new Float64Array(1), eta, c: outputs });
        const data = { x: [0], y: decode(y) };
        const [value, ...rest] = decode(values);
        const got = [network.loss(data, { loss })];
        got.push(...network.gradient(data, { loss }).c);
        // Its entries of w are c^2 l'', which overflows earlier.
        if (!(rest.at(-1)! * outputs[0]! ** 2 < Number.MAX_VALUE)) continue;
        const hessian = network.hessian(data, { loss });
        for (let p = 0; p < k; p++) {
          for (let q = 0; q <= p; q++) got.push(hessian[(2 + p) * (2 + k) + 2 + q]!);
        }
        [value!, ...rest].forEach((expected, i) => {
          const error = Math.abs(got[i]! - expected);
          // That of poisson is a difference, whose terms have the rounding errors.
          const terms = loss.name === "poisson" ? rest.at(-1)! + data.y[0]! : 0;
          // Below the normal range there are fewer digits.
          const bound = BOUND * Math.max(Math.abs(expected), terms) + 2 ** -1022;
          expect(
            error,
            `${name} at f = ${outputs}, y = ${data.y}: ${got[i]} for ${expected}`,
          ).toBeLessThanOrEqual(bound);
        });
      }
    },
  );
});

interface Minimum extends Omit<Case, "loss"> {
  readonly loss: Exclude<Case["loss"]["name"], undefined>;
  /** The objective where SciPy ends from any of twenty starts. */
  readonly minimum: string;
}

describe("minima of penalized problems are SciPy's", () => {
  it.each(readData<Minimum[]>("minima.json"))("$loss, $outputs outputs", async (each) => {
    const whole: Case = { ...each, activation: "tanh", loss: { name: each.loss } };
    using network = await networkOf(whole);
    const { data, options } = problemOf(whole);
    const norm = () => Math.hypot(...flatten(network.gradient(data, options)));
    const start = norm();
    await train(network, data, { ...options, stop: { gradient: 1e-4 * start } });
    await train(network, data, { ...options, curvature: "exact", maxSteps: 40 });
    expect(norm() / start).toBeLessThan(1e-13);
    const [minimum] = decode(each.minimum);
    expect(Math.abs(network.loss(data, options) - minimum!)).toBeLessThan(
      1e-10 * Math.abs(minimum!),
    );
  });
});

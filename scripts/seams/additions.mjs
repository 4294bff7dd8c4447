/**
 * One addition of each kind: a file and a line of its table. Small, and used by nobody but
 * scripts/seams.mjs.
 */

/** sigma = 1 / (1 + z^2), sigma' = -2 z sigma^2, sigma'' = (6 z^2 - 2) sigma^3. */
const activation = {
  kind: "activation",
  files: {
    "assembly/activations/cauchy.ts": `
export function cauchyValue(n: i32, z: usize, s: usize): void {
  const one = f64x2.splat(1.0);
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const x = v128.load(z + i);
    v128.store(s + i, f64x2.div(one, f64x2.add(one, f64x2.mul(x, x))));
  }
}

export function cauchyJet(n: i32, z: usize, s0: usize, s1: usize, s2: usize): void {
  const one = f64x2.splat(1.0);
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const x = v128.load(z + i);
    const xx = f64x2.mul(x, x);
    const s = f64x2.div(one, f64x2.add(one, xx));
    const ss = f64x2.mul(s, s);
    const factor = f64x2.sub(f64x2.mul(f64x2.splat(6.0), xx), f64x2.splat(2.0));
    v128.store(s0 + i, s);
    v128.store(s1 + i, f64x2.mul(f64x2.mul(f64x2.splat(-2.0), x), ss));
    v128.store(s2 + i, f64x2.mul(factor, f64x2.mul(s, ss)));
  }
}
`,
  },
  changes: {
    "assembly/activations/activation.ts": [
      { before: "import { erfJet", insert: 'import { cauchyJet, cauchyValue } from "./cauchy";\n' },
      { after: "  RELU = 6,\n", insert: "  CAUCHY = 7,\n" },
      {
        after: "      return reluValue(n, z, s);\n",
        insert: "    case ActivationKind.CAUCHY:\n      return cauchyValue(n, z, s);\n",
      },
      {
        after: "      return reluJet(n, z, s0, s1, s2);\n",
        insert: "    case ActivationKind.CAUCHY:\n      return cauchyJet(n, z, s0, s1, s2);\n",
      },
    ],
  },
};

/** l = log cosh r with r = f - y, l' = tanh r, l'' = 1 - tanh^2 r. */
const loss = {
  kind: "loss",
  files: {
    "assembly/losses/log-cosh.ts": `
import { exp } from "../math/exp";
import { log1p } from "../math/log1p";

export function logCoshTraits(): string {
  return '{ "parameters": { "width": 1 } }';
}

/** With u = |r| / width and e = e^(-2 u): width^2 (u + log(1 + e) - log 2). */
export function logCoshJet(
  n: i32,
  width: f64,
  f: usize,
  y: usize,
  value: usize,
  slope: usize,
  bend: usize,
): void {
  const one = f64x2.splat(1.0),
    unit = f64x2.splat(width),
    square = f64x2.splat(width * width),
    sign = f64x2.splat(-0.0);
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 16) {
    const r = f64x2.div(f64x2.sub(v128.load(f + i), v128.load(y + i)), unit);
    const u = f64x2.abs(r);
    const e = exp(f64x2.mul(f64x2.splat(-2.0), u));
    const t = f64x2.div(f64x2.sub(one, e), f64x2.add(one, e));
    const height = f64x2.sub(f64x2.add(u, log1p(e)), f64x2.splat(0.6931471805599453));
    v128.store(value + i, f64x2.mul(square, height));
    v128.store(slope + i, f64x2.mul(unit, v128.or(t, v128.and(r, sign))));
    v128.store(bend + i, f64x2.sub(one, f64x2.mul(t, t)));
  }
}
`,
  },
  changes: {
    "assembly/losses/loss.ts": [
      {
        before: "import { logisticBad",
        insert: 'import { logCoshJet, logCoshTraits } from "./log-cosh";\n',
      },
      { after: "  POISSON = 5,\n", insert: "  LOG_COSH = 6,\n" },
      {
        after: "      return huberJet(n, a, f, y, value, slope, bend);\n",
        insert:
          "    case LossKind.LOG_COSH:\n      return logCoshJet(n, a, f, y, value, slope, bend);\n",
      },
      {
        after: "      return huberTraits();\n",
        insert: "    case LossKind.LOG_COSH:\n      return logCoshTraits();\n",
      },
    ],
  },
};

/** Half of lambda: what stands for it is the core's, what it means for a step the wrapper's. */
const curvature = {
  kind: "curvature",
  changes: {
    "assembly/newton/curvature.ts": [
      { after: "  GAUSS_NEWTON = 3,\n", insert: "  HALF = 4,\n" },
      {
        before: "  if (curvature == Curvature.EXACT) return lambda;\n",
        insert: "  if (curvature == Curvature.HALF) return 0.5 * lambda;\n",
      },
    ],
    "bindings/objective/curvature.ts": [
      {
        before: "} as const satisfies Record<string, CurvatureTraits>",
        insert:
          "  half: { code: Code.HALF, usesBlocks: true, changesBlocks: true, mayBeIndefinite: true },\n",
      },
    ],
  },
};

/** Conjugate gradients to the last digits. */
const solver = {
  kind: "solver",
  files: {
    "bindings/solvers/tight.ts": `
import type { Arena } from "../engine/engine.js";
import type { Linearization } from "../objective/linearization.js";
import { ConjugateGradientSolver } from "./conjugate-gradients.js";

export class TightSolver extends ConjugateGradientSolver {
  constructor(linearization: Linearization, arena: Arena) {
    super(linearization, arena, { tolerance: 1e-13, maxIterations: 5000 });
  }
}
`,
  },
  changes: {
    "bindings/solvers/table.ts": [
      {
        before: "import { PRECISIONS, type Precision }",
        insert: 'import { TightSolver } from "./tight.js";\n',
      },
      {
        before: "} as const satisfies Record<string, SolverTraits>",
        insert: `  tight: {
    certifiesDefiniteness: false,
    matrixFree: true,
    precisions: ["float64"],
    flops: ({ parameters, values }) => 5000 * 16 * parameters * values,
    bytes: conjugateGradientBytes,
    matrixBytes: () => 0,
    create: (linearization, arena) => new TightSolver(linearization, arena),
  },
`,
      },
    ],
  },
};

/** gamma times a factor after every step that was taken. */
const policy = {
  kind: "policy",
  files: {
    "bindings/regularization/geometric.ts": `
import { DampingPolicy } from "./damping.js";
import type { Outcome } from "./policy.js";

export interface GeometricRegularization {
  readonly policy: "geometric";
  readonly initial?: number;
}

export const GEOMETRIC = {
  initial: 1e-3,
  increase: 3,
  decrease: 0.7,
  minimum: 1e-14,
  maximum: 1e3,
  tries: 20,
} as const;

export class GeometricPolicy extends DampingPolicy {
  readonly lengths = 2;

  accepts({ before, after }: Outcome): boolean {
    return after < before;
  }
  protected factorAfter(): number {
    return this.options.decrease;
  }
  protected gammaAfterRejection(): number {
    return this.gamma * this.options.increase;
  }
}
`,
  },
  changes: {
    "bindings/regularization/table.ts": [
      {
        before: "import type { RegularizationPolicy }",
        insert:
          'import { GEOMETRIC, GeometricPolicy, type GeometricRegularization } from "./geometric.js";\n',
      },
      { after: "  | GainRatioRegularization\n", insert: "  | GeometricRegularization\n" },
      {
        before: "} as const satisfies {\n  [K in PolicyName]",
        insert: `  geometric: {
    curvature: "absolute",
    acceleration: "none",
    main: "initial",
    mainRequired: false,
    create: (options, argument) =>
      new GeometricPolicy(options.policy, checkDamping(options, GEOMETRIC, argument)),
  },
`,
      },
    ],
  },
};

/** theta - alpha g / |g|. */
const method = {
  kind: "method",
  files: {
    "bindings/methods/normalized.ts": `
import { GradientDescent } from "./first-order.js";
import type { Point } from "../objective/point.js";
import { type Proposal, UNMODELLED } from "./method.js";

export class NormalizedDescent extends GradientDescent {
  // biome-ignore lint/correctness/useYield: nothing here is long
  override *proposing(trial: Point): Generator<void, Proposal> {
    const { parameters, engine } = this.problem;
    const { theta } = this.point!;
    const length = this.rate / engine.core.norm2(parameters, this.gradient);
    engine.core.descend(parameters, length, theta, this.gradient, trial.leave());
    return UNMODELLED;
  }
}
`,
  },
  changes: {
    "bindings/methods/table.ts": [
      {
        before: "import { METHOD_OPTIONS",
        insert: 'import { NormalizedDescent } from "./normalized.js";\n',
      },
      {
        before: "} as const satisfies Record<string, MethodTraits>",
        insert: `  normalized: {
    secondOrder: false,
    curvature: null,
    defaultLearningRate: 1e-2,
    searches: false,
    returns: false,
    create: ({ point, arena, rate }) =>
      new NormalizedDescent(point.problem, arena, rate),
  },
`,
      },
    ],
  },
};

export const additions = [activation, loss, curvature, solver, policy, method];

/** Run beside the copy's dist/: a training by each new name, and who else has heard of it. */
export const use = `
import assert from "node:assert";
import { Command } from "commander";
import { activationNames, Network, train } from "./dist/index.js";
import { addTrainCommand } from "./dist/lab/cli/train.js";
import { REGULARIZATION_SYNTAX } from "./dist/lab/cli/options.js";
import { planSchema } from "./dist/lab/sweep/schema.js";

const x = Array.from({ length: 24 }, (_, m) => m / 23);
const data = { x, y: x.map((t) => Math.sin(5 * t)) };
for (const [what, activation, options] of [
  ["activation cauchy", "cauchy", {}],
  ["loss log-cosh", "tanh", { loss: { name: "log-cosh", width: 0.5 }, penalty: { c: 1e-3 } }],
  ["curvature half", "tanh", { curvature: "half" }],
  ["solver tight", "tanh", { solver: "tight" }],
  ["policy geometric", "tanh", { regularization: { policy: "geometric" } }],
  ["method normalized", "tanh", { method: "normalized" }],
]) {
  const network = await Network.create({ width: 16, activation });
  const run = await train(network, data, { maxSteps: 15, ...options });
  assert(run.loss < run.initialLoss, what);
  const again = await Network.create({ width: 16, activation });
  const resume = (await train(again, data, { ...options, maxSteps: 7 })).checkpoint();
  await train(again, data, { maxSteps: 15, ...options, resume });
  assert.deepEqual(again.toJSON(), network.toJSON(), what);
  assert(Network.fromJSON(JSON.parse(JSON.stringify(network.toJSON()))));
  console.log(what.padEnd(20), "loss", run.initialLoss.toPrecision(3), "->", run.loss.toPrecision(3));
}
// sigma' is the derivative of sigma: the slope of the loss along its gradient, by a difference.
const network = await Network.create({ width: 16, activation: "cauchy" });
const propose = ({ parameters, gradient, lossAt }) => {
  const along = (t) => lossAt(parameters.map((value, p) => value + t * gradient[p]));
  const square = gradient.reduce((sum, value) => sum + value * value, 0);
  const slope = (along(1e-4) - along(-1e-4)) / 2e-4;
  assert(Math.abs(slope - square) < 1e-6 * square, "the gradient of cauchy");
  return null;
};
const nothing = { save: () => ({ numbers: {}, vectors: {} }), restore() {} };
await train(network, data, { method: { name: "difference", propose, ...nothing } });
// And sigma'' that of sigma': a whole Newton step near a minimum is predicted well.
const { history } = await train(network, data, { curvature: "exact", maxSteps: 60 });
assert(history.some(({ accepted, gainRatio }) => accepted && Math.abs(gainRatio - 1) < 1e-2));

// The same of the loss, and of l'' by a step that its model predicts.
const objective = { loss: "log-cosh", penalty: { w: 1e-2, eta: 1e-2, c: 1e-2 } };
const { w, eta, c } = network.parameters;
const slopes = network.gradient(data, objective);
const moved = (t) => {
  network.setParameters({ w, eta: eta.map((value, i) => value + t * slopes.eta[i]), c });
  return network.loss(data, objective);
};
const along = (moved(1e-4) - moved(-1e-4)) / 2e-4;
network.setParameters({ w, eta, c });
const size = slopes.eta.reduce((sum, value) => sum + value * value, 0);
assert(Math.abs(along - size) < 1e-6 * size, "the gradient of log-cosh");
const told = { ...objective, maxSteps: 200 };
for (const method of ["newton", "trust-region"]) {
  const fresh = await Network.create({ width: 16, activation: "tanh" });
  const { history } = await train(fresh, data, { ...told, method });
  const good = ({ accepted, gainRatio }) => accepted && Math.abs(gainRatio - 1) < 1e-2;
  assert(history.some(good), "the model of log-cosh");
}

const program = new Command();
addTrainCommand(program);
const help = program.commands[0].helpInformation();
const schema = JSON.stringify(planSchema);
for (const name of ["cauchy", "half", "tight", "geometric", "normalized"]) {
  assert(help.includes(name), \`\${name} in the help of the command\`);
  assert(schema.includes(\`"\${name}"\`), \`\${name} in the schema of a plan\`);
}
assert(activationNames.includes("cauchy") && REGULARIZATION_SYNTAX.includes("geometric[:initial]"));
console.log("command and plans know all of them");
`;

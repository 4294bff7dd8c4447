import { afterAll, describe, expect, test } from "vitest";
import * as main from "../../bindings/index.js";
import { createEngine, type Matrix, Model, Network, type Vector } from "../../bindings/index.js";
import * as theory from "../../bindings/theory.js";

const api = { ...main, ...theory };

/** Whole numbers from 0 to 9, which every kind of array holds exactly. */
const X = [
  [0, 3, 1],
  [2, 1, 5],
  [4, 4, 9],
  [6, 0, 2],
];
const X2 = [
  [1, 2, 3],
  [9, 8, 7],
];
const Y = [[1], [0], [7], [3]];
const SYMMETRIC = [
  [4, 1, 0, 1],
  [1, 5, 2, 0],
  [0, 2, 6, 1],
  [1, 0, 1, 3],
];
const CROSS = [
  [1, 0, 2, 1],
  [0, 1, 1, 0],
];

type Form = (rows: readonly (readonly number[])[]) => Matrix;

const TYPES = [
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
];

const forms: [string, Form][] = [
  ["frozen rows", (rows) => Object.freeze(rows.map((row) => Object.freeze([...row])))],
  ["numbers where a row has one", (rows) => (rows[0]!.length === 1 ? rows.flat() : rows)],
  ...TYPES.flatMap((Type): [string, Form][] => [
    [Type.name, (rows) => Type.from(rows.flat())],
    [`rows of ${Type.name}`, (rows) => rows.map((row) => Type.from(row))],
  ]),
];

const engine = await createEngine();
const network = await Network.create({ inputs: 3, width: 4, seed: 1, engine });
const remote = await Network.create({ inputs: 3, width: 4, seed: 1, worker: true });
const columns = { inputs: ["a", "b", "c"], target: "t" };
const fitOptions = { evidence: false, columns, network: { width: 4 }, maxSteps: 2 } as const;
const fitted = await Model.fit({ x: X, y: Y }, fitOptions);
afterAll(() => {
  remote.dispose();
  fitted.model.dispose();
  engine.dispose();
});

async function trained(worker: boolean, data: { x: Matrix; y: Vector }) {
  const own = await Network.create({ inputs: 3, width: 4, seed: 2, worker });
  await api.train(own, data, { maxSteps: 2 });
  const parameters = await (own instanceof Network ? own.parameters : own.parameters());
  own.dispose();
  return parameters;
}

async function modelOf(worker: boolean, data: { x: Matrix; y: Vector }) {
  const options = { ...fitOptions, network: { width: 4, worker } };
  const { model } = await Model.fit(data, options);
  const json = model.toJSON();
  model.dispose();
  return json;
}

/** A vector is a list of numbers or a typed array, never rows. */
const vector = (as: Form, values: readonly number[]) =>
  as(values.map((value) => [value])) as readonly number[];
const isVector = (as: Form) => !Array.isArray(vector(as, [1])) || vector(as, [1])[0] === 1;

const samples = (as: Form) => ({ x: as(X), y: as(Y) });

const functions: Record<string, (as: Form) => unknown> = {
  "Network.predict": (as) => network.predict(as(X)),
  "Network.loss": (as) => network.loss(samples(as)),
  "Network.gradient": (as) => network.gradient(samples(as)),
  "Network.jacobian": (as) => network.jacobian(as(X)),
  "Network.inputGradient": (as) => network.inputGradient(as(X)),
  "Network.hessian": (as) => network.hessian(samples(as)),
  "Network.newtonStep": (as) => network.newtonStep(samples(as), { gamma: 1 }),
  "WorkerNetwork.predict": (as) => remote.predict(as(X)),
  "WorkerNetwork.loss": (as) => remote.loss(samples(as)),
  "WorkerNetwork.gradient": (as) => remote.gradient(samples(as)),
  "WorkerNetwork.jacobian": (as) => remote.jacobian(as(X)),
  "WorkerNetwork.inputGradient": (as) => remote.inputGradient(as(X)),
  "WorkerNetwork.hessian": (as) => remote.hessian(samples(as)),
  "WorkerNetwork.newtonStep": (as) => remote.newtonStep(samples(as), { gamma: 1 }),
  "WorkerNetwork.train": (as) => trained(true, samples(as)),
  train: (as) => trained(false, samples(as)),
  "Model.fit": (as) => modelOf(false, samples(as)),
  "Model.fit in a worker": (as) => modelOf(true, samples(as)),
  crossValidate: async (as) => {
    const options = { ...fitOptions, standardize: false, folds: 2, workers: 1 } as const;
    return (await api.crossValidate(samples(as), options)).predictions;
  },
  "Model.predict": (as) => fitted.model.predict(as(X)),
  "Model.evaluate": (as) => fitted.model.evaluate(samples(as)),
  ntk: (as) => api.ntk(network, as(X), as(X2)),
  nntk: (as) => api.nntk(network, samples(as), { gamma: 1, at: as(X2) }),
  definitenessMargin: (as) => api.definitenessMargin(network, samples(as)),
  limitKernel: (as) => api.limitKernel(as(X), { inputs: 3, x2: as(X2), activation: "erf", engine }),
  limitNtk: (as) => api.limitNtk(as(X), { inputs: 3, x2: as(X2), activation: "erf", engine }),
  limitNntk: (as) =>
    api.limitNntk(as(X), { inputs: 3, x2: as(X2), activation: "erf", gamma: 1, engine }),
  newtonKernel: (as) => api.newtonKernel(as(SYMMETRIC), { gamma: 1, engine }),
  spectrum: (as) => api.spectrum(as(SYMMETRIC), { engine }),
  leastSquares: (as) =>
    isVector(as) &&
    api.leastSquares(
      [vector(as, [1, 2, 3, 4]), vector(as, [1, 0, 1, 0])],
      [vector(as, [5, 1, 2, 0])],
      {
        engine,
      },
    ),
  limitDynamics: (as) =>
    isVector(as) &&
    api.limitDynamics({
      kernel: as(SYMMETRIC),
      y: vector(as, [1, 0, 7, 3]),
      initial: vector(as, [0, 1, 0, 1]),
      prior: as(SYMMETRIC),
      times: [0, 1, 2],
      rate: 0.1,
      at: {
        kernel: as(CROSS),
        initial: vector(as, [1, 2]),
        priorCross: as(CROSS),
        priorVariance: vector(as, [3, 4]),
      },
      engine,
    }),
};

/** What takes no samples. */
const OTHERS = ["createEngine", "init", "scaledGamma"];

test("are looked at for every function that is exported", () => {
  const names = Object.entries(api)
    .filter(([name, value]) => typeof value === "function" && /^[a-z]/.test(name))
    .map(([name]) => name);
  const missing = names.filter((name) => !OTHERS.includes(name) && !(name in functions));
  expect(missing).toEqual([]);
});

describe.each(Object.entries(functions))("%s", (_name, call) => {
  test("takes every form of its data, and gives the same bits", async () => {
    const plain = await call((rows) => (rows[0]!.length === 1 ? rows.flat() : rows));
    expect(plain).toBeTruthy();
    for (const [form, as] of forms) {
      const result = await call(as);
      if (result !== false) expect(result, form).toEqual(plain);
    }
  });
});

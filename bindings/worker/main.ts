import type { Dataset } from "../data/matrix.js";
import type { Preparation } from "../data/scaling.js";
import { createEngine, type EngineOptions } from "../engine/engine.js";
import { provideCore } from "../engine/load.js";
import type { EvidenceOptions } from "../fit/evidence-options.js";
import { fitEvidenceHere, fitHere } from "../fit/fit.js";
import { Network, type NetworkOptions, networkAccess } from "../network/network.js";
import {
  faultOfStart,
  packError,
  type Reply,
  type Request,
  type Start,
  transferables,
} from "../remote/protocol.js";
import type { Parameters } from "../shape/parameters.js";
import { type ResourceError, StateError } from "../support/errors.js";
import type { TrainOptions } from "../training/options.js";
import type { Finished } from "../training/run.js";
import { trainHere } from "../training/train.js";

/**
 * The worker's side of a network: one network, requests in turn, a training among them that an
 * abort may reach.
 */

/** Milliseconds between two messages with records of a training. */
const REPORT = 30;

interface Port {
  send(reply: Reply, transfer: ArrayBuffer[]): void;
  listen(receive: (message: Start | Request) => void): void;
}

let network: Network | undefined;
/** Why nothing can be done here. */
let fault: ResourceError | null = null;
/** Ends the training in progress. */
let interrupt: AbortController | undefined;

function live(): Network {
  if (network === undefined) throw new StateError("disposed", "the network was disposed");
  return network;
}

function shapeOf({ inputs, outputs, width, activation, beta, seed }: Network) {
  return { inputs, outputs, width, activation, beta, seed };
}

const operations: Record<string, (...args: never[]) => unknown> = {
  create: async (options: NetworkOptions, engine: EngineOptions) => {
    network = await Network.create({ ...options, engine: await createEngine(engine) });
    return shapeOf(network);
  },
  restore: async (json: unknown, engine: EngineOptions) => {
    network = await Network.fromJSON(json, { engine: await createEngine(engine) });
    return shapeOf(network);
  },
  parameters: () => live().parameters,
  setParameters: (parameters: Parameters) => live().setParameters(parameters),
  predict: (x: never) => live().predict(x),
  loss: (data: Dataset, options: never) => live().loss(data, options),
  gradient: (data: Dataset, options: never) => live().gradient(data, options),
  jacobian: (x: never) => live().jacobian(x),
  inputGradient: (x: never) => live().inputGradient(x),
  hessian: (data: Dataset, options: never) => live().hessian(data, options),
  newtonStep: (data: Dataset, options: never) => live().newtonStep(data, options),
  toJSON: () => live().toJSON(),
  abort: () => interrupt?.abort(),
};

/** What the worker adds to the options that came. */
interface Reported {
  readonly signal: AbortSignal;
  readonly onStep: (record: object) => void;
}

/** Operations that train: with records on the way, and the run without them at the end. */
const trainings: Record<string, (reported: Reported, ...args: never[]) => Promise<unknown>> = {
  train: async (reported, data: Dataset, options: TrainOptions) =>
    withoutHistory(await trainHere(networkAccess(live()), data, { ...options, ...reported })),
  fit: async (reported, data: Dataset, preparation: Preparation, options: TrainOptions) => {
    const fitted = await fitHere(live(), data, preparation, { ...options, ...reported });
    return { ...fitted, run: withoutHistory(fitted.run) };
  },
  fitEvidence: async (
    reported,
    data: Dataset,
    preparation: Preparation,
    options: EvidenceOptions,
  ) => {
    const arena = networkAccess(live()).engine.open();
    try {
      const all = { ...options, ...reported };
      const fitted = await fitEvidenceHere(live(), arena, data, preparation, all);
      const { members, scaling, run } = fitted;
      return { members, scaling, run: { ...run, history: [] } };
    } finally {
      arena.close();
    }
  },
};

/** The history has been sent record by record. */
function withoutHistory(run: Finished): Finished {
  return { ...run, history: [] };
}

/** A training; its records are sent as they come, but not one by one. */
async function trainAndReport(
  id: number,
  port: Port,
  work: (reported: Reported) => Promise<unknown>,
): Promise<unknown> {
  const own = new AbortController();
  interrupt = own;
  let records: object[] = [];
  let last = performance.now();
  const flush = () => {
    if (records.length > 0) port.send({ id, records }, []);
    records = [];
    last = performance.now();
  };
  const result = await work({
    signal: own.signal,
    onStep: (record) => {
      records.push(record);
      if (performance.now() - last > REPORT) flush();
    },
  });
  flush();
  return result;
}

async function answer(port: Port, { id, operation, args }: Request): Promise<void> {
  try {
    if (fault !== null) throw fault;
    const training = trainings[operation];
    const result = await (training === undefined
      ? operations[operation]!(...(args as never[]))
      : trainAndReport(id, port, (reported) => training(reported, ...(args as never[]))));
    port.send({ id, result }, transferables(result));
  } catch (error) {
    port.send({ id, error: packError(error) }, []);
  }
}

/** In Node a worker talks through a port of its module, in a browser through its global scope. */
function findPort(): Port {
  const scope = globalThis as unknown as {
    process?: { getBuiltinModule?(name: string): typeof import("node:worker_threads") };
    postMessage(message: unknown, transfer: ArrayBuffer[]): void;
    onmessage: (event: { data: Start | Request }) => void;
  };
  const parent = scope.process?.getBuiltinModule?.("node:worker_threads").parentPort;
  if (parent) {
    return {
      send: (reply, transfer) => parent.postMessage(reply, transfer),
      listen: (receive) => void parent.on("message", receive),
    };
  }
  return {
    send: (reply, transfer) => scope.postMessage(reply, transfer),
    listen: (receive) => {
      scope.onmessage = ({ data }) => receive(data);
    },
  };
}

const port = findPort();
port.listen((message) => {
  if ("modules" in message) {
    fault = faultOfStart(message);
    if (fault !== null) return;
    for (const [build, module] of Object.entries(message.modules))
      provideCore(build as "simd", module);
  } else void answer(port, message);
});

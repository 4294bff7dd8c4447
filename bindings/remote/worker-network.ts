import { checkDataset } from "../data/load.js";
import type { Dataset, FlatDataset, Matrix } from "../data/matrix.js";
import type { Preparation } from "../data/scaling.js";
import type { HessianOptions, NewtonStep, NewtonStepOptions } from "../derivatives/derivatives.js";
import { checkEngineOptions, type EngineOptions } from "../engine/engine.js";
import { ABI } from "../engine/generated/abi.js";
import { type Build, compileCore } from "../engine/load.js";
import type { NetworkJSON } from "../formats/network-json.js";
import { isMethodObject } from "../methods/custom.js";
import type { ObjectiveOptions } from "../objective/objective.js";
import { isPolicyObject } from "../regularization/custom.js";
import type { Activation } from "../shape/activations.js";
import type { Parameters } from "../shape/parameters.js";
import { parameterCount, type Shape } from "../shape/shape.js";
import { mustBeAwaited, notByConstructor } from "../support/awaited.js";
import { invalid, ResourceError, StateError } from "../support/errors.js";
import type { AbortSignalLike } from "../support/platform.js";
import { checkTrainOptions, type StepControl, type TrainOptions } from "../training/options.js";
import type { StepRecord } from "../training/record.js";
import { asRun, type Finished, type Fitted, type TrainingRun } from "../training/run.js";
import { type Host, startHost } from "./host.js";
import { type Reply, type Start, transferables, unpackError } from "./protocol.js";

/** What a training or a fit is heard by. */
export interface Reporting<Event> {
  readonly signal?: AbortSignalLike;
  readonly onStep?: (record: Event, control: StepControl) => void;
}

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  readonly onRecords?: (records: readonly never[]) => void;
}

/** What a request may have beside its arguments. */
interface Extra extends Pick<Pending, "onRecords"> {
  /** Buffers in the arguments that the worker is given and not a copy of. */
  readonly transfer?: ArrayBuffer[];
}

/** In a map, and not a static block of the class, so that bundlers can leave the class out. */
const fits = new WeakMap<
  WorkerNetwork,
  (data: FlatDataset, preparation: Preparation, options: TrainOptions) => Promise<Fitted>
>();

/** What `Model.fit` may do with a network in a worker; `data` are handed over. */
export function fitInWorker(
  network: WorkerNetwork,
  data: FlatDataset,
  preparation: Preparation,
  options: TrainOptions,
): Promise<Fitted> {
  return fits.get(network)!(data, preparation, options);
}

type Work = <Event, Result>(
  operation: string,
  args: readonly unknown[],
  options: Reporting<Event>,
) => Promise<{ readonly result: Result; readonly history: readonly Event[] }>;

const works = new WeakMap<WorkerNetwork, Work>();

/**
 * Other work of the worker that reports: what came of it, and all records.
 * @param args the first may be data, which are handed over
 */
export function workInWorker<Event, Result>(
  network: WorkerNetwork,
  operation: string,
  args: readonly unknown[],
  options: Reporting<Event>,
): Promise<{ readonly result: Result; readonly history: readonly Event[] }> {
  return works.get(network)!<Event, Result>(operation, args, options);
}

/**
 * A network in a worker of its own (a Web Worker, or one of worker_threads): `Network.create({ ...,
 * worker: true })`. The methods of `Network`, each a promise; `train` takes it as it takes a
 * network. Data are copied to the worker, results are not copied back but handed over. Errors
 * arrive as the same typed errors. Requests are answered in turn, except that an aborted training
 * ends after its step.
 */
export class WorkerNetwork {
  readonly inputs: number;
  readonly outputs: number;
  readonly width: number;
  readonly activation: Activation;
  readonly beta: number;
  readonly seed: number;
  readonly #connection: Connection;
  #training = false;

  private constructor(connection: Connection, shape: Shape & { readonly seed: number }) {
    if (!(connection instanceof Connection)) {
      throw notByConstructor("WorkerNetwork", "Network.create({ ..., worker: true })");
    }
    this.#connection = connection;
    fits.set(this, this.#fit.bind(this));
    works.set(this, this.#work.bind(this) as Work);
    this.inputs = shape.inputs;
    this.outputs = shape.outputs;
    this.width = shape.width;
    this.activation = shape.activation;
    this.beta = shape.beta;
    this.seed = shape.seed;
  }

  /**
   * What `Network.create` does with `worker`. @throws ResourceError `unsupported-engine` where
   * workers cannot be had
   */
  static async create(options: object, engine: Required<EngineOptions>): Promise<WorkerNetwork> {
    return WorkerNetwork.#start(engine, "create", options);
  }

  /**
   * @throws what `Network.fromJSON` throws; ResourceError `unsupported-engine` where workers cannot
   *   be had
   */
  static fromJSON(json: unknown, engine: EngineOptions = {}): Promise<WorkerNetwork> {
    return mustBeAwaited(
      WorkerNetwork.#restore(json, engine),
      "WorkerNetwork.fromJSON(...)",
      WorkerNetwork.prototype,
    );
  }

  static async #restore(json: unknown, engine: EngineOptions): Promise<WorkerNetwork> {
    return WorkerNetwork.#start(checkEngineOptions(engine, "engine"), "restore", json);
  }

  static async #start(
    engine: Required<EngineOptions>,
    operation: string,
    what: unknown,
  ): Promise<WorkerNetwork> {
    const connection = await Connection.open(engine);
    try {
      const shape = await connection.ask<Shape & { seed: number }>(operation, [what, engine]);
      return new WorkerNetwork(connection, shape);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** P = N (d + 1 + k). */
  get parameterCount(): number {
    return parameterCount(this);
  }

  get disposed(): boolean {
    return this.#connection.closed;
  }

  /** A copy of the parameters. */
  parameters(): Promise<Parameters> {
    return this.#connection.ask("parameters", []);
  }

  setParameters(parameters: Parameters): Promise<void> {
    return this.#connection.ask("setParameters", [parameters]);
  }

  predict(x: Matrix): Promise<Float64Array> {
    return this.#connection.ask("predict", [x]);
  }

  async loss(data: Dataset, options: ObjectiveOptions = {}): Promise<number> {
    checkDataset(data, true);
    return this.#connection.ask("loss", [data, options]);
  }

  async gradient(data: Dataset, options: ObjectiveOptions = {}): Promise<Parameters> {
    checkDataset(data, true);
    return this.#connection.ask("gradient", [data, options]);
  }

  jacobian(x: Matrix): Promise<Float64Array> {
    return this.#connection.ask("jacobian", [x]);
  }

  inputGradient(x: Matrix): Promise<Float64Array> {
    return this.#connection.ask("inputGradient", [x]);
  }

  async hessian(data: Dataset, options: HessianOptions = {}): Promise<Float64Array> {
    checkDataset(data, true);
    return this.#connection.ask("hessian", [data, options]);
  }

  async newtonStep(data: Dataset, options: NewtonStepOptions): Promise<NewtonStep> {
    checkDataset(data, true);
    return this.#connection.ask("newtonStep", [data, options]);
  }

  toJSON(): Promise<NetworkJSON> {
    return this.#connection.ask("toJSON", []);
  }

  /**
   * What `train` does with a network in a worker. Records come in groups, some thirty milliseconds
   * apart; a checkpoint can be taken when the run is over.
   */
  async train(data: Dataset, options: TrainOptions = {}): Promise<TrainingRun> {
    checkTrainOptions(options);
    refuseObjects(options);
    checkDataset(data, true);
    return this.#report<StepRecord, TrainOptions, TrainingRun>(
      options,
      async (plain, onRecords) => {
        const run = await this.#connection.ask<Finished>("train", [data, plain], { onRecords });
        return (history: readonly StepRecord[]) => asRun({ ...run, history });
      },
    );
  }

  async #fit(data: FlatDataset, preparation: Preparation, options: TrainOptions): Promise<Fitted> {
    checkTrainOptions(options);
    refuseObjects(options);
    return this.#report<StepRecord, TrainOptions, Fitted>(options, async (plain, onRecords) => {
      const args = [data, preparation, plain];
      const extra = { onRecords, transfer: transferables(data) };
      const { run, scaling } = await this.#connection.ask<Fitted>("fit", args, extra);
      return (history: readonly StepRecord[]) => ({ run: { ...run, history }, scaling });
    });
  }

  #work<Event, Result>(
    operation: string,
    args: readonly unknown[],
    options: Reporting<Event>,
  ): Promise<{ readonly result: Result; readonly history: readonly Event[] }> {
    type All = { readonly result: Result; readonly history: readonly Event[] };
    return this.#report<Event, Reporting<Event>, All>(options, async (plain, onRecords) => {
      const extra = { onRecords, transfer: transferables(args[0]) };
      const result = await this.#connection.ask<Result>(operation, [...args, plain], extra);
      return (history) => ({ result, history });
    });
  }

  /** Work in the worker, whose records and end are brought to the caller. */
  async #report<Event, Options extends Reporting<Event>, T>(
    options: Options,
    ask: (
      plain: Omit<Options, keyof Reporting<Event>>,
      onRecords: (records: readonly Event[]) => void,
    ) => Promise<(history: readonly Event[]) => T>,
  ): Promise<T> {
    const { signal, onStep, ...plain } = options;
    if (signal?.aborted) {
      throw new StateError("aborted", "options.signal: aborted before the training began", {
        argument: "options.signal",
        cause: signal.reason,
      });
    }
    if (this.#training)
      throw new StateError(
        "busy",
        "the network is being trained; wait for that call of train to end",
      );
    const abort = () => void this.#connection.ask("abort", []).catch(() => {});
    signal?.addEventListener("abort", abort);
    this.#training = true;
    const history: Event[] = [];
    let failure: { readonly error: unknown } | null = null;
    try {
      const withHistory = await ask(plain, (records) => {
        for (const record of records) {
          history.push(record);
          if (failure !== null) continue;
          try {
            onStep?.(record, { checkpoint: noCheckpoint });
          } catch (error) {
            failure = { error };
            abort();
          }
        }
      });
      if (failure !== null) throw (failure as { readonly error: unknown }).error;
      return withHistory(history);
    } finally {
      this.#training = false;
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Ends the worker at once; what is still asked of it is rejected with `disposed`. */
  dispose(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function noCheckpoint(): never {
  throw new StateError(
    "busy",
    "a checkpoint of a network in a worker can be taken from the run, when it is over",
  );
}

/** Requests to one worker and the promises of their replies. */
class Connection {
  readonly #pending = new Map<number, Pending>();
  #host: Host | undefined;
  #next = 0;

  static async open({ variant, threads }: Required<EngineOptions>): Promise<Connection> {
    const modules: [Build, WebAssembly.Module][] = [[variant, await compileCore(variant)]];
    if (threads !== 1) {
      const build: Build = `${variant}-threads`;
      // An engine without its build with threads has one thread and says so.
      const module = await compileCore(build).catch(() => undefined);
      if (module !== undefined) modules.push([build, module]);
    }
    const { source } = await import("../engine/generated/worker.js");
    const connection = new Connection();
    try {
      connection.#host = startHost(source, {
        message: (data) => connection.#receive(data as Reply),
        failed: (reason) => connection.#end(workerFailed(reason)),
      });
    } catch (error) {
      throw workerFailed(String(error));
    }
    connection.#host.send({ modules: Object.fromEntries(modules), abi: ABI } satisfies Start);
    return connection;
  }

  get closed(): boolean {
    return this.#host === undefined;
  }

  ask<T>(
    operation: string,
    args: readonly unknown[],
    { onRecords, transfer }: Extra = {},
  ): Promise<T> {
    const host = this.#host;
    if (host === undefined) {
      return Promise.reject(new StateError("disposed", "the network was disposed"));
    }
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      try {
        host.send({ id, operation, args }, transfer);
      } catch (cause) {
        // What cannot be cloned is nothing a network could have taken either.
        reject(
          invalid("invalid-argument", "arguments", "data that a worker can be sent", String(cause)),
        );
        return;
      }
      this.#pending.set(id, { resolve, reject, ...(onRecords && { onRecords }) });
      host.keepAlive(true);
    });
  }

  close(): void {
    this.#end(new StateError("disposed", "the network was disposed"));
  }

  #receive(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    if ("records" in reply) {
      pending.onRecords?.(reply.records as readonly never[]);
      return;
    }
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#host?.keepAlive(false);
    if ("error" in reply) pending.reject(unpackError(reply.error));
    else pending.resolve(reply.result as never);
  }

  #end(error: Error): void {
    const host = this.#host;
    this.#host = undefined;
    host?.terminate();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

function workerFailed(reason: string): ResourceError {
  return new ResourceError("unsupported-engine", `a worker cannot be had here: ${reason}`, {
    argument: "options.worker",
    expected: "workers, and a content security policy that allows worker-src blob:",
    got: reason,
  });
}

/** Functions stay on their thread. @throws InputError `invalid-argument` */
function refuseObjects({ method, regularization }: TrainOptions): void {
  const expected = "one by its name for a network in a worker: functions stay on their thread";
  if (isMethodObject(method)) {
    throw invalid("invalid-argument", "options.method", expected, "an object");
  }
  if (regularization !== undefined && isPolicyObject(regularization)) {
    throw invalid("invalid-argument", "options.regularization", expected, "an object");
  }
}

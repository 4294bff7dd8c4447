/// <reference lib="esnext.disposable" preserve="true" />

import type { Dataset, Matrix } from "../data/matrix.js";
import {
  gradient,
  type HessianOptions,
  hessian,
  jacobian,
  loss,
  type NewtonStep,
  type NewtonStepOptions,
  newtonStep,
  predict,
} from "../derivatives/derivatives.js";
import { inputGradient } from "../derivatives/input-gradient.js";
import { checkEngineOptions, createEngine, Engine, type EngineOptions } from "../engine/engine.js";
import { decodeNetwork, encodeNetwork, type NetworkJSON } from "../formats/network-json.js";
import type { ObjectiveOptions } from "../objective/objective.js";
import { WorkerNetwork } from "../remote/worker-network.js";
import { type Activation, checkActivation } from "../shape/activations.js";
import { type NetworkMemory, type Parameters, splitParameters } from "../shape/parameters.js";
import { paddedCount, parameterCount, type Shape } from "../shape/shape.js";
import { mustBeAwaited, notByConstructor } from "../support/awaited.js";
import { describe, invalid, StateError } from "../support/errors.js";
import { checkInteger, checkNumber, checkOptions } from "../support/validate.js";
import type { Trainee } from "../training/train.js";

export interface NetworkOptions {
  /** d, the number of inputs; default 1. */
  readonly inputs?: number;
  /** k, the number of outputs; default 1. */
  readonly outputs?: number;
  /** N, the number of neurons. */
  readonly width: number;
  /** Default `"tanh"`. */
  readonly activation?: Activation;
  /**
   * Exponent of the output scale N^-beta, in (1/2, 1]; default 0.52, that of the published
   * experiments.
   */
  readonly beta?: number;
  /** Seed of the initial parameters, an integer from 0 to 2^53 - 1; default 0. */
  readonly seed?: number;
  /** An engine to share; by default the network makes its own and drops it when disposed. */
  readonly engine?: Engine;
  /** A network on the caller's thread; `WorkerNetworkOptions` are those of one in a worker. */
  readonly worker?: false | undefined;
}

export interface WorkerNetworkOptions extends Omit<NetworkOptions, "engine" | "worker"> {
  /**
   * Runs the network in a worker, with an engine of its own: gives a `WorkerNetwork`, whose methods
   * are promises.
   */
  readonly worker?: boolean | EngineOptions | undefined;
}

/** In a map, and not a static block of the class, so that bundlers can leave the class out. */
const accesses = new WeakMap<Network, () => Trainee>();

/** @throws InputError when `network` is none, StateError `disposed` */
export function networkAccess(network: Network): Trainee {
  const access = accesses.get(network);
  if (access === undefined) {
    const expected = "a Network on this thread";
    const remote: unknown = network;
    if (!(remote instanceof WorkerNetwork)) {
      throw invalid("invalid-argument", "network", "a Network", describe(network));
    }
    const got = "a WorkerNetwork, whose parameters are in its worker: toJSON() brings them here";
    throw invalid("invalid-argument", "network", expected, got);
  }
  return access();
}

const OPTION_NAMES = [
  "inputs",
  "outputs",
  "width",
  "activation",
  "beta",
  "seed",
  "engine",
  "worker",
] as const satisfies (keyof NetworkOptions)[];

/** Widest network whose parameters one memory holds for one input. */
const MAX_WIDTH = 2 ** 27;
const MAX_INPUTS = 2 ** 20;
const MAX_OUTPUTS = 2 ** 16;

/**
 * A one-hidden-layer network f(x) = N^-beta sum_i c_i sigma(w_i . x + eta_i), with one c_i an
 * output.
 *
 * Its parameters live in the memory of an engine; `dispose` gives that back. Every method that
 * takes data throws InputError (`invalid-shape`, `non-finite`, `empty-data`, `invalid-argument`)
 * for data that do not fit, and `non-finite` where the result overflows.
 */
export class Network {
  readonly inputs: number;
  readonly outputs: number;
  readonly width: number;
  readonly activation: Activation;
  readonly beta: number;
  readonly seed: number;
  readonly #engine: Engine;
  readonly #ownsEngine: boolean;
  readonly #theta: number;
  readonly #release: () => void;
  #disposed = false;
  #locked = false;

  private constructor(shape: Shape & { seed: number }, engine: Engine, ownsEngine: boolean) {
    if (!(engine instanceof Engine)) {
      throw notByConstructor("Network", "Network.create(options)");
    }
    this.inputs = shape.inputs;
    this.outputs = shape.outputs;
    this.width = shape.width;
    this.activation = shape.activation;
    this.beta = shape.beta;
    this.seed = shape.seed;
    this.#engine = engine;
    this.#ownsEngine = ownsEngine;
    const scope = engine.open();
    this.#theta = scope.f64(paddedCount(shape));
    this.#release = () => scope.close();
    accesses.set(this, () => ({ ...this.#memory(), shape: this, lock: () => this.#lock() }));
  }

  /**
   * Makes a network with random parameters: w and eta standard normal, c uniform on [-1, 1], from
   * `seed` alone, with the same bits on every engine. Its neurons are the first of any wider
   * network of the same seed.
   *
   * @throws InputError `invalid-argument`
   * @throws ResourceError `unsupported-engine`, `out-of-memory`
   */
  static create(options: NetworkOptions): Promise<Network>;
  static create(
    options: WorkerNetworkOptions & { readonly worker: true | EngineOptions },
  ): Promise<WorkerNetwork>;
  static create(options: WorkerNetworkOptions): Promise<Network | WorkerNetwork>;
  static create(options: NetworkOptions | WorkerNetworkOptions): Promise<Network | WorkerNetwork> {
    return mustBeAwaited(Network.#create(options), "Network.create(...)", Network.prototype);
  }

  static async #create(
    options: NetworkOptions | WorkerNetworkOptions,
  ): Promise<Network | WorkerNetwork> {
    checkOptions(options, "options", OPTION_NAMES);
    if (options.worker !== undefined && options.worker !== false) return createInWorker(options);
    const { engine, ...values } = options as NetworkOptions;
    const { inputs = 1, outputs = 1, width, activation = "tanh", beta = 0.52, seed = 0 } = values;
    const shape = {
      inputs: checkInteger(inputs, "options.inputs", 1, MAX_INPUTS),
      outputs: checkInteger(outputs, "options.outputs", 1, MAX_OUTPUTS),
      width: checkInteger(width, "options.width", 1, MAX_WIDTH),
      activation: checkActivation(activation, "options.activation"),
      beta: checkNumber(beta, "options.beta", { above: 0.5, most: 1 }),
      seed: checkInteger(seed, "options.seed", 0, Number.MAX_SAFE_INTEGER),
    };
    const network = await Network.#make(shape, engine, "options.engine");
    network.#engine.core.initializeParameters(
      shape.seed >>> 0,
      Math.floor(shape.seed / 2 ** 32),
      shape.width,
      shape.inputs,
      shape.outputs,
      network.#theta,
    );
    return network;
  }

  /**
   * Restores what `toJSON` gave, bit for bit.
   * @throws InputError `invalid-model` (cut off, edited, not a network), `unsupported-version`,
   *   `invalid-argument`
   */
  static fromJSON(json: unknown, options: { readonly engine?: Engine } = {}): Promise<Network> {
    return mustBeAwaited(
      Network.#restore(json, options),
      "Network.fromJSON(...)",
      Network.prototype,
    );
  }

  static async #restore(json: unknown, options: { readonly engine?: Engine }): Promise<Network> {
    checkOptions(options, "options", ["engine"]);
    const { shape, theta } = decodeNetwork(json);
    const network = await Network.#make(shape, options.engine, "options.engine");
    network.#engine.f64(network.#theta, theta.length).set(theta);
    return network;
  }

  static async #make(
    shape: Shape & { seed: number },
    engine: Engine | undefined,
    argument: string,
  ): Promise<Network> {
    if (engine !== undefined && !(engine instanceof Engine)) {
      throw invalid("invalid-argument", argument, "an Engine (createEngine)", describe(engine));
    }
    return new Network(shape, engine ?? (await createEngine()), engine === undefined);
  }

  /** P = N (d + 1 + k). */
  get parameterCount(): number {
    return parameterCount(this);
  }

  /** A copy of the parameters. */
  get parameters(): Parameters {
    return splitParameters(this.#memory(), this.#theta);
  }

  /**
   * Replaces all parameters. @throws InputError `invalid-shape`, `non-finite`; StateError `busy`
   */
  setParameters(parameters: Parameters): void {
    const engine = this.#live();
    if (this.#locked) throw busy();
    const { width, inputs, outputs } = this;
    const lengths = { w: width * inputs, eta: width, c: width * outputs };
    engine.scope((arena) => {
      const staged = arena.f64(this.parameterCount);
      let offset = 0;
      for (const name of ["w", "eta", "c"] as const) {
        const part: unknown = parameters?.[name];
        if (!(part instanceof Float64Array) || part.length !== lengths[name]) {
          const got = part instanceof Float64Array ? `${part.length}` : describe(part);
          throw invalid(
            "invalid-shape",
            `parameters.${name}`,
            `a Float64Array of length ${lengths[name]}`,
            got,
          );
        }
        engine.f64(staged + 8 * offset, part.length).set(part);
        const bad = engine.core.firstNonFinite(part.length, staged + 8 * offset);
        if (bad >= 0) {
          throw invalid(
            "non-finite",
            `parameters.${name}[${bad}]`,
            "a finite number",
            String(part[bad]),
          );
        }
        offset += part.length;
      }
      engine.f64(this.#theta, offset).set(engine.f64(staged, offset));
    });
  }

  /** f at each row of x (M x d): M x k values, row-major. */
  predict(x: Matrix): Float64Array {
    return predict(this.#memory(), x);
  }

  /**
   * L = 1/M sum_m w_m l(f(x_m), y_m) + 1/2 sum_g lambda_g |theta_g|^2; by default 1/(2M) sum_m
   * |f(x_m) - y_m|^2.
   */
  loss(data: Dataset, options: ObjectiveOptions = {}): number {
    return loss(this.#memory(), data, options);
  }

  /** g = J^T rho / M + Lambda theta with rho = w l', in the shape of the parameters. */
  gradient(data: Dataset, options: ObjectiveOptions = {}): Parameters {
    return gradient(this.#memory(), data, options);
  }

  /**
   * J: M k x P, row-major, rows sample by sample, columns in the order all w (row-major), all eta,
   * all c (row-major).
   */
  jacobian(x: Matrix): Float64Array {
    return jacobian(this.#memory(), x);
  }

  /**
   * df_o/dx_j at each row of x, the derivatives of the outputs in the inputs: M x k x d, row-major.
   * The derivative of `relu` at 0 is 0, as everywhere here.
   */
  inputGradient(x: Matrix): Float64Array {
    return inputGradient(this.#memory(), x);
  }

  /**
   * H = J^T D J / M + S + Lambda with D = w l'': P x P, row-major and symmetric, in the order all
   * w, all eta, all c. With curvature "gauss-newton" S is left out, and what is negative of D.
   * @throws InputError `unsupported-activation` for exact curvature of ReLU
   * @throws ResourceError `out-of-memory`
   */
  hessian(data: Dataset, options: HessianOptions = {}): Float64Array {
    return hessian(this.#memory(), data, options);
  }

  /**
   * One regularized Newton step, not taken. Where H + gamma I is indefinite the step is still the
   * solution of the system (by a pivoted LDL^T, which is slower), and the inertia says how far from
   * definite it is. All solvers give the same step, `cg` to its tolerance and only where it meets
   * no negative curvature.
   *
   * @throws InputError `unsupported-activation` for exact curvature of ReLU; `invalid-argument`,
   *   also when H + gamma I is singular to working precision, or found indefinite by `cg`
   * @throws ResourceError `out-of-memory`; `not-converged` when `cg` does not come to its
   *   tolerance, or rounding leaves `function-space` neither step nor inertia
   */
  newtonStep(data: Dataset, options: NewtonStepOptions): NewtonStep {
    return newtonStep(this.#memory(), data, options);
  }

  /**
   * The versioned format of docs/model-format.md; every bit of the parameters is kept.
   * @throws ResourceError `out-of-memory` above some 5e7 parameters, more than a text can hold
   */
  toJSON(): NetworkJSON {
    return encodeNetwork(this, this.#live().f64(this.#theta, this.parameterCount));
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /**
   * Gives the memory back; every later call throws `disposed`. While it is being trained: throws
   * `busy`.
   */
  dispose(): void {
    if (this.#disposed) return;
    if (this.#locked) throw busy();
    this.#disposed = true;
    this.#release();
    if (this.#ownsEngine) this.#engine.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #live(): Engine {
    if (this.#disposed) throw new StateError("disposed", "the network was disposed");
    return this.#engine;
  }

  #memory(): NetworkMemory {
    return { engine: this.#live(), shape: this, theta: this.#theta };
  }

  #lock(): () => void {
    if (this.#locked) throw busy();
    this.#locked = true;
    return () => {
      this.#locked = false;
    };
  }
}

async function createInWorker(
  options: WorkerNetworkOptions & Pick<NetworkOptions, "engine">,
): Promise<WorkerNetwork> {
  const { worker, engine, ...rest } = options;
  const own = checkEngineOptions(
    worker === true ? {} : (worker as EngineOptions),
    "options.worker",
  );
  if (engine !== undefined) {
    throw invalid(
      "invalid-argument",
      "options.engine",
      "nothing beside options.worker, which may choose variant and threads",
      describe(engine),
    );
  }
  return WorkerNetwork.create(rest, own);
}

function busy(): StateError {
  return new StateError("busy", "the network is being trained; wait for that call of train to end");
}

import type { Arena, Engine } from "../../engine/engine.js";
import { encodeNetwork, type NetworkJSON } from "../../formats/network-json.js";
import type { Evaluable } from "../../objective/point.js";
import { paddedCount, parameterCount, type Shape } from "../../shape/shape.js";
import type { AbortSignalLike } from "../../support/platform.js";
import type { ShardedSums } from "./sums.js";

/** What the points of a training on shards share. */
export interface ShardedSpace {
  readonly engine: Engine;
  readonly shape: Shape & { readonly seed: number };
  readonly sums: ShardedSums;
  readonly signal: AbortSignalLike | undefined;
}

/** Parameters, and their loss over data that no one process holds. */
export class ShardedPoint implements Evaluable {
  readonly problem: Evaluable["problem"];
  readonly theta: number;
  readonly #space: ShardedSpace;
  #loss: number | undefined;
  /** Where nothing else was evaluated yet, a loss that overflows is a fault of the data. */
  #isFirst: boolean;

  /** @param isFirst whether a training begins here */
  constructor(space: ShardedSpace, arena: Arena, isFirst: boolean) {
    const { engine, shape } = space;
    this.problem = { engine, shape, parameters: parameterCount(shape) };
    this.theta = arena.f64(paddedCount(shape));
    this.#space = space;
    this.#isFirst = isFirst;
  }

  /** The network with these parameters, for workers. */
  get json(): NetworkJSON {
    const { engine, parameters } = this.problem;
    return encodeNetwork(this.#space.shape, engine.f64(this.theta, parameters));
  }

  leave(): number {
    this.#loss = undefined;
    return this.theta;
  }

  // biome-ignore lint/correctness/useYield: nothing to do
  *measuringGradient(): Generator<void, null> {
    return null;
  }

  /** @throws InputError `non-finite` for the first loss, naming the shard; as `ShardedSums` */
  // biome-ignore lint/correctness/useYield: it waits for workers
  async *evaluating(): AsyncGenerator<void, number> {
    const { sums, signal } = this.#space;
    this.#loss ??= this.#isFirst
      ? await sums.evaluate(this.json, "loss", {}, signal)
      : await sums.trialLoss(this.json, signal);
    this.#isFirst = false;
    return this.#loss;
  }
}

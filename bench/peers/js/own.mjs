import { readFileSync } from "node:fs";
import { createEngine, train as fit, Network } from "../../../dist/index.js";
import { parseTheta, residual, spdMatrix, timed } from "./problems.mjs";

const manifest = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url)));
/** This package as a peer, in one of its variants. */
export async function own(variant) {
  const engine = await createEngine({ variant });
  const { core } = engine;

  /** potrf and potrs of the core, from a full matrix in memory to the solution. */
  async function solve({ n, repetitions }) {
    const matrix = spdMatrix(n);
    return engine.scope((arena) => {
      const full = arena.f64(n * n);
      const packed = arena.bytes(core.packedBytes(n));
      const reciprocals = arena.bytes(core.potrfReciprocalBytes(n));
      const b = arena.f64(n);
      const x = arena.bytes(core.potrsVectorBytes(n));
      const progress = arena.bytes(core.progressBytes());
      engine.f64(full, n * n).set(matrix);
      engine.f64(b, n).fill(1);
      return timed(
        repetitions,
        () => {},
        () => {
          core.packedFromFull(n, full, n, packed);
          core.progressStart(progress);
          const failed = core.potrf(n, packed, reciprocals, progress, Infinity);
          if (failed !== 0) throw new Error(`pivot ${failed}`);
          core.copyVector(n, b, x);
          core.potrs(n, packed, reciprocals, x);
          return engine.f64(x, n).slice();
        },
      ).then(({ seconds, last }) => ({ seconds, residual: residual(n, last) }));
    });
  }

  async function networkOf({ theta, beta }) {
    const all = parseTheta(theta);
    const width = all.length / 3;
    const network = await Network.create({ width, beta, engine });
    network.setParameters({
      w: all.slice(0, width),
      eta: all.slice(width, 2 * width),
      c: all.slice(2 * width),
    });
    return network;
  }

  /**
   * One dense regularized Gauss-Newton step from parameters to parameters, through the public
   * interface.
   */
  async function gaussNewton({ theta, x, y, beta, gamma, repetitions }) {
    const network = await networkOf({ theta, beta });
    const start = network.parameters;
    const { seconds, last } = await timed(
      repetitions,
      () => network.setParameters(start),
      async () => {
        await fit(
          network,
          { x, y },
          {
            method: "gauss-newton",
            solver: "dense",
            regularization: { policy: "fixed", gamma },
            maxSteps: 1,
          },
        );
        return network.loss({ x, y });
      },
    );
    network.dispose();
    return { seconds, loss: last };
  }

  async function train({ theta, x, y, beta, levels, seconds, published }) {
    const network = await networkOf({ theta, beta });
    const stop = { loss: levels.at(-1), seconds };
    const options = published
      ? { curvature: "exact", regularization: { policy: "adaptive" }, maxSteps: 1e7, stop }
      : { maxSteps: 1e7, stop };
    const { history, loss } = await fit(network, { x, y }, options);
    network.dispose();
    const reached = levels.flatMap((level) => {
      const record = history.find((each) => each.loss <= level);
      return record === undefined
        ? []
        : [{ loss: level, steps: record.step, seconds: record.seconds }];
    });
    return { reached, loss, steps: history.length };
  }

  /** Gradient steps (Adam) in so many seconds. */
  async function steps({ theta, x, y, beta, seconds }) {
    const network = await networkOf({ theta, beta });
    const run = await fit(
      network,
      { x, y },
      {
        method: "adam",
        learningRate: 1e-3,
        maxSteps: 1e9,
        stop: { seconds },
      },
    );
    network.dispose();
    return { perSecond: run.steps / run.seconds };
  }

  const name = `newton-nn ${manifest.version}`;
  return {
    version: variant === "simd" ? name : `${name}, ${variant}`,
    solve,
    gaussNewton,
    train,
    steps,
  };
}

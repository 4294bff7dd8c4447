import { afterEach, expect, it } from "vitest";
import {
  createEngine,
  type EvidenceFitOptions,
  type EvidenceRun,
  type Fit,
  Model,
  StateError,
} from "../../bindings/index.js";
import { bitsOf, faultOf } from "./support.js";

const engine = await createEngine();

afterEach(() => expect(engine.bytesUsed).toBe(0));

const x = Array.from({ length: 20 }, (_, index) => [Math.sin(3 * index), Math.cos(7 * index)]);
const y = x.map(([a, b]) => Math.sin(2 * a!) + b! * b!);

/** A signal that is aborted when it is looked at for the `last` time: at every pause of a fit. */
function abortedAt(last: number) {
  let looks = 0;
  return {
    get aborted() {
      return ++looks >= last;
    },
    reason: "enough",
    throwIfAborted() {},
    addEventListener() {},
    removeEventListener() {},
  };
}

function fitSmall(options: EvidenceFitOptions) {
  return Model.fit({ x, y }, { network: { width: 4, engine }, ...options });
}

async function means(): Promise<bigint[]> {
  const { model } = await fitSmall({});
  const { mean } = model.predictive(x);
  model.dispose();
  return bitsOf(mean);
}

it("gives back its memory at whichever pause it is aborted", async () => {
  const expected = await means();
  let kept = 0;
  let reason = "";
  for (let last = 1; reason !== "converged"; last += 5) {
    const fitted = fitSmall({ signal: abortedAt(last), exactHessian: true });
    const result = await fitted.catch((error: unknown) => error);
    if (result instanceof StateError) expect(result.code).toBe("aborted");
    else {
      const { model, run } = result as Fit<EvidenceRun>;
      reason = run.reason;
      model.dispose();
      kept++;
    }
    expect(engine.bytesUsed).toBe(0);
  }
  expect(kept).toBeGreaterThan(20);
  expect(await means()).toEqual(expected);
});

it("gives back its memory when a callback throws", async () => {
  const thrown = new Error("mine");
  const onStep = () => {
    throw thrown;
  };
  await expect(fitSmall({ onStep })).rejects.toBe(thrown);
});

it("does not make the exact posterior once it is aborted", async () => {
  // The exact posterior of one neuron is positive definite here.
  const network = { width: 1, engine };
  const whole = await fitSmall({ network, exactHessian: true });
  expect(whole.model.evidence![0]!.curvature).toBe("exact");
  whole.model.dispose();
  const controller = new AbortController();
  const onStep = () => controller.abort();
  const { signal } = controller;
  const { model } = await fitSmall({ network, exactHessian: true, signal, onStep });
  expect(model.evidence![0]!.curvature).toBe("gauss-newton");
  model.dispose();
});

it("refuses members whose seeds float64 cannot tell apart", async () => {
  const network = { width: 4, engine, seed: Number.MAX_SAFE_INTEGER };
  const { model } = await fitSmall({ network });
  model.dispose();
  expect(await faultOf(() => fitSmall({ network, members: 2 }))).toMatchObject({
    code: "invalid-argument",
    argument: "options.network.seed",
    expected: `an integer from 0 to ${Number.MAX_SAFE_INTEGER - 1}, the first of 2 seeds`,
    got: String(Number.MAX_SAFE_INTEGER),
  });
});

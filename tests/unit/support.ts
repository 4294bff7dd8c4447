/** What the unit tests share: problems, comparison of bits, and catching of typed errors. */
import { type Dataset, type Network, NewtonError, type Parameters } from "../../bindings/index.js";

/**
 * The error that `work` throws or rejects with; anything that is not one of this package goes
 * through unchanged.
 */
export async function faultOf(work: () => unknown): Promise<NewtonError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof NewtonError) return error;
    throw error;
  }
  throw new Error("expected an error, but nothing was thrown");
}

/** The facts of an error that a program may rely on. */
export async function factsOf(work: () => unknown) {
  const { name, code, argument, expected, got, message } = await faultOf(work);
  // The sentence has to carry the facts too: people read messages, programs read fields.
  if (argument !== undefined && !message.includes(argument)) {
    throw new Error(`the message does not name ${argument}: ${message}`);
  }
  return { name, code, argument, expected, got };
}

export function invalidArgument(argument: string, expected: string, got: string) {
  return { name: "InputError", code: "invalid-argument", argument, expected, got };
}

/** Bit patterns, so that -0 and 0, and every NaN, count as different. */
export function bitsOf(values: Float64Array): bigint[] {
  return Array.from(new BigUint64Array(values.slice().buffer));
}

export function parameterBits({ w, eta, c }: Parameters): bigint[] {
  return [w, eta, c].flatMap(bitsOf);
}

export function networkBits(network: Network): bigint[] {
  return parameterBits(network.parameters);
}

/** All parameters in the order of the Hessian's rows: w, eta, c. */
export function flatten({ w, eta, c }: Parameters): Float64Array {
  return Float64Array.from([...w, ...eta, ...c]);
}

export function unflatten(theta: Float64Array, width: number, inputs: number): Parameters {
  const eta = width * inputs;
  return {
    w: theta.slice(0, eta),
    eta: theta.slice(eta, eta + width),
    c: theta.slice(eta + width),
  };
}

export function grid(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index / (count - 1));
}

/** The regression of the published training experiments, with fewer samples. */
export function publishedProblem(samples: number): Dataset {
  const x = grid(samples);
  const sine = (k: number, value: number) => Math.sin(k * Math.PI * value);
  const y = x.map((v) => 4 * v + sine(2, v) + 0.8 * (sine(8, v) + sine(10, v) + sine(16, v)));
  return { x, y };
}

/** Small and smooth: every method gets somewhere within a few steps. */
export function smallProblem(): Dataset {
  const x = grid(9);
  return { x, y: x.map((v) => 2 * v + 0.4 * Math.sin(5 * Math.PI * v)) };
}

/** The same samples for a network with `inputs` inputs. */
export function planarProblem(samples: number, inputs: number): Dataset {
  const x = Array.from({ length: samples }, (_, m) =>
    Array.from({ length: inputs }, (_, k) => Math.sin(1 + 3 * m + 7 * k)),
  );
  return { x, y: x.map((row, m) => row.reduce((sum, v) => sum + v * v, Math.cos(m))) };
}

/**
 * Derivatives of small networks against central differences of the loss at 100 digits
 * (derivatives.py): every activation, several inputs, odd widths and numbers of samples.
 */
import { afterAll, describe, expect, it } from "vitest";
import { type Activation, createEngine, Network } from "../../bindings/index.js";
import {
  decode,
  EPS,
  flatten,
  lowerTriangle,
  readData,
  relativeError,
  report,
  split,
} from "./support.js";

interface Case {
  readonly activation: Activation;
  readonly inputs: number;
  readonly width: number;
  readonly samples: number;
  readonly beta: number;
  readonly theta: string;
  readonly x: string;
  readonly y: string;
  readonly loss: string;
  readonly predict: string;
  readonly inputGradient: string;
  readonly gradient: string;
  readonly jacobian: string;
  readonly gaussNewton: string;
  /** Lower triangle; missing for relu, which has no second derivative. */
  readonly hessian?: string;
}

const cases = readData<Case[]>("derivatives.json");
const engine = await createEngine();
afterAll(() => engine.dispose());

async function networkOf({ activation, inputs, width, beta, theta }: Case): Promise<Network> {
  const network = await Network.create({ activation, inputs, width, beta, engine });
  network.setParameters(split(decode(theta), width));
  return network;
}

/**
 * Bounds relative to the largest entry, the usual (n + const) eps of sums of n terms: a value of f
 * is a sum over neurons of activations at sums over inputs, each activation within 6 ulp;
 * derivatives of the loss are sums over samples of products with those.
 */
function bounds({ inputs, width, samples }: Case) {
  const value = (width + inputs + 6) * EPS;
  return { value, derivative: value + (samples + 6) * EPS };
}

for (const activation of new Set(cases.map((each) => each.activation))) {
  describe(activation, () => {
    for (const each of cases.filter((other) => other.activation === activation)) {
      const { inputs, width, samples, beta } = each;
      const parameters = width * (inputs + 2);
      const data = { x: decode(each.x), y: decode(each.y) };
      const { value, derivative } = bounds(each);

      const check = (name: string, got: ArrayLike<number>, expected: string, bound: number) => {
        const error = relativeError(got, decode(expected));
        report(`${activation} d = ${inputs} N = ${width} ${name}`, error, bound);
        expect(error, name).toBeLessThanOrEqual(bound);
      };

      it(`matches the reference for d = ${inputs}, N = ${width}, M = ${samples}, beta = ${beta}`, async () => {
        using network = await networkOf(each);
        check("predict", network.predict(data.x), each.predict, value);
        const inputGradient = network.inputGradient(data.x);
        check("derivative in the inputs", inputGradient, each.inputGradient, value);
        check("loss", [network.loss(data)], each.loss, derivative);
        check("gradient", flatten(network.gradient(data)), each.gradient, derivative);
        check("jacobian", network.jacobian(data.x), each.jacobian, value);
        const gaussNewton = network.hessian(data, { curvature: "gauss-newton" });
        check("Gauss-Newton", lowerTriangle(gaussNewton, parameters), each.gaussNewton, derivative);
        if (each.hessian === undefined) return;
        check(
          "Hessian",
          lowerTriangle(network.hessian(data), parameters),
          each.hessian,
          derivative,
        );
      });

      it(`has a symmetric Hessian for d = ${inputs}, N = ${width}, to the bit`, async () => {
        using network = await networkOf(each);
        const curvature = each.hessian === undefined ? "gauss-newton" : "exact";
        const matrix = network.hessian(data, { curvature });
        for (let p = 0; p < parameters; p++) {
          for (let q = 0; q < p; q++) {
            expect(matrix[p * parameters + q]).toBe(matrix[q * parameters + p]);
          }
        }
      });
    }
  });
}

it("covers every activation", () => {
  expect(new Set(cases.map(({ activation }) => activation)).size).toBe(7);
});

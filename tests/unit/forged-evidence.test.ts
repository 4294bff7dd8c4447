import { describe, expect, it } from "vitest";
import { InputError, Model, type ModelJSON } from "../../bindings/index.js";
import { factsOf } from "./support.js";

const x = Array.from({ length: 20 }, (_, index) => [Math.sin(3 * index), Math.cos(7 * index)]);
const y = x.map(([a, b]) => Math.sin(2 * a!) + b! * b!);
const { model: fitted } = await Model.fit({ x, y }, { members: 2, network: { width: 4 } });
const text = JSON.stringify(fitted.toJSON());

/** Any JSON, so that a test may write what it likes into it. */
// biome-ignore lint/suspicious/noExplicitAny: what a file holds is not known
type Loose = any;

/**
 * Reads a file that was changed by someone who signed it again: a checksum is in the message of the
 * error that asks for it.
 */
async function read(change: (json: Loose) => void): Promise<Model> {
  const json = JSON.parse(text) as Loose;
  change(json);
  for (;;) {
    try {
      return await Model.fromJSON(json);
    } catch (error) {
      const { argument, expected } = error as InputError;
      const signature = /^[0-9a-f]{8}/.exec(expected ?? "")?.[0];
      if (!(error instanceof InputError) || argument !== "checksum" || !signature) throw error;
      const signed = error.message.includes("network model") ? json.network : json;
      if (signed.checksum === signature) throw error;
      signed.checksum = signature;
    }
  }
}

function decode(base64: string): Float64Array<ArrayBuffer> {
  return new Float64Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
}

function encode(values: Float64Array<ArrayBuffer>): string {
  return Buffer.from(values.buffer).toString("base64");
}

const member = "evidence.members[1]";
const count = "an integer of at least 0";
const finite = "an array of finite numbers";

describe("a forged file is refused", () => {
  it.each<[string, string, string, (json: Loose) => void]>([
    [`${member}.seed`, count, "-1", ({ evidence }) => (evidence.members[1].seed = -1)],
    [`${member}.seed`, count, "0.5", ({ evidence }) => (evidence.members[1].seed = 0.5)],
    [`${member}.steps`, count, "1e+300", ({ evidence }) => (evidence.members[1].steps = 1e300)],
    [`${member}.step`, count, "-1", ({ evidence }) => (evidence.members[1].step = -1)],
    [
      `${member}.precisions`,
      `${finite} above 0`,
      "an array of length 4",
      ({ evidence }) => (evidence.members[1].precisions[2] = -1),
    ],
  ])("%s: expected %s, got %s", async (argument, expected, got, change) => {
    const facts = await factsOf(() => read(change));
    expect(facts).toEqual({ name: "InputError", code: "invalid-model", argument, expected, got });
  });

  it("that has another network for its first member", async () => {
    const facts = await factsOf(() =>
      read(({ evidence: { members } }) => {
        const parameters = decode(members[0].parameters);
        parameters[3] = 7;
        members[0].parameters = encode(parameters);
      }),
    );
    const argument = "evidence.members[0].parameters";
    expect(facts).toMatchObject({ code: "invalid-model", argument, got: "7" });
  });

  it("that has exact curvature of an activation without it", async () => {
    const facts = await factsOf(() =>
      read((json) => {
        json.network.activation = "relu";
        json.evidence.members[1].curvature = "exact";
      }),
    );
    expect(facts).toMatchObject({ code: "invalid-model", argument: `${member}.curvature` });
  });
});

describe("nothing infinite comes out", () => {
  const beyond = { name: "InputError", code: "non-finite" };
  const large = { x, y: y.map((value) => value * 1e300) };

  it("of the covariance of a large target", async () => {
    const { model } = await Model.fit(large, { network: { width: 4 } });
    const facts = await factsOf(() => model.predictive(x, { covariance: true }));
    expect(facts).toMatchObject({ ...beyond, argument: "x" });
    expect(model.predictive(x).sd.every(Number.isFinite)).toBe(true);
    model.dispose();
  });

  it("of one within float64, though the scale squared is beyond it", async () => {
    const data = { x, y: y.map((value) => value * 1e154 * 2.5) };
    const { model } = await Model.fit(data, { network: { width: 4 } });
    const { modelSd, covariance } = model.predictive(x, { covariance: true });
    expect(covariance![0]! / modelSd[0]! / modelSd[0]!).toBeCloseTo(1, 6);
    model.dispose();
  });

  it("of targets far from the predictions", async () => {
    for (const bad of [1e200, 1e308]) {
      const facts = await factsOf(() => fitted.evaluate({ x, y: y.with(3, bad) }));
      expect(facts).toMatchObject({ ...beyond, argument: "data.y" });
    }
    const far = { x, y: y.map((_, index) => 1e-200 * index) };
    expect(await factsOf(() => fitted.evaluate(far))).toMatchObject({
      ...beyond,
      argument: "data.y",
      expected: "1 - r2 within float64",
    });
  });

  it("of a file whose target is scaled by next to nothing", async () => {
    const model = await read(({ scaling }) => (scaling.target.scale = 1e-310));
    const facts = await factsOf(() => model.evaluate({ x, y }));
    expect(facts).toMatchObject({ ...beyond, argument: expect.stringMatching(/^data\.y/) });
    model.dispose();
  });

  it("of a file with a target beyond all others", async () => {
    const model = await read(({ evidence: { data } }: ModelJSON & Loose) => {
      const values = decode(data.y);
      values[3] = 1e300;
      data.y = encode(values);
    });
    expect(await factsOf(() => model.leaveOneOut())).toMatchObject({ ...beyond, argument: "data" });
    model.dispose();
  });
});

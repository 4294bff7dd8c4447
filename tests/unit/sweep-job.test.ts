/** What a worker of a queue makes of payloads that anyone may have written. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOfData, makeCell } from "../../bindings/lab/sweep/cell.js";
import { checkData, checkJob, JobError } from "../../bindings/lab/sweep/queue/job.js";

type Kind = Parameters<typeof makeCell>[0];

const network = { inputs: 1, width: 2 };
const SUMS = { csv: "a.csv", inputs: ["x"], targets: ["y"], network, want: "loss" };
const job = (kind: Kind, settings: Record<string, unknown>, data: string | null = null) => ({
  sweep: "s",
  cell: makeCell(kind, settings, data),
});

function faultOf(name: string, payload: unknown) {
  try {
    checkJob(name, payload);
  } catch (error) {
    return (error as JobError).failure;
  }
  throw new Error("expected a fault");
}

describe("the payload of a job", () => {
  it.each([
    ["a training", job("train", { width: 3, seed: 1 })],
    ["a training on data", job("train", { width: 3, seed: 1, target: "mine" }, "abc")],
    ["sums", job("sums", SUMS)],
    ["a pilot", job("pilot", { method: "gd", rate: 0.1, width: 3, seed: 1 })],
  ])("may be %s", (_name, payload) => {
    expect(checkJob("cell", payload)).toBe(payload);
  });

  it.each([
    ["of another name", "email", job("train", { width: 3, seed: 1 }), /name must be "cell"/],
    ["null", "cell", null, /must be object/],
    ["of another application", "cell", { to: "a@b.c" }, /to is not known here/],
    ["without a width", "cell", job("train", { seed: 1 }), /width/],
    ["with half a neuron", "cell", job("train", { seed: 1, width: 1.5 }), /width must be integer/],
    ["with an unknown setting", "cell", job("train", { width: 3, seed: 1, x: 1 }), /settings.x is/],
    ["of an unknown kind", "cell", job("x" as Kind, {}), /experiment must be one of train/],
    [
      "of a kind that is a method of objects",
      "cell",
      job("toString" as Kind, {}),
      /must be one of/,
    ],
    ["without data", "cell", job("train", { width: 3, seed: 1, target: "mine" }), /target must be/],
    ["sums without a network", "cell", job("sums", { ...SUMS, network: {} }), /network must have/],
    ["sums of a number", "cell", job("sums", { ...SUMS, csv: 7 }), /csv must be string/],
    [
      "more than a cell",
      "cell",
      { ...job("train", { width: 3, seed: 1 }), more: 1 },
      /more is not/,
    ],
    [
      "with the id of another cell",
      "cell",
      { sweep: "s", cell: { ...makeCell("train", { width: 3, seed: 1 }), id: "0" } },
      /cell.id is not that/,
    ],
  ])("may not be %s", (_case, name, payload, message) => {
    expect(faultOf(name, payload)).toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(message),
      retry: false,
    });
  });

  it("gives a short message whatever is in it", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(faultOf("cell", value).message.length).toBeLessThanOrEqual(300);
      }),
    );
    const long = job("train", { width: 3, seed: 1, ["x".repeat(1e6)]: 1 });
    expect(faultOf("cell", long).message.length).toBeLessThanOrEqual(300);
  });
});

describe("the data of a job", () => {
  const set = { x: [[1, 2]], y: [3] };
  const digest = digestOfData(set);

  it("are those of its digest", () => {
    const payload = { ...set, digest };
    expect(checkData(payload, digest)).toBe(payload);
    const test = { x: [[5, 6]], y: [7] };
    const both = { ...set, test, digest: digestOfData({ ...set, test }) };
    expect(checkData(both, both.digest)).toBe(both);
    expect(() => checkData(both, digest)).toThrow(JobError);
  });

  it.each([
    ["missing", undefined, true],
    ["others", { x: [[1, 2]], y: [4], digest }, false],
    ["of another shape", { x: "no", y: [3], digest }, false],
    ["null", null, false],
  ])("may not be %s", (_case, payload, retry) => {
    let failure: unknown;
    try {
      checkData(payload, digest);
    } catch (error) {
      ({ failure } = error as JobError);
    }
    expect(failure).toMatchObject({ code: "load-failed", retry });
  });

  it("are of some shape, whatever their digest", () => {
    const odd = { x: [], y: [] };
    expect(() => checkData({ ...odd, digest: digestOfData(odd) }, digestOfData(odd))).toThrow(
      JobError,
    );
  });
});

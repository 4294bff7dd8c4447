import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeNetwork } from "../../bindings/formats/network-json.js";
import {
  base64Length,
  decodeBase64,
  encodeBase64,
  MAX_TEXT,
} from "../../bindings/support/base64.js";
import { factsOf } from "./support.js";

const PIECE = 0x1800;

describe("base64", () => {
  it("is Node's, around the edges of groups and of pieces", () => {
    for (const edge of [0, 3, PIECE, 2 * PIECE]) {
      for (const length of [edge - 1, edge, edge + 1, edge + 2].filter((value) => value >= 0)) {
        const bytes = Uint8Array.from({ length }, (_, index) => (index * 2654435761) >>> 13);
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        expect(text).toHaveLength(base64Length(length));
        expect(decodeBase64(text)).toEqual(bytes);
      }
    }
  });

  it("reads a part of a buffer, and gives a buffer of its own", () => {
    const whole = Uint8Array.from([1, 2, 3, 4, 5]);
    expect(encodeBase64(whole.subarray(1, 4))).toBe("AgME");
    expect(decodeBase64("AgME").buffer.byteLength).toBe(3);
  });

  it.each(["?", "A", " AAAA", "AA AA", "=", "==", "AA=A", "AA==AAAA", "AAA\u0100"])(
    "refuses %j",
    (text) => {
      expect(() => decodeBase64(text)).toThrow();
    },
  );

  it("refuses white space and early ends in pieces other than the last", () => {
    const text = encodeBase64(new Uint8Array(3 * PIECE));
    for (const inserted of [" ", "\n\n\n\n", "AA=="]) {
      for (const at of [0, 10, 8192, 10_000]) {
        const damaged = text.slice(0, at) + inserted + text.slice(at + inserted.length);
        expect(() => decodeBase64(damaged)).toThrow();
      }
    }
  });

  it("decodes what it encoded, whatever it is", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBase64(encodeBase64(bytes))).toEqual(Uint8Array.from(bytes));
      }),
    );
  });
});

describe("what no string can hold", () => {
  const facts = {
    code: "out-of-memory",
    expected: expect.stringContaining(`at most ${MAX_TEXT} characters`),
  };

  it("is refused before a byte is encoded", async () => {
    // Never written to, so that the system gives no memory for it.
    const bytes = new Uint8Array((MAX_TEXT / 4) * 3 + 1);
    expect(await factsOf(() => encodeBase64(bytes))).toMatchObject(facts);
  });

  it("is a model of eighteen million neurons", async () => {
    const shape = { inputs: 1, outputs: 1, activation: "tanh", beta: 0.52, seed: 0 } as const;
    const encode = (width: number) => encodeNetwork({ ...shape, width }, new Float64Array(0));
    expect(await factsOf(() => encode(18_000_000))).toMatchObject({
      ...facts,
      got: "576000000",
    });
    expect(encode(16_000_000).width).toBe(16_000_000);
  });
});

import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checksum, crc32 } from "../../bindings/formats/checksum.js";

describe("crc32", () => {
  it("has the check value of CRC-32 (IEEE 802.3)", () => {
    expect(crc32("123456789")).toBe(0xcbf43926);
    expect(crc32("")).toBe(0);
  });

  it("is that of zlib over the UTF-8 text, lone surrogates included", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(crc32(text)).toBe(zlibCrc32(text));
      }),
    );
    expect(crc32("\ud800")).toBe(zlibCrc32("\ufffd"));
  });

  it("is that of zlib over texts around the edges of eight bytes and of a piece", () => {
    const letters = ["a", "\u00e9", "\u20ac", "\ud83d\ude00"];
    for (const length of [1, 7, 8, 9, 15, 16, 17, 65_535, 65_536, 65_537, 131_073]) {
      for (const letter of letters) {
        // A pair of surrogates then begins at even and at odd places.
        for (const start of ["", "x"]) {
          const text = `${start}${letter.repeat(length)}`;
          expect(crc32(text), `${length} times ${letter}`).toBe(zlibCrc32(text));
        }
      }
    }
  });

  it("is that of the parts put together", () => {
    const text = "newton ".repeat(30_000);
    for (const at of [0, 1, 9, 70_000, text.length]) {
      expect(crc32(text.slice(0, at), text.slice(at))).toBe(zlibCrc32(text));
    }
    expect(crc32()).toBe(0);
  });

  it("changes with every single bit of a text", () => {
    const bytes = new TextEncoder().encode("newton");
    const sums = new Set([crc32("newton")]);
    for (let bit = 0; bit < 7 * bytes.length; bit++) {
      const edited = bytes.slice();
      edited[Math.floor(bit / 7)]! ^= 1 << (bit % 7);
      sums.add(crc32(new TextDecoder().decode(edited)));
    }
    expect(sums.size).toBe(1 + 7 * bytes.length);
  });
});

describe("checksum", () => {
  it("is eight lower-case hexadecimal digits, leading zeros among them", () => {
    expect(checksum("a")).toBe("e8b7be43");
    expect(checksum("é")).toBe("0e048d3e");
    expect(checksum("")).toBe("00000000");
  });
});

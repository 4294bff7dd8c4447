import { ResourceError } from "./errors.js";

/**
 * Base64 by what every engine has (atob, btoa), in pieces: btoa of a longer text ends a Node
 * process.
 */

/** Bytes of a piece, whole groups of three; few enough for an argument list. */
const CHUNK = 0x1800;

/**
 * Longest text that every engine can hold, in UTF-16 units: V8's limit of 2^29 - 24 is the least of
 * them; the rest is room for what stands around it in JSON.
 */
export const MAX_TEXT = 2 ** 29 - 2 ** 16;

/** Characters of base64 for so many bytes. */
export function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}

/**
 * Refuses a text before anything of it is made.
 * @throws ResourceError `out-of-memory`
 */
export function checkTextLength(what: string, characters: number): void {
  if (characters <= MAX_TEXT) return;
  const expected = `at most ${MAX_TEXT} characters, which is what a string can hold`;
  throw new ResourceError("out-of-memory", `${what}: expected ${expected}, got ${characters}`, {
    expected,
    got: String(characters),
  });
}

/** @throws ResourceError `out-of-memory` for what no string holds */
export function encodeBase64(bytes: Uint8Array): string {
  checkTextLength("base64", base64Length(bytes.length));
  let text = "";
  for (let start = 0; start < bytes.length; start += CHUNK) {
    const piece = bytes.subarray(start, start + CHUNK);
    // Eight times as fast as a spread, which asks the array for an iterator.
    text += btoa(String.fromCharCode.apply(null, piece as unknown as number[]));
  }
  return text;
}

/**
 * Takes whole groups of four without white space. Throws otherwise: the engine's
 * `InvalidCharacterError` or a `RangeError`.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0) throw new RangeError("base64 of a broken group");
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const piece = base64Length(CHUNK);
  let count = 0;
  for (let start = 0; start < text.length; start += piece) {
    const binary = atob(text.slice(start, start + piece));
    for (let index = 0; index < binary.length; index++) {
      bytes[count + index] = binary.charCodeAt(index);
    }
    count += binary.length;
  }
  // A piece with white space or an early end is worth fewer bytes than its length says.
  if (count !== bytes.length) {
    throw new RangeError(`${count} bytes in base64 of ${bytes.length}`);
  }
  return bytes;
}

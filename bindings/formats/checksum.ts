/**
 * CRC-32 (IEEE 802.3) as eight hexadecimal digits: guards model files against accidents, not
 * against forgery.
 */

const POLYNOMIAL = 0xedb88320;
/** Bytes taken at once, each through a table of its own. */
const SLICE = 8;
/** UTF-16 units encoded at once: a text of hundreds of megabytes is never copied whole. */
const CHUNK = 1 << 16;

type Table = Int32Array;
type Tables = readonly [Table, Table, Table, Table, Table, Table, Table, Table];

let made: Tables | undefined;

/**
 * Table k holds, for each byte, its part of the remainder after k more zero bytes: "slicing by 8"
 * (Kounavis and Berry, IEEE Transactions on Computers 57, 2008).
 */
function makeTables(): Tables {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    return crc;
  });
  const all = [first];
  while (all.length < SLICE) all.push(all.at(-1)!.map((crc) => (crc >>> 8) ^ first[crc & 255]!));
  return all as unknown as Tables;
}

function update(start: number, bytes: Uint8Array, count: number): number {
  made ??= makeTables();
  const [t0, t1, t2, t3, t4, t5, t6, t7] = made;
  let crc = start;
  let at = 0;
  for (; at + SLICE <= count; at += SLICE) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      t7[crc & 255]! ^
      t6[(crc >>> 8) & 255]! ^
      t5[(crc >>> 16) & 255]! ^
      t4[crc >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < count; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 255]!;
  return crc;
}

/** Of the UTF-8 text that the parts are together. */
export function crc32(...parts: readonly string[]): number {
  const encoder = new TextEncoder();
  const longest = parts.reduce((length, part) => Math.max(length, part.length), 0);
  const bytes = new Uint8Array(3 * Math.min(longest, CHUNK));
  let crc = -1;
  for (const part of parts) {
    for (let start = 0; start < part.length; ) {
      const end = endOfPiece(part, start);
      const { written } = encoder.encodeInto(part.slice(start, end), bytes);
      crc = update(crc, bytes, written);
      start = end;
    }
  }
  return ~crc >>> 0;
}

/** Where a piece from `start` on may end without parting a pair of surrogates. */
function endOfPiece(text: string, start: number): number {
  const end = start + CHUNK;
  if (end >= text.length) return text.length;
  return (text.charCodeAt(end - 1) & 0xfc00) === 0xd800 ? end - 1 : end;
}

export function checksum(...parts: readonly string[]): string {
  return crc32(...parts)
    .toString(16)
    .padStart(8, "0");
}

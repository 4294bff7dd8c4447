/**
 * Philox4x32-10, a counter-based generator: block i of a stream is a pure function of (seed,
 * stream, i), so values can be computed in any order and on any number of threads.
 *
 * Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011.
 */
const MULTIPLIER_0: u64 = 0xd2511f53;
const MULTIPLIER_1: u64 = 0xcd9e8d57;
/** Golden ratio and sqrt(3) - 1, the Weyl sequence of the key. */
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;
const ROUNDS: i32 = 10;

/** What one call of `philox` writes. */
@unmanaged
export class Block {
  first: u32;
  second: u32;
  third: u32;
  fourth: u32;
}

/** out[0..3] := Philox4x32-10(counter, key), uint32 each. */
export function philox(c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32, out: usize): void {
  for (let round = 0; round < ROUNDS; round++) {
    const p0 = MULTIPLIER_0 * <u64>c0;
    const p1 = MULTIPLIER_1 * <u64>c2;
    c0 = <u32>(p1 >> 32) ^ c1 ^ k0;
    c1 = <u32>p1;
    c2 = <u32>(p0 >> 32) ^ c3 ^ k1;
    c3 = <u32>p0;
    k0 += WEYL_0;
    k1 += WEYL_1;
  }
  store<u32>(out, c0);
  store<u32>(out, c1, 4);
  store<u32>(out, c2, 8);
  store<u32>(out, c3, 12);
}

/** (0, 1], 53 bits: never 0, so that its logarithm is finite. */
@inline
export function uniformOpenBelow(low: u32, high: u32): f64 {
  return <f64>(((((<u64>high) << 32) | <u64>low) >> 11) + 1) * 1.1102230246251565e-16;
}

/** [0, 1), 53 bits. */
@inline
export function uniformOpenAbove(low: u32, high: u32): f64 {
  return <f64>((((<u64>high) << 32) | <u64>low) >> 11) * 1.1102230246251565e-16;
}

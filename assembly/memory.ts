/**
 * Values in memory by their index: p is the address of an array, i an index into it. Nothing is
 * checked.
 */

/**
 * Whether an address is a multiple of a power of two: 8 for float64, 16 for vectors. For `assert`,
 * whose conditions the release builds leave out.
 */
@inline
export function isAligned(p: usize, bytes: usize): bool {
  return (p & (bytes - 1)) == 0;
}

@inline
export function f64Address(p: usize, i: usize): usize {
  return p + (i << 3);
}

@inline
export function f64At(p: usize, i: usize): f64 {
  return load<f64>(p + (i << 3));
}

@inline
export function setF64(p: usize, i: usize, value: f64): void {
  store<f64>(p + (i << 3), value);
}

@inline
export function i32At(p: usize, i: usize): i32 {
  return load<i32>(p + (i << 2));
}

@inline
export function setI32(p: usize, i: usize, value: i32): void {
  store<i32>(p + (i << 2), value);
}

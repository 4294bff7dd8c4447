/** The natural logarithm, which engines do not agree on to the last bit when it is their own. */
export function logarithm(x: f64): f64 {
  return Math.log(x);
}

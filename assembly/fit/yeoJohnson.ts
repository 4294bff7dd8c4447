import { f64Address, f64At } from "../memory";

/**
 * The power transformation of Yeo and Johnson, Biometrika 87 (2000) 954-959, which brings a skewed
 * column near a normal one; monotone, on all of the real line:
 *
 *   x >= 0:  ((x + 1)^lambda - 1) / lambda,                 log(x + 1) at lambda = 0
 *   x < 0:   -((1 - x)^(2 - lambda) - 1) / (2 - lambda),    -log(1 - x) at lambda = 2
 *
 * Columns here are m values one after the other, and are divided by `scale` first.
 */

/** Exponents below this leave less than a rounding beyond the second term of the series. */
const TINY: f64 = 1e-8;

/** (e^(lambda t) - 1) / lambda, t at lambda = 0; t = log1p |x|. */
@inline
function power(lambda: f64, t: f64): f64 {
  const u = lambda * t;
  // A quotient of tiny numbers would underflow.
  return abs(u) < TINY ? t * (1.0 + 0.5 * u) : Math.expm1(u) / lambda;
}

@inline
function transformed(lambda: f64, x: f64): f64 {
  return x >= 0.0 ? power(lambda, Math.log1p(x)) : -power(2.0 - lambda, Math.log1p(-x));
}

/** x := the transformation of x / scale. */
export function yeoJohnson(m: i32, x: usize, scale: f64, lambda: f64): void {
  for (let i = 0; i < m; i++) {
    const at = f64Address(x, i);
    store<f64>(at, transformed(lambda, load<f64>(at) / scale));
  }
}

/** Whether a column has more than two values. */
export function hasThreeValues(m: i32, x: usize): bool {
  const first = load<f64>(x);
  let second = first;
  for (let i = 1; i < m; i++) {
    const value = f64At(x, i);
    if (value == first || value == second) continue;
    if (second != first) return true;
    second = value;
  }
  return false;
}

/** Mean cube of the standardized column: third moment over the 3/2 power of the second. */
export function skewness(m: i32, x: usize, mean: f64, scale: f64): f64 {
  let sum = 0.0;
  for (let i = 0; i < m; i++) {
    const z = (f64At(x, i) - mean) / scale;
    sum += z * z * z;
  }
  return sum / <f64>m;
}

/**
 * Profile log likelihood of lambda, per sample: -1/2 log of the variance of the transformed column,
 * plus (lambda - 1) mean(sign x log1p |x|). -infinity where it overflows.
 */
function likelihood(m: i32, x: usize, scale: f64, lambda: f64, jacobian: f64): f64 {
  let mean = 0.0;
  for (let i = 0; i < m; i++) mean += transformed(lambda, f64At(x, i) / scale) / <f64>m;
  let variance = 0.0;
  for (let i = 0; i < m; i++) {
    const z = transformed(lambda, f64At(x, i) / scale) - mean;
    variance += (z * z) / <f64>m;
  }
  const value = -0.5 * Math.log(variance) + (lambda - 1.0) * jacobian;
  return value - value == 0.0 ? value : -Infinity;
}

/** lambda outside of this is no power that helps anybody. */
const LAMBDA_LIMIT: f64 = 16.0;
/** Golden section's share, and steps that leave 1e-9 of a bracket of 4. */
const GOLDEN: f64 = 0.6180339887498949;
const SECTIONS: i32 = 46;

/**
 * lambda of largest likelihood: uphill in steps of 1 from lambda = 1, then golden section (Brent,
 * Algorithms for Minimization without Derivatives, 5).
 */
export function yeoJohnsonLambda(m: i32, x: usize, scale: f64): f64 {
  let jacobian = 0.0;
  for (let i = 0; i < m; i++) {
    const value = f64At(x, i) / scale;
    jacobian += (value >= 0.0 ? Math.log1p(value) : -Math.log1p(-value)) / <f64>m;
  }
  let middle = 1.0;
  let best = likelihood(m, x, scale, middle, jacobian);
  for (let direction = -1.0; direction <= 1.0; direction += 2.0) {
    while (abs(middle + direction) <= LAMBDA_LIMIT) {
      const value = likelihood(m, x, scale, middle + direction, jacobian);
      if (!(value > best)) break;
      best = value;
      middle += direction;
    }
  }
  let low = middle - 1.0,
    high = middle + 1.0;
  let left = high - GOLDEN * (high - low),
    right = low + GOLDEN * (high - low);
  let atLeft = likelihood(m, x, scale, left, jacobian),
    atRight = likelihood(m, x, scale, right, jacobian);
  for (let i = 0; i < SECTIONS; i++) {
    if (atLeft >= atRight) {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - GOLDEN * (high - low);
      atLeft = likelihood(m, x, scale, left, jacobian);
    } else {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + GOLDEN * (high - low);
      atRight = likelihood(m, x, scale, right, jacobian);
    }
  }
  return 0.5 * (low + high);
}

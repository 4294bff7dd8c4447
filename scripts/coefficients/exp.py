"""Coefficients of assembly/math/exp.ts: expm1(r) = r + r^2 (1/2 + r P(r)) for |r| <= log(2)/2, and log(2) in parts."""

from mpmath import expm1, log, mpf

from polynomial import evaluate, interpolate, largest_error, leading_bits, rounded, show

half = log(2) / 2 * (1 + mpf(2) ** -40)


def remainder(r):
    if abs(r) < mpf(2) ** -60:
        return mpf(1) / 6 + r / 24
    return (expm1(r) - r - r * r / 2) / r**3


p = rounded(interpolate(remainder, -half, half, 9))
show("P", p)
bound = largest_error(lambda r: r + r * r / 2 + r**3 * evaluate(p, r), expm1, -half, half)
print(f"relative error of expm1(r): 2^{bound:.1f}")

# k has at most 11 bits, so 42 bits of log(2) make k LN2_HIGH exact.
high = leading_bits(log(2), 42)
show("LN2_HIGH, LN2_LOW, LOG2_E", [high, float(log(2) - high), float(1 / log(2))])

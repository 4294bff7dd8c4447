"""Coefficients of assembly/math/log1p.ts: log(1 + f) = f - f^2/2 + s (f^2/2 + z R(z)), s = f/(2 + f), z = s^2 <= 1/9.

z R(z) = log((1 + s)/(1 - s)) / s - 2, the series 2 z/3 + 2 z^2/5 + ... of the inverse hyperbolic tangent.
"""

from mpmath import atanh, log1p, mpf, sqrt

from polynomial import evaluate, interpolate, largest_error, rounded, show


def remainder(z):
    s = sqrt(z)
    return (2 * atanh(s) / s - 2) / z


r = rounded(interpolate(remainder, 0, mpf(1) / 9 * (1 + mpf(2) ** -40), 10))


def approximation(f):
    s = f / (2 + f)
    z = s * s
    return f - f * f / 2 + s * (f * f / 2 + z * evaluate(r, z))


show("R", r)
print(f"relative error of log1p: 2^{largest_error(approximation, log1p, 0, 1):.1f}")

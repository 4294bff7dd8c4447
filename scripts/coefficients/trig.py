"""Coefficients of assembly/math/trig.ts: sin and cos for |r| <= pi/4, and pi/2 in four parts.

sin(r) = r + r^3 S(r^2), cos(r) = 1 - r^2/2 + r^4 C(r^2).
"""

from mpmath import cos, mp, mpf, pi, sin, sqrt

from polynomial import evaluate, interpolate, largest_error, leading_bits, rounded, show

edge = pi / 4 * (1 + mpf(2) ** -20)


def sine(z):
    r = sqrt(z)
    return (sin(r) - r) / r**3


def cosine(z):
    return (cos(sqrt(z)) - 1 + z / 2) / z**2


s = rounded(interpolate(sine, 0, edge**2, 6))
c = rounded(interpolate(cosine, 0, edge**2, 5))
show("S", s)
show("C", c)
bound = largest_error(lambda r: r + r**3 * evaluate(s, r * r), sin, 0, edge)
print(f"relative error of sin: 2^{bound:.1f}")
bound = largest_error(lambda r: 1 - r * r / 2 + r**4 * evaluate(c, r * r), cos, 0, edge)
print(f"relative error of cos: 2^{bound:.1f}")

# n has at most 20 bits: the first three products are exact.
parts, rest = [], pi / 2
for _ in range(3):
    parts.append(leading_bits(rest, 33))
    rest -= mpf(parts[-1])
show("PI_2 in parts", [*parts, float(rest)])
high = leading_bits(pi / 2, 26)
show("PI_2_HALVES", [high, float(pi / 2 - high)])
show("2/pi", [float(2 / pi)])

# The last bit that the largest float64 asks for: 971 - 2 bits skipped, three words used, rounded up to whole words.
bits, mp.prec = 19 * 64, 1500
words = int(mp.floor(2 / mp.pi * mpf(2) ** bits))
print("TWO_PI_BITS:")
for i in range(19):
    print(f"  0x{(words >> (bits - 64 * (i + 1))) & (2**64 - 1):016x},")

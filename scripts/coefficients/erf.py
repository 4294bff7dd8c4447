"""Coefficients of assembly/math/erf.ts, and the constants of the normal distribution in gelu.ts and activations/erf.ts.

erf(a) = a + a P(a^2) for a <= 0.48, and a table of the scaled complement G(a) = exp(a^2) erfc(a) for a in [0, 31):
a row serves the a whose a + 1 has the same exponent and the same three leading bits of the fraction. It holds a center
c, G(c), and the coefficients of (G(c + h) - G(c)) / h in powers of h. The centers are chosen near the middle so that
G(c) is a double to 11 more bits than it has (S. Gal, Computing elementary functions: a new approach for achieving high
accuracy and good performance, 1986); c itself is short, so that a - c is exact.
"""

from mpmath import erf, erfc, exp, mp, mpf, pi, sqrt

from polynomial import evaluate, interpolate, largest_error, leading_bits, rounded, show, show_row

P_DEGREE = 8
ROW_DEGREE = 10
CROSSOVER = mpf("0.48")


def tail_ratio(x):
    return exp(x * x) * erfc(x)


def small(z):
    root = sqrt(z)
    return erf(root) / root - 1


p = rounded(interpolate(small, 0, CROSSOVER**2 * (1 + mpf(2) ** -40), P_DEGREE))
show("P", p)
bound = largest_error(lambda a: a + a * evaluate(p, a * a), erf, 0, CROSSOVER)
print(f"relative error of erf: 2^{bound:.1f}")


def show_pair(name, value, head):
    show(f"{name}, its remainder", [head, float(value - mpf(head))])


show_pair("2/sqrt(pi)", 2 / sqrt(pi), float(2 / sqrt(pi)))
show_pair("1/sqrt(2 pi)", 1 / sqrt(2 * pi), float(1 / sqrt(2 * pi)))
show_pair("sqrt(1/2), 26 bits", sqrt(mpf(1) / 2), leading_bits(sqrt(mpf(1) / 2), 26))


def center(low, high):
    """The short number nearest to the middle of [low, high] at which G is a double to within 2^-64."""
    if low == 0:
        return mpf(0)
    middle, unit = (low + high) / 2, (high - low) / 2**16
    for i in range(1, 2**14):
        candidate = middle + unit * (i // 2 if i % 2 else -(i // 2))
        value = tail_ratio(candidate)
        if abs(float(value) - value) < value * mpf(2) ** -64:
            return candidate
    raise ValueError("no center")


print("ROWS: c, G(c), then the quotient's coefficients")
worst = mpf("-inf")
for octave in range(5):
    for part in range(8):
        low = mpf(2) ** octave * (1 + mpf(part) / 8) - 1
        high = mpf(2) ** octave * (1 + mpf(part + 1) / 8) - 1
        c = center(low, high)
        value = tail_ratio(c)
        g0 = float(value)
        g = rounded(interpolate(lambda x: (tail_ratio(x) - value) / (x - c), low, high, ROW_DEGREE, c))
        error = largest_error(lambda x: g0 + (x - c) * evaluate(g, x - c), tail_ratio, low, high, 40)
        worst = max(worst, error)
        show_row([float(c), g0, *g])
print(f"relative error of G: 2^{float(worst):.1f}")

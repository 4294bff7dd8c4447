"""Near-minimax polynomials for the vector functions of assembly/math.

A function is interpolated in Chebyshev nodes. That is within a factor 2 + (2/pi) log(n + 1) of the best polynomial of
the same degree (Trefethen, Approximation Theory and Approximation Practice, theorems 15.2 and 16.1), which costs no
more than two bits here and needs no exchange iteration.
"""

from mpmath import cos, lu_solve, matrix, mp, mpf, pi

mp.dps = 60


def interpolate(f, low, high, degree, center=0):
    """Coefficients, in powers of (x - center), of the polynomial that agrees with f in the Chebyshev nodes."""
    low, high, center = mpf(low), mpf(high), mpf(center)
    count = degree + 1
    nodes = [(low + high) / 2 + (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    powers = matrix(count, count)
    values = matrix(count, 1)
    for i, x in enumerate(nodes):
        for j in range(count):
            powers[i, j] = (x - center) ** j
        values[i] = f(x)
    return list(lu_solve(powers, values))


def rounded(coefficients):
    """The coefficients as doubles, nearest."""
    return [float(c) for c in coefficients]


def evaluate(coefficients, x):
    """The polynomial with double coefficients at x, without rounding errors of its own."""
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * x + mpf(c)
    return total


def largest_error(approximation, f, low, high, points=2000):
    """The largest |approximation / f - 1| over points in [low, high], as log2."""
    low, high = mpf(low), mpf(high)
    worst = mpf(0)
    for i in range(points + 1):
        x = low + (high - low) * i / points
        exact = f(x)
        if exact != 0:
            worst = max(worst, abs(approximation(x) / exact - 1))
    return float(mp.log(worst, 2)) if worst else float("-inf")


def show(name, values):
    print(f"{name}:")
    for value in values:
        print(f"  {value!r},")


def show_row(values):
    print("  " + ", ".join(repr(value) for value in values) + ",")


def leading_bits(x, bits):
    """x cut to its leading bits, so that products with short integers are exact."""
    x = mpf(x)
    exponent = int(mp.floor(mp.log(abs(x), 2))) + 1
    unit = mpf(2) ** (exponent - bits)
    return float(mp.floor(x / unit) * unit)

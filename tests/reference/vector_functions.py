"""Correctly rounded values of the vector functions and activations, for the tests.

    python3 tests/reference/vector_functions.py

writes tests/reference/data/vector-functions.json: for every function the arguments and its columns (value, and the two
derivatives of an activation) as bit patterns of float64 in hexadecimal; and the same numbers as constant tables for
AssemblyScript, tests/assembly/data/vector_functions.ts. Needs mpmath.
"""

import json
import random
import struct
from pathlib import Path

from mpmath import cos, erf, erfc, exp, expm1, floor, frexp, ldexp, log, log1p, mp, mpf, pi, sin, sqrt, tanh

mp.prec = 1400  # sin(1.8e308) takes 1024 bits to reduce
HERE = Path(__file__).parent
POINTS = 280


def nearest(x):
    """The float64 nearest to x, ties to even, below the normal range too, where float() would round twice."""
    x = mpf(x)
    if x == 0 or not mp.isfinite(x):
        return float(x)
    exponent = max(frexp(x)[1], -1021)
    scaled = ldexp(x, 53 - exponent)
    whole = floor(scaled)
    rest = scaled - whole
    integer = int(whole) + (1 if rest > mpf(1) / 2 or (rest == mpf(1) / 2 and int(whole) % 2) else 0)
    if abs(integer) >= 2**53 and exponent >= 1024:
        return float("inf") if integer > 0 else float("-inf")
    return float(ldexp(mpf(integer), exponent - 53))


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def from_bits(pattern):
    return struct.unpack("<d", struct.pack("<Q", pattern))[0]


def density(z):
    return exp(-z * z / 2) / sqrt(2 * pi)


def distribution(z):
    return erfc(-z / sqrt(mpf(2))) / 2


def logistic(z):
    return 1 / (1 + exp(-z))


def logistic_slope(z):
    e = exp(-abs(z))
    return e / (1 + e) ** 2


# Columns of a function, the argument beyond which they are constant or zero, and arguments to look at closely.
FUNCTIONS = {
    "exp": ([exp], 1000, [-745.2, -744.5, -708.4, 709.78, 709.79, 88.0]),
    "erfc": ([erfc], 40, [0.46875, 0.48, 5.9, 26.5, 27.2, 27.226, 27.3, -5.9]),
    "cos": ([cos], None, [pi / 2, 3 * pi / 2, 11 * pi / 2, 1647000, 1647001, mpf(2) ** 120]),
    "log1p": ([lambda z: log1p(abs(z))], None, [1.0, 3.0, mpf(2) ** 53, 0.41421356, 1.7976931348623157e308 / 2]),
    "tanh": (
        [tanh, lambda z: 4 * logistic_slope(2 * z), lambda z: -8 * tanh(z) * logistic_slope(2 * z)],
        800,
        [19.06, 20.0, 354.0, 372.0, 373.2],
    ),
    "sigmoid": (
        [logistic, logistic_slope, lambda z: -logistic_slope(z) * tanh(z / 2)],
        1600,
        [36.7, -36.75, -708.4, -744.5, -745.1, 745.1],
    ),
    "erf": (
        [erf, lambda z: 2 / sqrt(pi) * exp(-z * z), lambda z: -4 * z / sqrt(pi) * exp(-z * z)],
        40,
        [0.46875, 0.48, 5.9, 6.0, 26.6, 27.2, 27.29],
    ),
    "sin": ([sin, cos, lambda z: -sin(z)], None, [pi, 2 * pi, 355, 1647000, 1647001, mpf(2) ** 120]),
    "softplus": (
        [lambda z: max(z, mpf(0)) + log1p(exp(-abs(z))), logistic, logistic_slope],
        1600,
        [36.7, -36.75, -708.4, -744.5, -745.1, 745.1],
    ),
    "gelu": (
        [
            lambda z: z * distribution(z),
            lambda z: distribution(z) + z * density(z),
            lambda z: (2 - z * z) * density(z),
        ],
        60,
        [-0.7517915, sqrt(mpf(2)), -sqrt(mpf(2)), -37.5, -38.5, -38.56, -38.6, 8.3],
    ),
}


def arguments(name, bound, special):
    """Edges, neighbors of the special arguments and of the breakpoints, every magnitude, random ones."""
    draw = random.Random(f"vector functions, {name}")
    chosen = [0.0, -0.0]
    for x in special:
        pattern = bits(float(x))
        chosen += [from_bits(pattern - 1), from_bits(pattern), from_bits(pattern + 1)]
    for magnitude in [5e-324, 2.2e-308, 1e-300, 1e-160, 1e-20, 2**-54, 2**-27, 1e-8, 1e-4, 0.01, 0.1, 1.0, 1e300]:
        chosen += [magnitude, -magnitude]
    for k in (1, 3, 5, 7):
        chosen += [float(sign * k * edge) for edge in (log(mpf(2)) / 2, log(mpf(2)) / 4, pi / 4) for sign in (1, -1)]
    for row in (0.125, 0.25, 0.5, 0.875, 1.0, 1.5, 3.0, 7.0, 15.0):
        chosen += [from_bits(bits(row) - 1), row]
    tail = bound / 2 if bound else 1e6
    while len(chosen) < POINTS:
        sign = draw.choice((1, -1))
        kind = draw.random()
        if kind < 0.6:
            chosen.append(sign * draw.uniform(0, 8))
        elif kind < 0.8:
            chosen.append(sign * draw.uniform(0, tail))
        elif kind < 0.95:
            chosen.append(sign * 2.0 ** draw.uniform(-30, 3))
        else:
            chosen.append(sign * 2.0 ** draw.uniform(-1000, 1000))
    return chosen[:POINTS]


def column(f, x, bound):
    if x == 0 and nearest(f(mpf(0))) == 0:
        # An odd function, or one with a zero at 0, keeps the sign with which it gets there.
        return nearest(f(mpf(2) ** -80 * (1 if bits(x) == 0 else -1))) * 0.0
    clipped = min(max(mpf(x), -2 * bound), 2 * bound) if bound else mpf(x)
    value = f(clipped)
    # Beyond the bound only the identity part of softplus and gelu still grows.
    if bound and clipped != mpf(x) and value == clipped:
        value = mpf(x)
    elif bound and x > 2 * bound and abs(value / clipped - 1) < mpf(2) ** -200:
        value = mpf(x)
    return nearest(value)


def main():
    tables = {}
    for name, (columns, bound, special) in FUNCTIONS.items():
        x = arguments(name, bound, special)
        tables[name] = {"x": x, "columns": [[column(f, value, bound) for value in x] for f in columns]}
    data = {
        name: {
            "x": [f"{bits(v):016x}" for v in table["x"]],
            "columns": [[f"{bits(v):016x}" for v in values] for values in table["columns"]],
        }
        for name, table in tables.items()
    }
    text = json.dumps({"points": POINTS, "functions": data}, indent=None, separators=(",", ":"))
    (HERE / "data/vector-functions.json").write_text(text.replace('"},', '"},\n').replace("],", "],\n") + "\n")

    lines = [
        "/** Made by tests/reference/vector_functions.py: arguments, then the columns of each function, as bit patterns. */",
        f"export const POINTS: i32 = {POINTS};",
    ]
    for name, table in data.items():
        lines += ["// @ts-ignore: decorator", "@lazy @inline", f"export const {name.upper()} = memory.data<u64>(["]
        words = [f"0x{word}" for values in [table["x"], *table["columns"]] for word in values]
        lines += [", ".join(words[i : i + 6]) + "," for i in range(0, len(words), 6)]
        lines.append("]);")
    (HERE.parent / "assembly/data/vector_functions.ts").write_text("\n".join(lines) + "\n")


main()

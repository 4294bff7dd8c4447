"""The model written from its definition, at the precision of mpmath, and float64 values as they go to and from JSON.

Nothing here knows a derivative: the references differentiate the function and the loss by central differences at a
precision at which both the truncation and the cancellation of a difference are far below float64.
"""

import base64
import json
import struct
from functools import lru_cache
from pathlib import Path

from mpmath import erf, exp, log, mp, mpf, sin, sqrt, tanh

DATA = Path(__file__).parent / "data"

ACTIVATIONS = {
    "tanh": tanh,
    "sigmoid": lambda z: 1 / (1 + exp(-z)),
    "erf": erf,
    "sin": sin,
    "softplus": lambda z: log(1 + exp(z)),
    "gelu": lambda z: z * (1 + erf(z / sqrt(mpf(2)))) / 2,
    "relu": lambda z: z if z > 0 else mpf(0),
}
SMOOTH = [name for name in ACTIVATIONS if name != "relu"]


def remembered(name):
    """The activation, which looks up what it was asked before: a difference moves one or two neurons, the rest repeats."""
    return lru_cache(maxsize=None)(ACTIVATIONS[name])


def neuron(sigma, w, eta, c, x):
    """c sigma(w . x + eta)"""
    return c * sigma(sum((wk * xk for wk, xk in zip(w, x)), eta))


def predict(sigma, beta, theta, width, xs):
    """f(x) = N^-beta sum_i c_i sigma(w_i . x + eta_i) at every x; theta holds all w (row by row), all eta, all c."""
    inputs = len(theta) // width - 2
    scale = mpf(width) ** -mpf(beta)
    eta, c = width * inputs, width * (inputs + 1)
    return [
        scale
        * sum(
            neuron(sigma, theta[i * inputs : (i + 1) * inputs], theta[eta + i], theta[c + i], x) for i in range(width)
        )
        for x in xs
    ]


def loss(values, ys):
    """1/(2M) sum_m (f(x_m) - y_m)^2"""
    return sum((f - y) ** 2 for f, y in zip(values, ys)) / (2 * len(ys))


def exact(values):
    """float64 values as mpf, without rounding"""
    return [mpf(float(v)) for v in values]


def encode(values):
    """Base64 of little-endian float64; mpf values are rounded to nearest."""
    numbers = [float(v) for v in values]
    return base64.b64encode(struct.pack(f"<{len(numbers)}d", *numbers)).decode("ascii")


def decode(text):
    data = base64.b64decode(text)
    return list(struct.unpack(f"<{len(data) // 8}d", data))


def write(name, contents):
    DATA.mkdir(exist_ok=True)
    path = DATA / name
    path.write_text(json.dumps(contents, indent=1) + "\n")
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} kB")

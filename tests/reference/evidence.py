"""Evidence, effective parameters, predictive variance and leave-one-out of small networks; Yeo-Johnson; quantiles of mixtures.

    python3 tests/reference/evidence.py

writes tests/reference/data/evidence.json. Needs mpmath, and SciPy to come near a mode.

Gaussian noise of variance s2, independent normal priors of the parameters with one precision alpha a group (the weights of
each input, eta, c), Laplace's approximation at the mode. Everything is in the space of the parameters, by explicit
inverses and determinants at 60 digits; the Jacobian is made of central differences of the network, the Hessian of those of
the log posterior. Leaving one out is done: the linearized network is fitted to the other rows, for each row.
"""

import random

import numpy
from mpmath import (
    det,
    diag,
    eigsy,
    findroot,
    inverse,
    log,
    lu_solve,
    matrix,
    mp,
    mpf,
    ncdf,
    npdf,
    pi,
    quad,
    sign,
    sqrt,
    zeros,
)
from scipy.optimize import least_squares

from model import SMOOTH, encode, exact, predict, remembered, write

mp.dps = 160
DIGITS = 60
STEP = mpf(10) ** -30
BETA = 0.52
AGREE = mpf(10) ** -50

# inputs, width, samples, precisions of w (one for all inputs, or one an input), of eta, of c, s2
SHAPES = [
    (1, 3, 14, [0.5], 1.25, 0.75, 0.02),
    (1, 7, 9, [2], 0.5, 0.25, 0.005),
    (2, 3, 20, [0.25, 4], 1, 0.5, 0.04),
    (2, 6, 11, [0.75], 0.5, 2, 0.0078125),
    (3, 3, 21, [0.25, 1, 16], 0.75, 1, 0.03),
    (3, 5, 8, [0.5, 0.0625, 8], 2, 1.5, 0.1),
    (3, 4, 20, [1], 1, 1, 0.015),
]


def moved(values, *changes):
    result = list(values)
    for index, change in changes:
        result[index] += change
    return result


class Case:
    def __init__(self, number, shape):
        self.inputs, self.width, self.samples, of_w, eta, c, s2 = shape
        self.activation = SMOOTH[number % len(SMOOTH)]
        self.sigma = remembered(self.activation)
        self.count = self.width * (self.inputs + 2)
        self.draw = random.Random(f"evidence {number}")
        self.alpha64 = [*(of_w if len(of_w) == self.inputs else of_w * self.inputs), eta, c]
        self.shared = len(of_w) < self.inputs
        self.s2_64 = s2
        self.s2 = mpf(s2)
        n, d = self.width, self.inputs
        self.group = [p % d if p < n * d else d + (p >= n * (d + 1)) for p in range(self.count)]
        self.alpha = [mpf(self.alpha64[g]) for g in self.group]
        self.x64 = [self.draw.uniform(-1.7, 1.7) for _ in range(self.samples * d)]
        self.xs = self.rows(self.x64)
        truth = [
            sum(((-1) ** j * float(v) / (1 + j)) for j, v in enumerate(x)) + 0.7 * float(mp.sin(2 * x[0])) for x in self.xs
        ]
        self.y64 = [value + self.draw.gauss(0, s2**0.5) for value in truth]
        self.y = exact(self.y64)
        self.theta64 = self.mode()
        self.theta = exact(self.theta64)

    def rows(self, values):
        return [exact(values[i : i + self.inputs]) for i in range(0, len(values), self.inputs)]

    def f(self, theta, xs):
        return predict(self.sigma, BETA, theta, self.width, xs)

    def jacobian(self, theta, xs):
        columns = []
        for p in range(self.count):
            ahead, behind = self.f(moved(theta, (p, STEP)), xs), self.f(moved(theta, (p, -STEP)), xs)
            columns.append([(a - b) / (2 * STEP) for a, b in zip(ahead, behind)])
        return matrix(columns).T

    def mode(self):
        """Near it by SciPy, then Newton's steps until they are far below rounding of the parameters."""
        scale = 1 / self.s2_64**0.5
        roots = numpy.array([float(a) ** 0.5 for a in self.alpha])

        def residuals(theta):
            with mp.workdps(17):
                f = self.f([mpf(v) for v in theta], self.xs)
            return numpy.concatenate([scale * (numpy.array([float(v) for v in f]) - self.y64), roots * theta])

        start = [self.draw.gauss(0, 1) for _ in range(self.width * (self.inputs + 1))]
        start += [self.draw.uniform(-1, 1) for _ in range(self.width)]
        theta = exact(least_squares(residuals, start, xtol=1e-15, ftol=1e-15, gtol=1e-12, max_nfev=2000).x)
        for _ in range(8):
            j = self.jacobian(theta, self.xs)
            r = matrix(self.f(theta, self.xs)) - matrix(self.y)
            slope = j.T * r / self.s2 + diag(self.alpha) * matrix(theta)
            step = lu_solve(self.bend(theta) + diag(self.alpha), slope)
            theta = [a - b for a, b in zip(theta, step)]
            if max(abs(v) for v in step) < mpf(10) ** -22:
                return [float(v) for v in theta]
        raise AssertionError("no mode found")

    def misfit(self, theta):
        """|r|^2 / (2 s2)"""
        return sum((a - b) ** 2 for a, b in zip(self.f(theta, self.xs), self.y)) / (2 * self.s2)

    def bend(self, theta):
        """Second derivatives of |r|^2 / (2 s2)."""
        result = zeros(self.count)
        value = self.misfit(theta)
        for p in range(self.count):
            for q in range(p):
                corners = (
                    (i * j, self.misfit(moved(theta, (p, i * STEP), (q, j * STEP))))
                    for i in (1, -1)
                    for j in (1, -1)
                )
                result[p, q] = result[q, p] = sum(sign_ * corner for sign_, corner in corners) / (4 * STEP**2)
            ends = sum(self.misfit(moved(theta, (p, i * STEP))) for i in (1, -1))
            result[p, p] = (ends - 2 * value) / STEP**2
        return result

    def posterior(self, a, new):
        """Of precision a: what both approximations have."""
        inverse_a = inverse(a)
        r = [v - u for u, v in zip(self.y, self.f(self.theta, self.xs))]
        evidence = (
            -sum(v**2 for v in r) / (2 * self.s2)
            - self.samples * log(2 * pi * self.s2) / 2
            - sum(p * t**2 for p, t in zip(self.alpha, self.theta)) / 2
            + sum(log(p) for p in self.alpha) / 2
            - log(det(a)) / 2
        )
        effective = [
            sum(1 - self.alpha[p] * inverse_a[p, p] for p in range(self.count) if self.group[p] == g)
            for g in range(self.inputs + 2)
        ]
        covariance = new * inverse_a * new.T
        return {
            "logEvidence": encode([evidence]),
            "effectiveParameters": encode(effective),
            "modelCovariance": encode(covariance[i, j] for i in range(new.rows) for j in range(i + 1)),
        }

    def left_out(self, j):
        """Residual y - f and log density of each row under the linearized network fitted to the others."""
        f = matrix(self.f(self.theta, self.xs))
        linear = matrix(self.y) - f + j * matrix(self.theta)
        prior = diag(self.alpha)
        residuals, densities = [], []
        for row in range(self.samples):
            others = [m for m in range(self.samples) if m != row]
            part = matrix([[j[m, p] for p in range(self.count)] for m in others])
            a = part.T * part / self.s2 + prior
            mean = lu_solve(a, part.T * matrix([linear[m] for m in others]) / self.s2)
            own = j[row, :]
            variance = (own * lu_solve(a, own.T))[0] + self.s2
            residual = linear[row] - (own * mean)[0]
            residuals.append(residual)
            densities.append(-(residual**2) / (2 * variance) - log(2 * pi * variance) / 2)
        c = inverse(self.s2 * diag([mpf(1)] * self.samples) + j * diag([1 / v for v in self.alpha]) * j.T)
        pulled = c * linear
        for row in range(self.samples):
            closed = pulled[row] / c[row, row]
            density = log(c[row, row] / (2 * pi)) / 2 - pulled[row] ** 2 / (2 * c[row, row])
            assert abs(closed - residuals[row]) < AGREE * (1 + abs(closed))
            assert abs(density - densities[row]) < AGREE * (1 + abs(density))
        leverages = [1 - self.s2 * c[row, row] for row in range(self.samples)]
        return residuals, densities, leverages

    def record(self):
        points = 5
        new64 = [self.draw.uniform(-1.7, 1.7) for _ in range((points - 2) * self.inputs)]
        new64 += [4.5] * self.inputs + self.x64[: self.inputs]
        j = self.jacobian(self.theta, self.xs)
        new = self.jacobian(self.theta, self.rows(new64))
        with mp.workdps(DIGITS + 20):
            prior = diag(self.alpha)
            posterior = self.posterior(j.T * j / self.s2 + prior, new)
            self.check_evidence(j)
            residuals, densities, leverages = self.left_out(j)
        exact_posterior = None
        bend = self.bend(self.theta)
        with mp.workdps(DIGITS):
            a = bend + prior
            least = min(eigsy(a, eigvals_only=True))
            if least > 0:
                exact_posterior = self.posterior(a, new)
        with mp.workdps(DIGITS):
            values = eigsy(j.T * j / self.s2 + prior, eigvals_only=True)
            condition = float(max(values) / min(values))
        print(self.activation, self.count, self.samples, [float(v) for v in leverages[:3]], float(least), condition)
        return {
            "activation": self.activation,
            "inputs": self.inputs,
            "width": self.width,
            "samples": self.samples,
            "beta": BETA,
            "oneForInputs": self.shared,
            "alpha": encode(self.alpha64),
            "noiseVariance": self.s2_64,
            "theta": encode(self.theta64),
            "x": encode(self.x64),
            "y": encode(self.y64),
            "newX": encode(new64),
            "condition": condition,
            **posterior,
            "leaveOneOutResiduals": encode(residuals),
            "leaveOneOutLogDensities": encode(densities),
            "leverages": encode(leverages),
            "exactHessian": exact_posterior,
        }

    def check_evidence(self, j):
        """Laplace's approximation is exact where the network is linear: there log p(y) is the density of a normal vector."""
        linear = matrix(self.y) - matrix(self.f(self.theta, self.xs)) + j * matrix(self.theta)
        a = j.T * j / self.s2 + diag(self.alpha)
        mean = lu_solve(a, j.T * linear / self.s2)
        rest = linear - j * mean
        laplace = (
            -sum(v**2 for v in rest) / (2 * self.s2)
            - self.samples * log(2 * pi * self.s2) / 2
            - sum(p * t**2 for p, t in zip(self.alpha, mean)) / 2
            + sum(log(p) for p in self.alpha) / 2
            - log(det(a)) / 2
        )
        c = self.s2 * diag([mpf(1)] * self.samples) + j * diag([1 / v for v in self.alpha]) * j.T
        density = -(linear.T * lu_solve(c, linear))[0] / 2 - log(det(c)) / 2 - self.samples * log(2 * pi) / 2
        assert abs(laplace - density) < AGREE * abs(density)


def yeo_johnson(x, power):
    """Yeo and Johnson, Biometrika 87 (2000) 954-959, from the integral that it is: of (1 + |t|)^+-(power - 1) from 0 to x."""
    if x >= 0:
        return ((x + 1) ** power - 1) / power if power != 0 else log(x + 1)
    return -((1 - x) ** (2 - power) - 1) / (2 - power) if power != 2 else -log(1 - x)


def likelihood(xs, power):
    """Log-likelihood of the power, location and scale at their best, up to a constant."""
    ys = [yeo_johnson(x, power) for x in xs]
    mean = sum(ys) / len(ys)
    variance = sum((y - mean) ** 2 for y in ys) / len(ys)
    return -len(xs) * log(variance) / 2 + (power - 1) * sum(sign(x) * log(1 + abs(x)) for x in xs)


def best_power(xs):
    """The only zero of the derivative between -12 and 12, by differences."""
    h = mpf(10) ** -25

    def slope(power):
        return (likelihood(xs, power + h) - likelihood(xs, power - h)) / (2 * h)

    grid = [mpf(i) / 4 + mpf("0.0317") for i in range(-48, 48)]
    signs = [sign(slope(power)) for power in grid]
    changes = [i for i in range(len(grid) - 1) if signs[i] != signs[i + 1]]
    assert len(changes) == 1 and signs[changes[0]] > 0, "one maximum"
    low, high = grid[changes[0]], grid[changes[0] + 1]
    return findroot(slope, (low, high), solver="anderson", tol=mpf(10) ** -80)


def columns():
    draw = random.Random("columns")
    yield "lognormal", [draw.lognormvariate(0, 0.75) for _ in range(15)]
    yield "negative skew", [-(draw.expovariate(0.7) ** 2) for _ in range(12)]
    yield "both signs", [draw.gauss(0, 1) ** 3 for _ in range(16)]
    yield "integers with zeros", [float(draw.choice([0, 0, 0, 1, 2, 5, 28])) for _ in range(14)]
    yield "far from zero", [4 + draw.expovariate(0.5) for _ in range(11)]
    yield "nearly normal", [draw.gauss(0.3, 1) for _ in range(13)]


def transform(name, column):
    with mp.workdps(100):
        xs = exact(column)
        power64 = float(best_power(xs))
        near = [likelihood(xs, mpf(power64) + mpf(step)) for step in (-0.001, 0, 0.001)]
        assert near[1] > near[0] and near[1] > near[2]
        print(name, power64)
        return {
            "name": name,
            "x": encode(column),
            "power": power64,
            "logLikelihood": encode([near[1]]),
            "y": encode(yeo_johnson(x, mpf(power64)) for x in xs),
        }


POWERS = [-2, -0.5, 0, 1e-9, -1e-15, 0.3, 1, 1.75, 2 - 2.0**-30, 2, 2 + 1e-12, 3.5]
PLACES = [0, 1e-300, 1e-12, 0.001, 0.5, 1, 30, 1e6]


def transforms():
    xs = [s * x for x in PLACES for s in (1, -1)]
    with mp.workdps(400):
        for power in POWERS:
            values = [yeo_johnson(mpf(x), mpf(power)) for x in xs]
            slope = quad(lambda t: (1 + t) ** (mpf(power) - 1), [0, mpf("0.5")])
            assert abs(values[xs.index(0.5)] - slope) < mpf(10) ** -30
            yield {"power": power, "x": encode(xs), "y": encode(values)}


MIXTURES = [
    ([1], [0], [1]),
    ([0.5, 0.5], [-1, 1], [1, 1]),
    ([0.25, 0.75], [0, 0.125], [0.5, 2]),
    ([0.2, 0.3, 0.5], [-100, 0, 100], [1, 0.01, 3]),
    ([0.999, 0.001], [0, 50], [1, 1]),
    ([0.2] * 5, [1.1, 1.2, 0.9, 1.05, 0.7], [0.1, 0.2, 0.15, 0.12, 0.3]),
    ([0.5, 0.5], [1e6, 1e6 + 1e-3], [1e-3, 1e-3]),
]
LEVELS = [1e-9, 0.005, 0.025, 0.25, 0.5, 0.9, 0.975, 0.999]


def quantile(weights, means, sds, level):
    weights, means, sds = exact(weights), exact(means), exact(sds)
    total = sum(weights)
    with mp.workdps(80):

        def above(x):
            return sum(w * ncdf((x - m) / s) for w, m, s in zip(weights, means, sds)) / total - mpf(level)

        low = min(m - 40 * s for m, s in zip(means, sds))
        high = max(m + 40 * s for m, s in zip(means, sds))
        for _ in range(400):
            middle = (low + high) / 2
            low, high = (middle, high) if above(middle) < 0 else (low, middle)
        density = sum(w * npdf((low - m) / s) / s for w, m, s in zip(weights, means, sds)) / total
        # What a rounding of the probability moves the quantile by.
        return low, density


def mixture(weights, means, sds):
    found = [quantile(weights, means, sds, level) for level in LEVELS]
    return {
        "weights": weights,
        "means": means,
        "sds": sds,
        "levels": LEVELS,
        "quantiles": encode(value for value, _ in found),
        "densities": encode(density for _, density in found),
    }


write(
    "evidence.json",
    {
        "cases": [Case(number, shape).record() for number, shape in enumerate(SHAPES)],
        "columns": [transform(*each) for each in columns()],
        "transforms": list(transforms()),
        "mixtures": [mixture(*each) for each in MIXTURES],
    },
)

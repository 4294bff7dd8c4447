"""The values behind the digests of cross-engine.json, by NumPy from the formulas.

    python3 tests/reference/cross_engine.py

writes tests/reference/data/cross-engine-values.json: norm, sum and some entries of initial parameters,
gradients and Hessians; the losses of short trainings step by step, and the parameters they end with.
Nothing of the package is used, and nothing has blocks: the Jacobian is held whole, S is added to
J^T J / M, and every system is solved by LAPACK's Cholesky, whichever solver the package uses.
Needs NumPy, SciPy and mpmath.

A training carries rounding from step to step. How far is measured: each is repeated from initial
parameters that are moved by some units in their last place. `spread` is the largest change of a loss so
far, relative to it, and `parameterSpread` that of the last parameters, relative to their largest.
"""

import json
import math

import numpy as np
import scipy.linalg
import scipy.special

import philox
from model import DATA

BETA = 0.52
MOVED = 4 * np.finfo(float).eps
REPEATS = 4


def jets(name, z):
    """sigma, sigma', sigma''"""
    if name == "tanh":
        t = np.tanh(z)
        return t, 1 - t * t, -2 * t * (1 - t * t)
    if name == "sin":
        return np.sin(z), np.cos(z), -np.sin(z)
    if name == "erf":
        slope = 2 / math.sqrt(math.pi) * np.exp(-z * z)
        return scipy.special.erf(z), slope, -2 * z * slope
    if name == "gelu":
        phi, density = scipy.special.ndtr(z), np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        return z * phi, phi + z * density, (2 - z * z) * density
    if name == "relu":
        return np.maximum(z, 0), (z > 0).astype(float), np.zeros_like(z)
    s = scipy.special.expit(z)
    if name == "sigmoid":
        return s, s * (1 - s), s * (1 - s) * (1 - 2 * s)
    return np.logaddexp(0, z), s, s * (1 - s)


def initial(seed, width, inputs, outputs):
    w, eta = philox.normals(seed, 0, width * inputs), philox.normals(seed, 1, width)
    return np.array([float(v) for v in w + eta + philox.uniforms(seed, 2, width * outputs)])


class Network:
    """f_o(x) = N^-beta sum_i c_io sigma(w_i . x + eta_i), theta all w, all eta, all c, row by row."""

    def __init__(self, x, y, width, activation="tanh"):
        self.x, self.y, self.n, self.activation = x, y, width, activation
        self.m, self.d = x.shape
        self.k = y.shape[1]
        self.scale = width**-BETA
        self.count = width * (self.d + 1 + self.k)

    def parts(self, theta):
        a, b = self.n * self.d, self.n * (self.d + 1)
        return theta[:a].reshape(self.n, self.d), theta[a:b], theta[b:].reshape(self.n, self.k)

    def residual(self, theta):
        w, eta, c = self.parts(theta)
        return self.scale * jets(self.activation, self.x @ w.T + eta)[0] @ c - self.y

    def loss(self, theta):
        return np.sum(self.residual(theta) ** 2) / (2 * self.m)

    def jacobian(self, theta):
        """M x k x P"""
        w, eta, c = self.parts(theta)
        s0, s1, _ = jets(self.activation, self.x @ w.T + eta)
        j = np.zeros((self.m, self.k, self.count))
        for o in range(self.k):
            slope = self.scale * s1 * c[:, o]
            a, b = self.n * self.d, self.n * (self.d + 1)
            j[:, o, :a] = (slope[:, :, None] * self.x[:, None, :]).reshape(self.m, -1)
            j[:, o, a:b] = slope
            j[:, o, b + o :: self.k] = self.scale * s0
        return j

    def gradient(self, theta):
        return np.tensordot(self.residual(theta), self.jacobian(theta), 2) / self.m

    def places(self, i):
        """Where the parameters of neuron i are: w_1 .. w_d, eta, c_1 .. c_k"""
        a, b = self.n * self.d, self.n * (self.d + 1)
        w, c = range(i * self.d, (i + 1) * self.d), range(b + i * self.k, b + (i + 1) * self.k)
        return [*w, a + i, *c]

    def blocks(self, theta):
        """S_i = 1/M sum_mo r_mo d^2 f_mo, for every neuron"""
        w, eta, c = self.parts(theta)
        _, s1, s2 = jets(self.activation, self.x @ w.T + eta)
        r = self.residual(theta)
        ones = np.hstack([self.x, np.ones((self.m, 1))])
        result = np.zeros((self.n, self.d + 1 + self.k, self.d + 1 + self.k))
        for i in range(self.n):
            inner = self.scale / self.m * (ones.T * (s2[:, i] * (r @ c[i]))) @ ones
            outer = self.scale / self.m * (ones.T * s1[:, i]) @ r
            result[i, : self.d + 1, : self.d + 1] = inner
            result[i, : self.d + 1, self.d + 1 :] = outer
            result[i, self.d + 1 :, : self.d + 1] = outer.T
        return result

    def bend(self, theta, v):
        """The second derivative of f along v"""
        w, eta, c = self.parts(theta)
        dw, deta, dc = self.parts(v)
        _, s1, s2 = jets(self.activation, self.x @ w.T + eta)
        speed = self.x @ dw.T + deta
        return self.scale * ((s2 * speed**2) @ c + 2 * (s1 * speed) @ dc)


class Quadratic:
    """g, H = J^T J / M + S at a point, and the H of the curvature that the method solves with."""

    def __init__(self, network, theta, curvature):
        self.network, self.theta = network, theta
        self.j = network.jacobian(theta).reshape(-1, network.count)
        self.g = network.residual(theta).ravel() @ self.j / network.m
        gram = self.j.T @ self.j / network.m
        blocks = network.blocks(theta)
        self.h, self.system = gram.copy(), gram.copy()
        self.rayleigh = math.inf
        for i, block in enumerate(blocks):
            places = network.places(i)
            values, vectors = np.linalg.eigh(block)
            images = self.j[:, places] @ vectors
            self.rayleigh = min(self.rayleigh, np.min(values + np.sum(images**2, 0) / network.m))
            self.h[np.ix_(places, places)] += block
            if curvature == "absolute":
                block = (vectors * np.abs(values)) @ vectors.T
            if curvature != "gauss-newton":
                self.system[np.ix_(places, places)] += block

    def factor(self, gamma):
        try:
            return scipy.linalg.cho_factor(self.system + gamma * np.eye(len(self.g)))
        except np.linalg.LinAlgError:
            return None


class Fixed:
    lengths = 1
    tries = 1

    def __init__(self, gamma):
        self.gamma = gamma

    def accepts(self, before, after, predicted):
        return True

    def accepted(self, before, after, predicted, length):
        pass


class Adaptive:
    lengths = 1
    tries = 6

    def __init__(self, gamma):
        self.gamma = gamma

    def accepts(self, before, after, predicted):
        return after < before

    def accepted(self, before, after, predicted, length):
        self.gamma = max(0.8 * self.gamma, 1e-12)

    def rejected(self, indefinite):
        self.gamma = min(2 * self.gamma, 100)


class GainRatio:
    lengths = 3
    tries = 30

    def __init__(self):
        self.gamma = 1e-4

    def accepts(self, before, after, predicted):
        return before - after > max(0, 1e-3 * predicted)

    def accepted(self, before, after, predicted, length):
        gain = (before - after) / predicted
        factor = 1 / length if length < 1 else 0.3 if gain > 0.5 else 2 if 0 < gain < 0.25 else 1
        self.gamma = min(max(self.gamma * factor, 1e-18), 1e6)

    def rejected(self, indefinite):
        self.gamma = min(max(2 * self.gamma, indefinite) * 2, 1e6)


def newton(network, theta, steps, policy, curvature, geodesic):
    """docs/training.md: the step, its path, and what the policy makes of it."""
    losses, loss = [], network.loss(theta)
    for _ in range(steps):
        q = Quadratic(network, theta, curvature)
        for _ in range(policy.tries):
            taken = tried(network, q, policy, loss, geodesic)
            if taken is not None:
                theta, loss = taken
                break
        losses.append(loss)
    return theta, losses


def tried(network, q, policy, before, geodesic):
    factor = q.factor(policy.gamma)
    if factor is None:
        policy.rejected(max(0, -q.rayleigh))
        return None
    step = scipy.linalg.cho_solve(factor, q.g)
    ratio, acceleration = 0, np.zeros_like(step)
    if geodesic:
        force = network.bend(q.theta, step).ravel() @ q.j / network.m
        acceleration = scipy.linalg.cho_solve(factor, force)
        ratio = 2 * np.linalg.norm(acceleration) / np.linalg.norm(step)
    length = 2 / ratio if policy.lengths > 1 and ratio > 2 else 1
    for _ in range(policy.lengths):
        candidate = q.theta - length * step
        if length * ratio <= 2:
            candidate = candidate - length**2 / 2 * acceleration
        predicted = length * (q.g @ step) - length**2 / 2 * (step @ q.h @ step)
        after = network.loss(candidate)
        if policy.accepts(before, after, predicted):
            policy.accepted(before, after, predicted, length)
            return candidate, after
        length /= 2
    policy.rejected(0)
    return None


def descent(network, theta, steps, rate):
    losses = []
    for _ in range(steps):
        theta = theta - rate * network.gradient(theta)
        losses.append(network.loss(theta))
    return theta, losses


def adam(network, theta, steps, rate):
    """Kingma and Ba, algorithm 1"""
    mean, square, losses = 0, 0, []
    for t in range(1, steps + 1):
        g = network.gradient(theta)
        mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g * g
        theta = theta - rate * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
        losses.append(network.loss(theta))
    return theta, losses


def lbfgs(network, theta, steps):
    """Nocedal and Wright, algorithms 7.4 and 7.5, 20 pairs"""
    losses, pairs, g = [], [], network.gradient(theta)
    for _ in range(steps):
        direction, alphas = -g, []
        for s, y in reversed(pairs):
            alphas.append(s @ direction / (s @ y))
            direction = direction - alphas[-1] * y
        if pairs:
            s, y = pairs[-1]
            direction = direction * (s @ y) / (y @ y)
        for (s, y), alpha in zip(pairs, reversed(alphas)):
            direction = direction + (alpha - y @ direction / (s @ y)) * s

        def at(length):
            point = theta + length * direction
            return length, network.loss(point), network.gradient(point) @ direction

        start = at(0)
        first = 1 if pairs else min(1, 1 / math.sqrt(-start[2]))
        moved = theta + wolfe(start, first, at) * direction
        new = network.gradient(moved)
        pairs = [*pairs, (moved - theta, new - g)][-20:]
        theta, g = moved, new
        losses.append(network.loss(theta))
    return theta, losses


def wolfe(start, length, at):
    """Nocedal and Wright, algorithms 3.5 and 3.6, the cubic of (3.59) kept 5 percent from the ends"""

    def decreases(trial):
        return trial[1] <= start[1] + 1e-4 * trial[0] * start[2]

    def flat(trial):
        return abs(trial[2]) <= -0.9 * start[2]

    def cubic(a, b):
        d1 = a[2] + b[2] - 3 * (a[1] - b[1]) / (a[0] - b[0])
        low, high = sorted((a[0], b[0]))
        if d1 * d1 < a[2] * b[2]:
            return (low + high) / 2
        d2 = math.copysign(math.sqrt(d1 * d1 - a[2] * b[2]), b[0] - a[0])
        best = b[0] - (b[0] - a[0]) * (b[2] + d2 - d1) / (b[2] - a[2] + 2 * d2)
        return min(max(best, low + 0.05 * (high - low)), high - 0.05 * (high - low))

    def zoom(near, far):
        while True:
            trial = at(cubic(near, far))
            if not decreases(trial) or trial[1] >= near[1]:
                far = trial
            elif flat(trial):
                return trial[0]
            else:
                far, near = (near if trial[2] * (far[0] - near[0]) >= 0 else far), trial

    previous = start
    while True:
        trial = at(length)
        if not decreases(trial) or (previous is not start and trial[1] >= previous[1]):
            return zoom(previous, trial)
        if flat(trial):
            return length
        if trial[2] >= 0:
            return zoom(trial, previous)
        previous, length = trial, 2 * length


def problems():
    """Those of cross-engine.mjs: seed, width, inputs and outputs; x; y"""
    x = np.arange(33) / 32
    waves = np.sin(8 * np.pi * x) + np.sin(10 * np.pi * x) + np.sin(16 * np.pi * x)
    y = 4 * x + np.sin(2 * np.pi * x) + 0.8 * waves
    m = np.arange(600)
    a, b = m / 512 - 0.5, (37 * m) % 600 / 512 - 0.5
    targets = np.stack([4 * a**3 - 2 * a * b, b * b - a], 1)
    return {
        "": ((0, 64, 1, 1), x[:, None], y[:, None]),
        "many ": ((3, 20, 2, 2), np.stack([a, b], 1), targets),
    }


TRAININGS = {
    "default": lambda n, t: newton(n, t, 50, GainRatio(), "absolute", True),
    "function-space": lambda n, t: newton(n, t, 20, GainRatio(), "exact", True),
    "cg": lambda n, t: newton(n, t, 5, GainRatio(), "absolute", True),
    "lbfgs": lambda n, t: lbfgs(n, t, 20),
    "newton": lambda n, t: newton(n, t, 50, Adaptive(0.1), "exact", False),
    "gauss-newton": lambda n, t: newton(n, t, 20, Fixed(1e-3), "gauss-newton", False),
    "adam": lambda n, t: adam(n, t, 50, 0.01),
    "gd": lambda n, t: descent(n, t, 50, 0.5),
    "many default": lambda n, t: newton(n, t, 15, GainRatio(), "absolute", True),
    "many function-space": lambda n, t: newton(n, t, 5, GainRatio(), "absolute", True),
    "many cg": lambda n, t: newton(n, t, 3, GainRatio(), "absolute", True),
    "many newton": lambda n, t: newton(n, t, 10, Adaptive(0.1), "exact", False),
    "many gauss-newton": lambda n, t: newton(n, t, 10, Fixed(1e-3), "gauss-newton", False),
    "many lbfgs": lambda n, t: lbfgs(n, t, 10),
    "many adam": lambda n, t: adam(n, t, 10, 0.01),
}


def summary(values):
    values = np.ravel(values)
    entries = [float(values[i * (len(values) - 1) // 7]) for i in range(8)]
    return {
        "norm": float(np.linalg.norm(values)),
        "sum": math.fsum(values),
        "magnitude": float(np.sum(np.abs(values))),
        "entries": entries,
    }


def training(name, run, network, theta):
    draw = np.random.default_rng(7)
    end, losses = run(network, theta)
    losses = np.array(losses)
    spread, distance = np.zeros_like(losses), 0.0
    for _ in range(REPEATS):
        other, others = run(network, theta * (1 + MOVED * draw.uniform(-1, 1, theta.shape)))
        spread = np.maximum(spread, np.abs(np.array(others) / losses - 1))
        distance = max(distance, float(np.max(np.abs(other - end)) / np.max(np.abs(end))))
    print(f"{name}: loss {losses[-1]:.3e}, spread {spread.max():.1e}, parameters {distance:.1e}")
    return {
        "losses": losses.tolist(),
        "spread": np.maximum.accumulate(spread).tolist(),
        "values": summary(end),
        "parameterSpread": distance,
    }


def main():
    result = {"initial": {}, "gradient": {}, "hessian": {}, "trained": {}}
    for seed in (0, 1, 2**53 - 1):
        result["initial"][str(seed)] = summary(initial(seed, 1000, 1, 1))
    networks = {}
    for prefix, ((seed, width, inputs, outputs), x, y) in problems().items():
        theta = initial(seed, width, inputs, outputs)
        networks[prefix] = (Network(x, y, width), theta)
        for activation in ("tanh", "sigmoid", "erf", "sin", "softplus", "gelu", "relu"):
            network = Network(x, y, width, activation)
            result["gradient"][prefix + activation] = summary(network.gradient(theta))
            # S of ReLU is not defined by its second derivative; its Gauss-Newton matrix is.
            curvature = "gauss-newton" if activation == "relu" else "exact"
            h = Quadratic(network, theta, curvature).system
            result["hessian"][prefix + activation] = summary(h)
    for name, run in TRAININGS.items():
        network, theta = networks["many " if name.startswith("many ") else ""]
        result["trained"][name] = training(name, run, network, theta)
    path = DATA / "cross-engine-values.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()

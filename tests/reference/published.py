"""The published problem at its initial parameters: loss, gradient, entries of the Hessian, one Newton step.

    npm run build && python3 tests/reference/published.py

N = 1000 neurons, M = 128 points of [0, 1], y = 4x + sin(2 pi x) + 0.8 (sin(8 pi x) + sin(10 pi x) + sin(16 pi x)),
beta = 0.52, seed 0; writes tests/reference/data/published.json.

Derivatives are central differences of the loss at 60 decimal digits with a step of 1e-15. f is a sum over neurons, so a
difference re-evaluates only those whose parameters move. The Newton steps are of LAPACK on a float64 Hessian that NumPy
assembles, refined with residuals in extended precision until they no longer change. Needs mpmath, NumPy, SciPy and an
80-bit long double.
"""

import base64
import hashlib
import json
import random
import subprocess
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import scipy.linalg
from mpmath import mp, mpf

from model import ACTIVATIONS, SMOOTH, decode, encode, exact, loss, write

mp.dps = 60
STEP = mpf(10) ** -15
WIDTH, SAMPLES, BETA, GAMMA = 1000, 128, 0.52, 1e-4
HERE = Path(__file__).parent

exported = json.loads(subprocess.run(["node", HERE / "export-parameters.mjs", str(WIDTH)], capture_output=True, check=True).stdout)
THETA = decode(exported["theta"])
X = np.linspace(0, 1, SAMPLES)
Y = 4 * X + np.sin(2 * np.pi * X) + 0.8 * (np.sin(8 * np.pi * X) + np.sin(10 * np.pi * X) + np.sin(16 * np.pi * X))


def entries():
    """Rows and columns of the chosen Hessian entries, by kind: w, eta and c of neuron i are i, N + i and 2 N + i."""
    draw = random.Random("entries of the Hessian")
    blocks = range(3)
    chosen = {"diagonal": [], "within": [], "across": []}
    for b in blocks:
        chosen["diagonal"] += [(b * WIDTH + i, b * WIDTH + i) for i in [0, WIDTH - 1] + draw.sample(range(1, WIDTH - 1), 8)]
        for a in range(b):
            chosen["within"] += [(b * WIDTH + i, a * WIDTH + i) for i in draw.sample(range(WIDTH), 10)]
        for a in range(b + 1):
            pairs = [draw.sample(range(WIDTH), 2) for _ in range(15)]
            chosen["across"] += [(b * WIDTH + i, a * WIDTH + j) for i, j in pairs]
    return chosen


ENTRIES = entries()


def derivatives(name):
    sigma = ACTIVATIONS[name]
    theta, x, y = exact(THETA), exact(X), exact(Y)
    scale = mpf(WIDTH) ** -mpf(BETA)
    w, eta, c = theta[:WIDTH], theta[WIDTH : 2 * WIDTH], theta[2 * WIDTH :]
    hidden = [[sigma(w[i] * xm + eta[i]) for xm in x] for i in range(WIDTH)]
    f = [scale * sum(c[i] * hidden[i][m] for i in range(WIDTH)) for m in range(SAMPLES)]

    def change(i, moves):
        """What f changes by when parameters of neuron i move: {block: by how much}."""
        wi, ei, ci = (old + moves.get(block, 0) for block, old in enumerate((w[i], eta[i], c[i])))
        moved = [sigma(wi * xm + ei) for xm in x] if 0 in moves or 1 in moves else hidden[i]
        return [scale * (ci * new - c[i] * old) for new, old in zip(moved, hidden[i])]

    def difference(*changes):
        return loss([sum(terms) for terms in zip(f, *changes)], y)

    def slope(p):
        block, i = divmod(p, WIDTH)
        return (difference(change(i, {block: STEP})) - difference(change(i, {block: -STEP}))) / (2 * STEP)

    def curvature(p, q):
        (a, i), (b, j) = divmod(p, WIDTH), divmod(q, WIDTH)
        if p == q:
            return (difference(change(i, {a: STEP})) - 2 * difference() + difference(change(i, {a: -STEP}))) / STEP**2
        total = mpf(0)
        for s in (1, -1):
            for t in (1, -1):
                if i == j:
                    moved = difference(change(i, {a: s * STEP, b: t * STEP}))
                else:
                    moved = difference(change(i, {a: s * STEP}), change(j, {b: t * STEP}))
                total += s * t * moved
        return total / (4 * STEP**2)

    result = {
        "loss": encode([difference()]),
        "predict": encode(f),
        "hessian": {kind: encode(curvature(p, q) for p, q in pairs) for kind, pairs in ENTRIES.items()},
        "gradient": encode(slope(p) for p in range(3 * WIDTH)),
    }
    print(name, "done", flush=True)
    return name, result


def newton_step(exact_curvature):
    """(H + gamma I)^-1 g for tanh, and the eigenvalues of H + gamma I."""
    real = np.longdouble
    w, eta, c = np.array(THETA, real).reshape(3, WIDTH)
    x, y = X.astype(real), Y.astype(real)
    scale = real(WIDTH) ** -real(BETA)
    t = np.tanh(np.outer(x, w) + eta)
    first = 1 - t * t
    second = -2 * t * first
    r = scale * t @ c - y
    jacobian = scale * np.hstack([c * first * x[:, None], c * first, t])
    gradient = jacobian.T @ r / SAMPLES
    # Blocks of neuron i, over (w, eta, c): only its own parameters meet in the second derivative of f.
    s = np.zeros((3, 3, WIDTH), real)
    if exact_curvature:
        s[0, 0], s[0, 1], s[1, 1] = (c * ((r * x**k) @ second) for k in (2, 1, 0))
        s[0, 2], s[1, 2] = ((r * x**k) @ first for k in (1, 0))
        s[1, 0], s[2, 0], s[2, 1] = s[0, 1], s[0, 2], s[1, 2]
        s *= scale / SAMPLES

    def multiply(v):
        local = np.einsum("abi,bi->ai", s, v.reshape(3, WIDTH)).ravel()
        return jacobian.T @ (jacobian @ v) / SAMPLES + local + real(GAMMA) * v

    j64 = jacobian.astype(float)
    matrix = j64.T @ j64 / SAMPLES + GAMMA * np.eye(3 * WIDTH)
    for a in range(3):
        for b in range(3):
            rows, columns = a * WIDTH + np.arange(WIDTH), b * WIDTH + np.arange(WIDTH)
            matrix[rows, columns] += s[a, b].astype(float)
    eigenvalues = scipy.linalg.eigvalsh(matrix)
    factors = scipy.linalg.lu_factor(matrix)
    step = scipy.linalg.solve(matrix, gradient.astype(float), assume_a="sym").astype(real)
    norm = np.linalg.norm(step)
    for _ in range(10):
        correction = scipy.linalg.lu_solve(factors, (gradient - multiply(step)).astype(float))
        step += correction
        size = float(np.linalg.norm(correction) / norm)
        print(f"refinement {size:.1e}")
        if size < 1e-15:
            break
    magnitudes = np.abs(eigenvalues)
    print(f"eigenvalues {eigenvalues[0]:.3e} .. {eigenvalues[-1]:.3e}, nearest to zero {magnitudes.min():.3e}")
    return {
        "step": encode(step),
        "positive": int((eigenvalues > 0).sum()),
        "negative": int((eigenvalues < 0).sum()),
        "condition": float(magnitudes.max() / magnitudes.min()),
    }


if __name__ == "__main__":
    with Pool(2) as pool:
        computed = dict(pool.map(derivatives, SMOOTH, chunksize=1))
    write(
        "published.json",
        {
            "width": WIDTH,
            "beta": BETA,
            "gamma": GAMMA,
            "parameters": hashlib.sha256(base64.b64decode(exported["theta"])).hexdigest(),
            "x": encode(X),
            "y": encode(Y),
            "entries": {kind: [list(pair) for pair in pairs] for kind, pairs in ENTRIES.items()},
            "derivatives": computed,
            "newton": {"exact": newton_step(True), "gauss-newton": newton_step(False)},
        },
    )

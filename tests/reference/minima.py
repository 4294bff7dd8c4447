"""Minima of penalized problems of every loss by SciPy.

    python3 tests/reference/minima.py

writes tests/reference/data/minima.json, and minima-real.json, whose problems are the tables of examples/data, columns
standardized. Needs NumPy and SciPy.

A few hidden units, tanh, a penalty on every group. The problems are those of which SciPy finds the same value from
twenty random starts: there is a minimum to be compared with. The first start is stored.
"""

import csv
from pathlib import Path

import numpy
from scipy.optimize import check_grad, minimize
from scipy.special import expit, logsumexp, softmax

from model import encode, write

BETA = 0.52
EXAMPLES = Path(__file__).parents[2] / "examples/data"
STARTS = 20


def squares(f, y):
    return (f - y) ** 2 / 2, f - y


def huber(f, y):
    r = f - y
    size = numpy.abs(r)
    return numpy.where(size <= 1, r**2 / 2, size - 0.5), numpy.clip(r, -1, 1)


def student_t(f, y):
    r = f - y
    return 2.5 * numpy.log1p(r**2 / 4), 5 * r / (4 + r**2)


def logistic(f, y):
    return numpy.logaddexp(0, f) - y * f, expit(f) - y


def poisson(f, y):
    return numpy.exp(f) - y * f, numpy.exp(f) - y


def classes(f, y):
    chosen = numpy.eye(f.shape[1])[y[:, 0].astype(int)]
    return logsumexp(f, axis=1)[:, None] - (f * chosen).sum(1)[:, None], softmax(f, axis=1) - chosen


# loss, outputs, inputs, width, samples, weighted, penalty of w (one for all, or one an input), of eta, of c
PROBLEMS = [
    ("squares", squares, 1, 2, 6, 40, True, [0.02], 0.02, 0.02),
    ("huber", huber, 1, 2, 6, 41, False, [0.02, 0.04], 0.02, 0.02),
    ("student-t", student_t, 1, 1, 5, 44, True, [0.03], 0.03, 0.03),
    ("logistic", logistic, 1, 2, 6, 60, False, [0.01], 0.01, 0.01),
    ("logistic", logistic, 2, 2, 6, 45, True, [0.05, 0.06], 0.05, 0.05),
    ("softmax", classes, 3, 2, 5, 60, True, [0.01], 0.01, 0.01),
    ("poisson", poisson, 1, 1, 5, 50, False, [0.02], 0.02, 0.02),
    ("poisson", poisson, 1, 3, 6, 51, True, [0.03, 0.02, 0.01], 0.02, 0.02),
]


def drawn(number, name, loss, outputs, inputs, width, samples, weighted, of_w, of_eta, of_c):
    draw = numpy.random.default_rng(number)
    x = draw.uniform(-1.5, 1.5, (samples, inputs))
    signal = numpy.stack([numpy.sin(1.3 * x[:, 0] + o) + 0.6 * x[:, -1] * (-1) ** o for o in range(outputs)], 1)
    if name == "logistic":
        y = (draw.uniform(size=signal.shape) < expit(2 * signal)).astype(float)
    elif name == "softmax":
        y = (2 * signal + draw.gumbel(size=signal.shape)).argmax(1)[:, None].astype(float)
    elif name == "poisson":
        y = draw.poisson(numpy.exp(signal)).astype(float)
    else:
        y = signal + 0.1 * draw.standard_t(2, signal.shape)
    weights = draw.uniform(0.25, 2, samples).round(3) if weighted else numpy.ones(samples)
    if weighted:
        weights[::7] = 0
    penalty = {"w": of_w if len(of_w) == inputs and inputs > 1 else of_w[0], "eta": of_eta, "c": of_c}
    start, minimum = least(draw, name, loss, x, y, weights, outputs, width, penalty)
    return {
        "loss": name,
        "inputs": inputs,
        "outputs": outputs,
        "width": width,
        "samples": samples,
        "beta": BETA,
        "penalty": penalty,
        "theta": encode(start),
        "x": encode(x.ravel()),
        "y": encode(y.ravel()),
        "weights": encode(weights) if weighted else None,
        "minimum": encode([minimum]),
    }


def least(draw, name, loss, x, y, weights, outputs, width, penalty):
    """The first of the random starts, and the value that SciPy finds from all of them."""
    samples, inputs = x.shape
    of_w = numpy.broadcast_to(penalty["w"], inputs)
    of_eta, of_c = penalty["eta"], penalty["c"]
    count = width * (inputs + 1 + outputs)
    penalties = numpy.concatenate(
        [
            numpy.tile(of_w, width),
            numpy.full(width, of_eta),
            numpy.full(width * outputs, of_c),
        ]
    )
    scale = width**-BETA

    def objective(theta):
        w = theta[: width * inputs].reshape(width, inputs)
        eta = theta[width * inputs : width * (inputs + 1)]
        c = theta[width * (inputs + 1) :].reshape(width, outputs)
        t = numpy.tanh(x @ w.T + eta)
        value, slope = loss(scale * (t @ c), y)
        rho = weights[:, None] * slope * scale / samples
        back = (rho @ c.T) * (1 - t**2)
        gradient = numpy.concatenate([(back.T @ x).ravel(), back.sum(0), (t.T @ rho).ravel()])
        total = (weights[:, None] * value).sum() / samples + (penalties * theta**2).sum() / 2
        return total, gradient + penalties * theta

    starts = numpy.concatenate(
        [
            draw.standard_normal((STARTS, width * (inputs + 1))),
            draw.uniform(-1, 1, (STARTS, width * outputs)),
        ],
        axis=1,
    )
    error = check_grad(lambda t: objective(t)[0], lambda t: objective(t)[1], starts[0])
    assert error < 1e-5, error

    values = []
    for start in starts:
        found = minimize(objective, start, jac=True, method="BFGS", options={"gtol": 1e-11, "maxiter": 10000})
        norm = float(numpy.abs(found.jac).max())
        # Its square over the least curvature is what the value is off by.
        assert norm < 1e-8 * max(1, abs(found.fun)), (name, norm)
        values.append(float(found.fun))
    print(name, outputs, count, sorted(set(round(v, 9) for v in values)))
    spread = (max(values) - min(values)) / max(1, abs(min(values)))
    assert spread < 1e-13, (name, spread)
    return starts[0], min(values)


def standardized(columns):
    return (columns - columns.mean(0)) / columns.std(0)


# loss, table of examples/data, its inputs, what the targets are, outputs, width, penalty of every group
REAL = [
    ("squares", squares, "life-expectancy", ["year", "log10_population", "fertility"], "quantity", 1, 5, 0.02),
    ("huber", huber, "life-expectancy", ["year", "log10_population", "fertility"], "quantity", 1, 5, 0.02),
    ("student-t", student_t, "life-expectancy", ["year", "log10_population", "fertility"], "quantity", 1, 5, 0.05),
    ("logistic", logistic, "breast-cancer", None, "class", 1, 5, 0.02),
    ("softmax", classes, "penguins", None, "class", 3, 5, 0.1),
    ("poisson", poisson, "bird-strikes", None, "count", 1, 5, 0.5),
]


def measured(number, name, loss, table, inputs, kind, outputs, width, penalty):
    with open(EXAMPLES / f"{table}.csv", newline="") as file:
        header, *rows = csv.reader(file)
    inputs = header[:-1] if inputs is None else inputs
    x = standardized(numpy.array([[float(row[header.index(name)]) for name in inputs] for row in rows]))
    last = [row[-1] for row in rows]
    if kind == "class":
        names = sorted(set(last))
        y = numpy.array([[float(names.index(each))] for each in last])
    else:
        y = numpy.array([[float(each)] for each in last])
        if kind == "quantity":
            y = standardized(y)
    draw = numpy.random.default_rng(100 + number)
    groups = {"w": penalty, "eta": penalty, "c": penalty}
    start, minimum = least(draw, name, loss, x, y, numpy.ones(len(x)), outputs, width, groups)
    return {
        "loss": name,
        "table": table,
        "inputs": inputs,
        "kind": kind,
        "outputs": outputs,
        "width": width,
        "beta": BETA,
        "penalty": groups,
        "theta": encode(start),
        "minimum": encode([minimum]),
    }


write("minima.json", [drawn(number, *each) for number, each in enumerate(PROBLEMS)])
write("minima-real.json", [measured(number, *each) for number, each in enumerate(REAL)])

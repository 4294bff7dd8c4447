"""Objectives other than plain least squares: derivatives and Newton steps of small networks, from the objective alone.

    python3 tests/reference/objective.py

writes tests/reference/data/objective.json. Needs mpmath.

Of the network and of l only the definitions are here. All derivatives are central differences of the scalar objective, of the
outputs or of l, at 160 decimal digits with steps of 1e-30: truncation is near 1e-60 and cancellation below. Linear
systems are solved, and eigenvalues counted, at 60 digits.
"""

import random

from mpmath import diag, eigsy, exp, log, lu_solve, matrix, mp, mpf, zeros

from model import ACTIVATIONS, SMOOTH, decode, encode, exact, remembered, write

mp.dps = 160
STEP = mpf(10) ** -30
BETA = 0.52


# Losses of one sample: all outputs f against its targets y.
def squares(f, y):
    return sum((a - b) ** 2 for a, b in zip(f, y)) / 2


def huber(f, y, delta):
    distances = [abs(a - b) for a, b in zip(f, y)]
    return sum(r**2 / 2 if r <= delta else delta * (r - delta / 2) for r in distances)


def student_t(f, y, dof, scale):
    return sum((dof + 1) / 2 * log(1 + ((a - b) / scale) ** 2 / dof) for a, b in zip(f, y))


def logistic(f, y):
    return sum(log(1 + exp(a)) - b * a for a, b in zip(f, y))


def softmax(f, y):
    top = max(f)
    return top + log(sum(exp(a - top) for a in f)) - f[int(y[0])]


def poisson(f, y):
    return sum(exp(a) - b * a for a, b in zip(f, y))


LOSSES = {
    "squares": squares,
    "huber": huber,
    "student-t": student_t,
    "logistic": logistic,
    "softmax": softmax,
    "poisson": poisson,
}
DEFAULTS = {"huber": {"delta": 1}, "student-t": {"dof": 4, "scale": 1}}

# Name, and parameters that differ from the defaults.
VARIANTS = [
    ("squares", {}),
    ("huber", {}),
    ("huber", {"delta": 0.3125}),
    ("student-t", {}),
    ("student-t", {"dof": 1.5, "scale": 0.375}),
    ("logistic", {}),
    ("softmax", {}),
    ("poisson", {}),
]

# inputs, outputs (softmax has one more where this is 1), width, samples, weights, penalty
SHAPES = [
    (1, 1, 5, 5, False, None),
    (2, 1, 4, 6, True, {"w": 0.015625, "eta": 0.03125, "c": 0.0625}),
    (3, 2, 3, 3, True, {"w": [0.0078125, 0, 0.25], "c": 0.01}),
    (2, 3, 3, 7, False, {"eta": 0.125, "c": 0.001}),
    (1, 2, 4, 4, True, None),
    (2, 2, 4, 9, False, {"w": [0.3, 0.02], "eta": 0.05}),
    (2, 1, 3, 8, True, {"w": [0.02, 0.04]}),
]


def loss_of(name, parameters):
    """l(f, y) of one sample."""
    values = exact({**DEFAULTS.get(name, {}), **parameters}.values())
    return lambda f, y: LOSSES[name](f, y, *values)


def targets(draw, name, samples, outputs):
    if name == "softmax":
        return [draw.randrange(outputs) for _ in range(samples)]
    if name == "logistic":
        return [draw.randrange(2) for _ in range(samples * outputs)]
    if name == "poisson":
        return [draw.choice([0, 0, 1, 2, 3, 7, 2.5]) for _ in range(samples * outputs)]
    return [draw.gauss(0, 1.5) for _ in range(samples * outputs)]


def rows(values, length):
    return [values[i : i + length] for i in range(0, len(values), length)]


class Network:
    """f_o(x) = N^-beta sum_i c_io sigma(w_i . x + eta_i); theta holds w (row by row), eta, c (row by row)."""

    def __init__(self, activation, inputs, outputs, width):
        self.sigma = remembered(activation)
        self.inputs, self.outputs, self.width = inputs, outputs, width
        self.scale = mpf(width) ** -mpf(BETA)

    def at(self, theta, x):
        d, k, n = self.inputs, self.outputs, self.width
        z = [sum((theta[i * d + j] * x[j] for j in range(d)), theta[n * d + i]) for i in range(n)]
        values = [self.sigma(each) for each in z]
        return [self.scale * sum(theta[n * (d + 1) + i * k + o] * values[i] for i in range(n)) for o in range(k)]


def moved(theta, *changes):
    result = list(theta)
    for index, change in changes:
        result[index] += change
    return result


def along(theta, direction, t):
    return [a + t * b for a, b in zip(theta, direction)]


def second_in(f, y, loss):
    """Second derivatives of l in the outputs: k x k."""
    k = len(f)

    def at(*changes):
        return loss(moved(f, *changes), y)

    def mixed(o, q):
        corners = ((i * j, at((o, i * STEP), (q, j * STEP))) for i in (1, -1) for j in (1, -1))
        return sum(sign * corner for sign, corner in corners) / (4 * STEP**2)

    return matrix([[mixed(o, q) for q in range(k)] for o in range(k)])


def slope_in(f, y, loss):
    """First derivatives of l in the outputs."""
    return [
        (loss(moved(f, (o, STEP)), y) - loss(moved(f, (o, -STEP)), y)) / (2 * STEP) for o in range(len(f))
    ]


def spectral(a, change):
    """a with `change` made to its eigenvalues. They are found at 60 digits: those of a that vanish are noise of that size."""
    with mp.workdps(60):
        values, vectors = eigsy(a)
        return vectors * diag([change(value) for value in values]) * vectors.T


# What a curvature makes of D and of the blocks of S.
CURVATURES = {
    "exact": (lambda value: value, lambda value: value),
    "absolute": (abs, abs),
    "positive": (lambda value: max(value, mpf(0)), lambda value: max(value, mpf(0))),
    "gauss-newton": (lambda value: max(value, mpf(0)), lambda value: mpf(0)),
}


def neurons(network):
    """Indices of the parameters of each neuron."""
    d, k, n = network.inputs, network.outputs, network.width
    return [
        [*range(i * d, (i + 1) * d), n * d + i, *range(n * (d + 1) + i * k, n * (d + 1) + (i + 1) * k)]
        for i in range(n)
    ]


def curved(network, name, bends, weights, jacobian, blocks, penalties):
    """Sum of J^T D J / M, S and Lambda, as the curvature has them."""
    count, samples = len(penalties), len(bends)
    of_loss, of_network = CURVATURES[name]
    result = diag(penalties)
    for m, bend in enumerate(bends):
        part = weights[m] * spectral(bend, of_loss) / samples
        result += jacobian[m].T * part * jacobian[m]
    for indices in neurons(network):
        block = matrix([[blocks[p, q] for q in indices] for p in indices])
        block = spectral(block, of_network)
        for a, p in enumerate(indices):
            for b, q in enumerate(indices):
                result[p, q] += block[a, b]
    assert result.rows == count
    return result


def solution(a, gamma, gradient):
    with mp.workdps(60):
        return list(lu_solve(a + gamma * diag([mpf(1)] * a.rows), matrix(gradient)))


def condition(a, gamma):
    """Largest eigenvalue of a + gamma I over the smallest, in size."""
    with mp.workdps(60):
        sizes = [abs(value + gamma) for value in eigsy(a, eigvals_only=True)]
    return float(max(sizes) / min(sizes))


def lower(a):
    return [a[p, q] for p in range(a.rows) for q in range(p + 1)]


def settled(values):
    """Differences whose derivative is 0 give noise far below the digits that are asked for."""
    return [v if abs(v) > mpf(10) ** -45 else mpf(0) for v in values]


def case(number, activation, variant, shape):
    name, parameters = variant
    inputs, outputs, width, samples, weighted, penalty = shape
    if name == "softmax":
        outputs = max(2, outputs)
    draw = random.Random(f"{number} {activation} {name}")
    count = width * (inputs + 1 + outputs)
    theta64 = [draw.gauss(0, 1) for _ in range(width * (inputs + 1))]
    theta64 += [draw.uniform(-1.5, 1.5) for _ in range(width * outputs)]
    x64 = [draw.uniform(-1.5, 1.5) for _ in range(samples * inputs)]
    y64 = targets(draw, name, samples, outputs)
    weights64 = [draw.choice([0, 0.5, 1, 1.75, draw.uniform(0, 3)]) for _ in range(samples)]
    weights64[samples // 2] = 0
    weights64[0] = 1.25
    if not weighted:
        weights64 = [1] * samples

    network = Network(activation, inputs, outputs, width)
    loss = loss_of(name, parameters)
    theta, weights = exact(theta64), exact(weights64)
    xs = rows(exact(x64), inputs)
    ys = rows(exact(y64), len(y64) // samples)
    lambdas = penalty or {}
    of_w = lambdas.get("w", 0)
    of_w = exact(of_w if isinstance(of_w, list) else [of_w] * inputs)
    penalties = of_w * width + exact([lambdas.get("eta", 0)] * width) + exact([lambdas.get("c", 0)] * width * outputs)

    def objective(theta):
        data = sum(w * loss(network.at(theta, x), y) for w, x, y in zip(weights, xs, ys)) / samples
        return data + sum(a * b**2 for a, b in zip(penalties, theta)) / 2

    def gradient_at(theta):
        return [
            (objective(moved(theta, (p, STEP))) - objective(moved(theta, (p, -STEP)))) / (2 * STEP) for p in range(count)
        ]

    value, gradient = objective(theta), gradient_at(theta)
    hessian = zeros(count)
    for p in range(count):
        for q in range(p):
            corners = ((i * j, objective(moved(theta, (p, i * STEP), (q, j * STEP)))) for i in (1, -1) for j in (1, -1))
            hessian[p, q] = hessian[q, p] = sum(sign * corner for sign, corner in corners) / (4 * STEP**2)
        ends = objective(moved(theta, (p, STEP))) + objective(moved(theta, (p, -STEP)))
        hessian[p, p] = (ends - 2 * value) / STEP**2

    f = [network.at(theta, x) for x in xs]
    jacobian = []
    for x in xs:
        columns = []
        for p in range(count):
            ahead, behind = network.at(moved(theta, (p, STEP)), x), network.at(moved(theta, (p, -STEP)), x)
            columns.append([(a - b) / (2 * STEP) for a, b in zip(ahead, behind)])
        jacobian.append(matrix(columns).T)
    bends = [second_in(each, y, loss) for each, y in zip(f, ys)]
    blocks = hessian - diag(penalties)
    for m in range(samples):
        blocks -= jacobian[m].T * (weights[m] * bends[m] / samples) * jacobian[m]
    scale = max(abs(entry) for entry in hessian)
    inside = {(p, q) for indices in neurons(network) for p in indices for q in indices}
    for p in range(count):
        for q in range(count):
            assert (p, q) in inside or abs(blocks[p, q]) < scale * mpf(10) ** -40, "S is not block-diagonal"

    with mp.workdps(60):
        values = sorted(eigsy(hessian, eigvals_only=True))
    gamma = float(max(mpf(0), -values[0])) * 1.5 + 0.0625
    steps = {}
    for curvature in CURVATURES:
        a = curved(network, curvature, bends, weights, jacobian, blocks, penalties)
        if curvature == "exact":
            assert max(abs(entry) for entry in a - hessian) < scale * mpf(10) ** -40
        steps[curvature] = {
            "step": encode(solution(a, mpf(gamma), gradient)),
            "condition": condition(a, mpf(gamma)),
        }
        if curvature == "gauss-newton":
            gauss_newton = a

    # Halfway, in size, between two eigenvalues that both sides keep at a distance.
    negative = [-each for each in values if each < -scale / 2000]
    indefinite = None
    if negative:
        negative.append(negative[-1] / 8)
        gaps = [(a / b, a, b) for a, b in zip(negative, negative[1:])]
        _, a, b = max(gaps)
        low = float((a * b) ** mpf(0.5))
        shifted = [each + mpf(low) for each in values]
        indefinite = {
            "gamma": low,
            "step": encode(solution(hessian, mpf(low), gradient)),
            "negative": sum(1 for each in shifted if each < 0),
            "condition": condition(hessian, mpf(low)),
        }

    direction64 = [-each for each in decode(steps["exact"]["step"])]
    direction = exact(direction64)
    ahead, behind = along(theta, direction, STEP), along(theta, direction, -STEP)
    third = [
        (a - 2 * b + c) / STEP**2 for a, b, c in zip(gradient_at(ahead), gradient, gradient_at(behind))
    ]
    rho = [
        [w * each for each in slope_in(value, y, loss)] for w, value, y in zip(weights, f, ys)
    ]
    f_ahead, f_behind = [network.at(ahead, x) for x in xs], [network.at(behind, x) for x in xs]
    f_bend = [
        (a - 2 * b + c) / STEP**2 for us, vs, ws in zip(f_ahead, f, f_behind) for a, b, c in zip(us, vs, ws)
    ]
    input_gradient = []
    for x in xs:
        pairs = [(network.at(theta, moved(x, (j, STEP))), network.at(theta, moved(x, (j, -STEP)))) for j in range(inputs)]
        input_gradient += [(a[o] - b[o]) / (2 * STEP) for o in range(outputs) for a, b in pairs]

    result = {
        "activation": activation,
        "inputs": inputs,
        "outputs": outputs,
        "width": width,
        "samples": samples,
        "beta": BETA,
        "loss": {"name": name, **parameters},
        "penalty": penalty,
        "theta": encode(theta64),
        "x": encode(x64),
        "y": encode(y64),
        "weights": encode(weights64) if weighted else None,
        "value": encode([value]),
        "rho": encode(each for row in rho for each in row),
        "gradient": encode(gradient),
        "hessian": encode(settled(lower(hessian))),
        "gaussNewton": encode(settled(lower(gauss_newton))),
        "gamma": gamma,
        "steps": steps,
        "indefinite": indefinite,
        "direction": encode(direction64),
        "gradientBend": encode(third),
        "outputBend": encode(f_bend),
        "inputGradient": encode(input_gradient),
    }
    print(number, activation, name, parameters, "gamma", f"{gamma:.3g}", "negative", indefinite and indefinite["negative"])
    return result


def cases():
    number = 0
    for v, variant in enumerate(VARIANTS):
        for s, shape in enumerate(SHAPES):
            yield case(number, SMOOTH[(v + s) % len(SMOOTH)], variant, shape)
            number += 1


def kink():
    """The derivative of ReLU in the inputs, which none of the cases has."""
    network = Network("relu", 3, 2, 5)
    draw = random.Random("relu")
    theta64 = [draw.gauss(0, 1) for _ in range(5 * 6)]
    x64 = [draw.uniform(-1.5, 1.5) for _ in range(4 * 3)]
    theta = exact(theta64)
    gradient = []
    for x in rows(exact(x64), 3):
        pairs = [(network.at(theta, moved(x, (j, STEP))), network.at(theta, moved(x, (j, -STEP)))) for j in range(3)]
        gradient += [(a[o] - b[o]) / (2 * STEP) for o in range(2) for a, b in pairs]
    return {
        "activation": "relu",
        "inputs": 3,
        "outputs": 2,
        "width": 5,
        "samples": 4,
        "beta": BETA,
        "theta": encode(theta64),
        "x": encode(x64),
        "inputGradient": encode(gradient),
    }


TINY = 1e-300
LOGITS = [s * f for f in (1e4, 745.2, 745, 709.8, 709, 37, 36, 20, 1, 1e-8, TINY) for s in (1, -1)] + [0]
RESIDUALS = [s * r for r in (1e100, 1e4, 745, 1, 0.5, 1e-8, 1e-100) for s in (1, -1)] + [0]
COUNTS = [(f, y) for f in (-1e4, -745, -37, -1e-8, 0, TINY, 1, 37, 680) for y in (0, 1, 3.5, 1e6, 1e15)]
EXTREMES = [
    ("squares", {}, [(r, 0) for r in RESIDUALS]),
    ("huber", {}, [(r, 0) for r in RESIDUALS if abs(r) != 1] + [(1 + 2**-52, 0), (1 - 2**-53, 0), (-1e4, 1e4)]),
    ("huber", {"delta": 1e-5}, [(r, 0) for r in RESIDUALS]),
    ("huber", {"delta": 1e150}, [(r, 0) for r in RESIDUALS]),
    ("student-t", {}, [(r, 0) for r in (*RESIDUALS, 2, 1e200, -1e300)]),
    ("student-t", {"dof": 1, "scale": 1e-3}, [(r, 0) for r in RESIDUALS]),
    ("student-t", {"dof": 1e6, "scale": 1e3}, [(r, 0) for r in RESIDUALS]),
    ("logistic", {}, [(f, y) for f in LOGITS for y in (0, 1)]),
    ("poisson", {}, COUNTS),
    (
        "softmax",
        {},
        [
            (f, y)
            for f in (
                (1e4, -1e4),
                (745, 0),
                (0, 0),
                (1e-300, 0),
                (1e4, 1e4 - 1),
                (1e4, -1e4, 0),
                (1e4, 1e4, -1e4),
                (-1e4, -1e4, -1e4),
                (745, 0, -745),
                (0.5, -1, 37),
                (1e-8, 0, -1e-8),
            )
            for y in range(len(f))
        ],
    ),
]


def extreme(name, parameters, pairs):
    """l, its slope and its second derivatives in the outputs (lower triangle) at each pair of outputs and target."""
    loss = loss_of(name, parameters)
    result = {"loss": {"name": name, **parameters}, "at": []}
    # e^-1e4 is 1e-4343: digits enough to see it beside 1, and steps that do not round it away. The
    # step is small beside the smallest of the outputs too.
    global STEP
    usual = STEP
    for f, y in pairs:
        f = f if isinstance(f, tuple) else (f,)
        with mp.workdps(6000):
            STEP = mpf(10) ** -500
            at, y_exact = exact(f), exact([y])
            value, slope, bend = loss(at, y_exact), slope_in(at, y_exact, loss), second_in(at, y_exact, loss)
            numbers = encode([value, *slope, *lower(bend)])
        result["at"].append({"f": encode(f), "y": encode([y]), "values": numbers})
    STEP = usual
    return result


write(
    "objective.json",
    {
        "cases": list(cases()),
        "inputGradients": [kink()],
        "extremes": [extreme(*each) for each in EXTREMES],
    },
)

"""Loss, prediction, derivative in the inputs, Jacobian, gradient and Hessian of small networks, from the loss alone.

    python3 tests/reference/derivatives.py

writes tests/reference/data/derivatives.json. All derivatives are central differences of the scalar loss (or of f) at 100
decimal digits with a step of 1e-25: truncation and cancellation are both near 1e-50. Needs mpmath.
"""

import random

from mpmath import mp, mpf

from model import ACTIVATIONS, encode, exact, loss, predict, remembered, write

mp.dps = 100
STEP = mpf(10) ** -25

# inputs, width, samples, beta
SHAPES = [(1, 5, 9, 0.52), (2, 7, 11, 0.75), (5, 5, 11, 0.52), (5, 7, 9, 0.75)]


def moved(theta, *changes):
    result = list(theta)
    for index, change in changes:
        result[index] += change
    return result


def case(name, inputs, width, samples, beta):
    draw = random.Random(f"{name} {inputs} {width} {samples} {beta}")
    count = width * (inputs + 2)
    theta64 = [draw.gauss(0, 1) for _ in range(width * (inputs + 1))] + [draw.uniform(-1, 1) for _ in range(width)]
    x64 = [draw.uniform(-1.5, 1.5) for _ in range(samples * inputs)]
    y64 = [draw.gauss(0, 1) for _ in range(samples)]
    sigma = remembered(name)
    theta, y = exact(theta64), exact(y64)
    xs = [exact(x64[m * inputs : (m + 1) * inputs]) for m in range(samples)]

    def at(*changes):
        return predict(sigma, beta, moved(theta, *changes), width, xs)

    value = loss(at(), y)
    ahead = [at((p, STEP)) for p in range(count)]
    behind = [at((p, -STEP)) for p in range(count)]
    jacobian = [[(ahead[p][m] - behind[p][m]) / (2 * STEP) for p in range(count)] for m in range(samples)]
    input_gradient = []
    for x in xs:
        for j in range(inputs):
            beside = [moved(x, (j, STEP)), moved(x, (j, -STEP))]
            up, down = predict(sigma, beta, theta, width, beside)
            input_gradient.append((up - down) / (2 * STEP))
    gradient = [(loss(ahead[p], y) - loss(behind[p], y)) / (2 * STEP) for p in range(count)]
    gauss_newton = [
        sum(jacobian[m][p] * jacobian[m][q] for m in range(samples)) / samples for p in range(count) for q in range(p + 1)
    ]
    result = {
        "activation": name,
        "inputs": inputs,
        "width": width,
        "samples": samples,
        "beta": beta,
        "theta": encode(theta64),
        "x": encode(x64),
        "y": encode(y64),
        "loss": encode([value]),
        "predict": encode(at()),
        "inputGradient": encode(input_gradient),
        "gradient": encode(gradient),
        "jacobian": encode(v for row in jacobian for v in row),
        "gaussNewton": encode(gauss_newton),
    }
    if name != "relu":
        hessian = []
        for p in range(count):
            for q in range(p):
                corners = [(i * j, loss(at((p, i * STEP), (q, j * STEP)), y)) for i in (1, -1) for j in (1, -1)]
                hessian.append(sum(sign * corner for sign, corner in corners) / (4 * STEP**2))
            hessian.append((loss(ahead[p], y) - 2 * value + loss(behind[p], y)) / STEP**2)
        result["hessian"] = encode(hessian)
    return result


write("derivatives.json", [case(name, *shape) for name in ACTIVATIONS for shape in SHAPES])

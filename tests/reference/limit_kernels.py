"""Expectations behind the kernels of the infinitely wide network, at 30 digits.

    python3 tests/reference/limit_kernels.py        (9 min)

For each activation and pair of points: E[sigma(a) sigma(b)] and E[sigma'(a) sigma'(b)], a = w . x + eta, b = w . x' + eta with standard
normal w and eta; writes tests/reference/data/limit-kernels.json. The double integral is a trapezoidal sum over both normal variables,
which for smooth integrands that decay like a Gaussian converges faster than any power of the step: two steps are compared. Derivatives
are central differences of sigma at 60 digits. ReLU has a kink: there the inner integral is done in closed form.
"""

import json

from mpmath import mp, mpf, ncdf, npdf, quad, sqrt

from model import ACTIVATIONS, DATA, SMOOTH

mp.dps = 30
PAIRS = [([0], [0]), ([0.25], [0.75]), ([1], [1]), ([-1], [1]), ([0.5], [0.5078125]), ([0.5, -1], [0.25, 0.75]), ([1, 1], [1, 1]), ([0.5, 1, -0.25], [-1, 0.5, 0.125])]


def dot(x, y):
    return sum((mpf(a) * mpf(b) for a, b in zip(x, y)), mpf(0))


def slope(sigma):
    def of(z):
        with mp.workdps(60):
            h = mpf(10) ** -20
            return (sigma(z + h) - sigma(z - h)) / (2 * h)

    return of


def trapezoid(f, g, aa, bb, ab, step):
    """E f(a) g(b) with a = sqrt(aa) u and b = (ab / sqrt(aa)) u + sqrt(det / aa) v."""
    root = sqrt(aa)
    along, across = ab / root, sqrt((aa * bb - ab * ab) / aa)
    count = int(12 / step)
    weights = {i: npdf(i * step) * step for i in range(-count, count + 1)}
    total = mpf(0)
    for i, weight in weights.items():
        u = i * step
        if across == 0:
            inner = g(along * u)
        else:
            inner = sum(w * g(along * u + across * j * step) for j, w in weights.items() if weight * w > mpf(10) ** -28)
        total += weight * f(root * u) * inner
    return total


def smooth(sigma, aa, bb, ab):
    result = []
    for f in (sigma, slope(sigma)):
        n, coarse = 8, trapezoid(f, f, aa, bb, ab, mpf(1) / 8)
        while True:
            n += 3
            fine = trapezoid(f, f, aa, bb, ab, mpf(1) / n)
            if abs(coarse - fine) < mpf(10) ** -16:
                break
            coarse = fine
        result.append(fine)
    return result


def relu(aa, bb, ab):
    root = sqrt(aa)
    along, across = ab / root, sqrt((aa * bb - ab * ab) / aa)

    def ramp(m):
        return max(m, 0) if across == 0 else m * ncdf(m / across) + across * npdf(m / across)

    def step(m):
        return mpf(m > 0) if across == 0 else ncdf(m / across)

    value = quad(lambda u: npdf(u) * root * u * ramp(along * u), [0, 1, 2, 4, 8, 16])
    slope = quad(lambda u: npdf(u) * step(along * u), [0, 1, 2, 4, 8, 16])
    return [value, slope]


def main():
    result = []
    for name in [*SMOOTH, "relu"]:
        for x, y in PAIRS:
            covariance = 1 + dot(x, x), 1 + dot(y, y), 1 + dot(x, y)
            value, slope = relu(*covariance) if name == "relu" else smooth(ACTIVATIONS[name], *covariance)
            result.append({"activation": name, "x": x, "y": y, "value": float(value), "slope": float(slope)})
            print(name, x, y, mp.nstr(value, 20), flush=True)
    (DATA / "limit-kernels.json").write_text(json.dumps(result, indent=1) + "\n")


main()

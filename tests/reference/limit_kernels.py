"""Expectations behind the kernels of the infinitely wide network, at 30 digits.

    python3 tests/reference/limit_kernels.py        (an hour and a half)

For each activation and pair of points: E[sigma(a) sigma(b)] and E[sigma'(a) sigma'(b)],
a = w . x + eta, b = w . x' + eta with standard normal w and eta; writes
tests/reference/data/limit-kernels.json. Derivatives are central differences of sigma at 60 digits.

Near the origin the double integral is a trapezoidal sum over both normal variables, which for
smooth integrands that decay like a Gaussian converges faster than any power of the step: two steps
are compared. ReLU has a kink: there the inner integral is done in closed form.

Far from it sigma is its step or ramp, whose integrals are elementary, and a rest that decays within
some tens and has a jump or a kink at 0. The rest is integrated by Gauss-Legendre on panels that
begin and end there, and where the normal density begins and ends.
"""

import json

from mpmath import acos, exp, mp, mpf, ncdf, npdf, pi, quad, sign, sqrt

from model import ACTIVATIONS, DATA, SMOOTH

mp.dps = 30
PAIRS = [([0], [0]), ([0.25], [0.75]), ([1], [1]), ([-1], [1]), ([0.5], [0.5078125]), ([0.5, -1], [0.25, 0.75]), ([1, 1], [1, 1]), ([0.5, 1, -0.25], [-1, 0.5, 0.125])]
FAR = [
    ([0.0009765625], [-0.001953125]),
    ([3], [2.5]),
    ([30], [-7]),
    ([0], [1000]),
    ([1000], [1000]),
    ([1000], [1000.5]),
    ([1000], [-1000]),
    ([1958], [2020]),
    ([100000], [100000]),
    ([100000], [-3]),
    ([100000], [99999]),
    ([1000, -30], [999, 40]),
    ([1000, 0], [0, 1000]),
    ([100000, 1, -2000], [3, 1000, 7]),
]


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


# The step or the ramp of an activation, and that of its derivative.
ZERO, SIGN, STEP, RAMP = range(4)
PARTS = {
    "tanh": (SIGN, ZERO),
    "erf": (SIGN, ZERO),
    "sigmoid": (STEP, ZERO),
    "softplus": (RAMP, STEP),
    "gelu": (RAMP, STEP),
    "relu": (RAMP, STEP),
}
# Beyond the last the rest is below 1e-20, and so is the weight of the normal distribution.
PANELS = [mpf(k) for k in (0, 1, 2, 3, 5, 8, 20, 48)]
NORMAL = [mpf(k) for k in (0, 2, 5, 10)]


def part_at(part, z):
    return [mpf(0), sign(z), (1 + sign(z)) / 2, max(z, mpf(0))][part]


def part_given(part, mean, deviation):
    """E part(mean + deviation v)"""
    if deviation == 0:
        return part_at(part, mean)
    u = mean / deviation
    if part == RAMP:
        return mean * ncdf(u) + deviation * npdf(u)
    return [mpf(0), 2 * ncdf(u) - 1, ncdf(u)][part]


def part_both(part, aa, bb, ab):
    """Sheppard for the steps, Cho and Saul for the ramps; twice the digits for what cancels."""
    with mp.workdps(80):
        cosine = max(min(ab / sqrt(aa * bb), mpf(1)), mpf(-1))
        angle = acos(cosine)
        if part == RAMP:
            return sqrt(aa * bb) * (sqrt(1 - cosine**2) + (pi - angle) * cosine) / (2 * pi)
        return [mpf(0), 1 - 2 * angle / pi, (pi - angle) / (2 * pi)][part]


def legendre(count):
    """Nodes and weights on [0, 1], by Newton's method on the Legendre polynomial."""
    rule = []
    for i in range(count):
        z = mp.cos(pi * (i + mpf(3) / 4) / (count + mpf(1) / 2))
        for _ in range(8):
            below, at = mpf(1), z
            for k in range(2, count + 1):
                below, at = at, ((2 * k - 1) * z * at - (k - 1) * below) / k
            slope = count * (z * at - below) / (z * z - 1)
            z -= at / slope
        rule.append(((1 + z) / 2, 1 / ((1 - z * z) * slope**2)))
    return rule


def integrate(f, breaks, low, high, rule):
    ends = sorted({low, high, *(b for b in breaks if low < b < high)})
    total = mpf(0)
    for p, q in zip(ends, ends[1:]):
        total += (q - p) * sum(w * f(p + (q - p) * t) for t, w in rule)
    return total


def mirrored(values):
    return [k * v for v in values for k in (-1, 1)]


def rests(f, part, whole, aa, bb, ab, rule):
    """E rest(a) other(b) given the law of a: other is the part of sigma alone, or all of sigma."""
    root, along = sqrt(aa), ab / aa
    with mp.workdps(80):
        deviation = sqrt((aa * bb - ab * ab) / aa)
    deviation = +deviation

    def rest(z):
        return f(z) - part_at(part, z)

    def inner(a):
        mean = along * a
        given = part_given(part, mean, deviation)
        if not whole:
            return given
        if deviation == 0:
            return given + rest(mean)
        low = max(mean - NORMAL[-1] * deviation, -PANELS[-1])
        high = min(mean + NORMAL[-1] * deviation, PANELS[-1])
        if low >= high:
            return given
        breaks = mirrored(PANELS) + [mean + k * deviation for k in mirrored(NORMAL)]
        density = lambda b: npdf((b - mean) / deviation) / deviation
        return given + integrate(lambda b: rest(b) * density(b), breaks, low, high, rule)

    breaks = mirrored(PANELS) + [k * root for k in mirrored(NORMAL)]
    if along != 0:
        breaks += [k * deviation / along for k in mirrored(NORMAL)]
    bound = min(PANELS[-1], NORMAL[-1] * root)
    outer = lambda a: rest(a) * npdf(a / root) / root * inner(a)
    return integrate(outer, breaks, -bound, bound, rule)


def far(name, aa, bb, ab):
    if name == "sin":
        with mp.workdps(80):
            less, more = exp(-(aa + bb - 2 * ab) / 2), exp(-(aa + bb + 2 * ab) / 2)
        return [(less - more) / 2, (less + more) / 2]
    if aa < bb:
        aa, bb = bb, aa
    result = []
    for f, part in zip((ACTIVATIONS[name], slope(ACTIVATIONS[name])), PARTS[name]):
        found = []
        for count in (14, 18):
            total = part_both(part, aa, bb, ab)
            if name != "relu":
                rule = legendre(count)
                total += rests(f, part, True, aa, bb, ab, rule)
                if part != ZERO:
                    total += rests(f, part, False, bb, aa, ab, rule)
            found.append(total)
        if abs(found[0] - found[1]) > mpf(10) ** -15 * abs(found[1]) + mpf(10) ** -26:
            raise ArithmeticError(f"{name}: {found}")
        result.append(found[1])
    return result


def main():
    result = []
    for name in [*SMOOTH, "relu"]:
        for x, y in PAIRS + FAR:
            covariance = 1 + dot(x, x), 1 + dot(y, y), 1 + dot(x, y)
            near = (x, y) in PAIRS
            value, slope = (
                (relu(*covariance) if name == "relu" else smooth(ACTIVATIONS[name], *covariance))
                if near
                else far(name, *covariance)
            )
            found = {"value": float(value), "slope": float(slope)}
            result.append({"activation": name, "x": x, "y": y, **found})
            print(name, x, y, mp.nstr(value, 20), flush=True)
    (DATA / "limit-kernels.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()

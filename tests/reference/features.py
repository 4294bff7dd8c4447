"""Partial derivatives of a network, and theirs in its parameters, at 60 digits.

    python3 tests/reference/features.py        (ten seconds)

Central differences of the definition, nested once for each coordinate and parameter, at a precision at which neither
their truncation nor their cancellation reaches 60 digits. Writes tests/reference/data/features.json: for each activation
and number of inputs the features (an output and a multi-index), their values at each point, their first derivatives in
the parameters (w, eta, c of each neuron in turn), and the second ones, packed lower triangles.
"""

import json
from functools import lru_cache

from mpmath import mp, mpf

from model import ACTIVATIONS, DATA, SMOOTH

# Six differences of step 1e-40 cancel 240 digits; their truncation is of order 1e-80.
mp.dps = 320
STEP = mpf(10) ** -40
WIDTH = 2
FEATURES = {
    1: [(0, a) for a in ([0], [1], [2], [3], [4])],
    2: [(o, a) for o, a in enumerate(([0, 0], [1, 0], [0, 2], [1, 1], [2, 1], [0, 3], [2, 2], [1, 3], [4, 0]))],
    3: [(o, a) for o, a in enumerate(([0, 0, 0], [0, 1, 0], [1, 0, 1], [0, 0, 2], [1, 1, 1], [2, 0, 1], [2, 1, 1], [0, 2, 2], [0, 0, 4]))],
}


def numbers(count, seed):
    """Multiples of 1/64 in [-1.25, 1.25], which are exact in float64."""
    state, result = seed, []
    for _ in range(count):
        state = (1103515245 * state + 12345) % 2**31
        result.append(((state >> 8) % 161 - 80) / 64)
    return result


def differenced(f, arguments, directions):
    """The mixed derivative of f at the arguments, in each of the directions once."""
    if not directions:
        return f(arguments)
    first, rest = directions[0], directions[1:]
    ends = []
    for step in (STEP, -STEP):
        moved = list(arguments)
        moved[first] += step
        ends.append(differenced(f, tuple(moved), rest))
    return (ends[0] - ends[1]) / (2 * STEP)


def case(name, d):
    sigma = lru_cache(maxsize=None)(ACTIVATIONS[name])
    k, local = d, d + 1 + d
    neurons = [numbers(local, 7 * d + i + 1) for i in range(WIDTH)]
    points = [numbers(d, 31 * d + m + 5) for m in range(3)]
    features = [(o % k, a) for o, a in FEATURES[d]]
    values, firsts, seconds = [], [], []
    for o, a in features:
        # Of (x, w, eta, c).
        def output(v):
            z = sum((v[d + j] * v[j] for j in range(d)), v[2 * d])
            return v[2 * d + 1 + o] * sigma(z)

        along = [j for j, times in enumerate(a) for _ in range(times)]
        for x in points:
            total, first, second = mpf(0), [], []
            for neuron in neurons:
                at = tuple(mpf(v) for v in x + neuron)
                total += differenced(output, at, along)
                for p in range(local):
                    first.append(float(differenced(output, at, along + [d + p])))
                    for q in range(p + 1):
                        both = 0 if p > d and q > d else differenced(output, at, along + [d + p, d + q])
                        second.append(float(both))
            values.append(float(total))
            firsts.append(first)
            seconds.append(second)
    return {
        "activation": name,
        "inputs": d,
        "outputs": k,
        "neurons": neurons,
        "points": points,
        "features": [{"output": o, "exponents": a} for o, a in features],
        "values": values,
        "firsts": firsts,
        "seconds": seconds,
    }


def main():
    cases = [case(name, d) for name in SMOOTH for d in FEATURES]
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    (DATA / "features.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()

"""Random numbers: Philox4x32-10 by itself, and the initial parameters that are made of them at high precision.

    python3 tests/reference/philox.py

writes tests/reference/data/philox.json. The first three vectors are those of the known-answer file of Random123
(D. E. Shaw Research), which this implementation has to reproduce; the others come from it. Needs mpmath.
"""

import random

from mpmath import cos, log, mp, mpf, pi, sin, sqrt

from model import encode, write

mp.dps = 50
MASK = 0xFFFFFFFF

# Counter, key and block from the known-answer file: all zeros, all ones, digits of pi.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text):
    return [int(word, 16) for word in text.split()]


def philox(counter, key):
    """Ten rounds of two 32 x 32 bit products; Salmon et al., SC 2011, section 3.3."""
    a, b, c, d = counter
    for i in range(10):
        left, right = 0xD2511F53 * a, 0xCD9E8D57 * c
        k0, k1 = (key[0] + i * 0x9E3779B9) & MASK, (key[1] + i * 0xBB67AE85) & MASK
        a, b, c, d = (right >> 32) ^ b ^ k0, right & MASK, (left >> 32) ^ d ^ k1, left & MASK
    return [a, b, c, d]


def values(seed, stream, block):
    """Two integers of 53 bits, the upper ones of each half of a block."""
    a, b, c, d = philox([block, 0, stream, 0], [seed & MASK, seed >> 32])
    return (b << 32 | a) >> 11, (d << 32 | c) >> 11


def normals(seed, stream, count):
    """Box-Muller on u in (0, 1] and v in [0, 1): radius sqrt(-2 log u), angle 2 pi v."""
    result = []
    for block in range((count + 1) // 2):
        first, second = values(seed, stream, block)
        radius = sqrt(-2 * log(mpf(first + 1) / 2**53))
        angle = 2 * pi * mpf(second) / 2**53
        result += [radius * cos(angle), radius * sin(angle)]
    return result[:count]


def uniforms(seed, stream, count):
    """[-1, 1)"""
    result = []
    for block in range((count + 1) // 2):
        result += [2 * mpf(v) / 2**53 - 1 for v in values(seed, stream, block)]
    return result[:count]


for counter, key, block in KNOWN:
    assert philox(words(counter), words(key)) == words(block), counter


def main():
    draw = random.Random("philox")
    vectors = [{"counter": words(counter), "key": words(key), "block": words(block)} for counter, key, block in KNOWN]
    for _ in range(50):
        counter, key = [draw.getrandbits(32) for _ in range(4)], [draw.getrandbits(32) for _ in range(2)]
        vectors.append({"counter": counter, "key": key, "block": philox(counter, key)})

    SHAPES = [(0, 101, 1), (1, 67, 3), (2**32, 33, 1), (2**32, 67, 3), (2**53 - 1, 101, 1), (2**53 - 1, 33, 3)]
    parameters = [
        {
            "seed": seed,
            "width": width,
            "inputs": inputs,
            "w": encode(normals(seed, 0, width * inputs)),
            "eta": encode(normals(seed, 1, width)),
            "c": encode(uniforms(seed, 2, width)),
        }
        for seed, width, inputs in SHAPES
    ]
    write("philox.json", {"vectors": vectors, "parameters": parameters})


if __name__ == "__main__":
    main()

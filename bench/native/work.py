"""The native side of bench/native.mjs: runs the same work with SciPy's OpenBLAS, one request a line.

Request:  work size repetitions      Answer: seconds, one number a line, of each repetition alone
"""

import sys
import time

import numpy as np
import scipy
from scipy.linalg import blas, lapack


def definite(n):
    a = np.sin(np.arange(n * n, dtype=float)).reshape(n, n, order="F")
    return np.asfortranarray((a + a.T) / 2 + 2 * n * np.eye(n))


def potrf(n):
    a = definite(n)

    def run():
        work = a.copy(order="F")
        start = time.perf_counter()
        _, info = lapack.dpotrf(work, lower=1, overwrite_a=1, clean=0)
        assert info == 0
        return time.perf_counter() - start

    return run


def sytrf(n):
    a = np.asfortranarray(np.sin(1.37 * np.arange(n * n)).reshape(n, n))
    lwork = int(lapack.dsytrf_lwork(n)[0])

    def run():
        work = a.copy(order="F")
        start = time.perf_counter()
        _, _, info = lapack.dsytrf(work, lwork=lwork, overwrite_a=1)
        assert info == 0
        return time.perf_counter() - start

    return run


def posv(n):
    a = definite(n)
    b = np.cos(np.arange(n, dtype=float))

    def run():
        work, right = a.copy(order="F"), b.copy()
        start = time.perf_counter()
        c, info = lapack.dpotrf(work, lower=1, overwrite_a=1, clean=0)
        lapack.dpotrs(c, right, lower=1, overwrite_b=1)
        assert info == 0
        return time.perf_counter() - start

    return run


def syrk(n):
    a = np.asfortranarray(np.sin(np.arange(n * 128, dtype=float)).reshape(n, 128))
    c = np.zeros((n, n), order="F")

    def run():
        start = time.perf_counter()
        blas.dsyrk(1e-9, a, beta=1.0, c=c, lower=1, overwrite_c=1)
        return time.perf_counter() - start

    return run


def newton(n):
    """One dense regularized Gauss-Newton step of the published problem from given parameters: assembly, factor, solve."""
    m = 128
    x = np.linspace(0, 1, m)
    i = np.arange(n)
    w, eta, c = np.sin(3 * i + 1.0), np.cos(5 * i), np.sin(7 * i)
    y = 4 * x + np.sin(2 * np.pi * x)
    s = n**-0.52

    def run():
        start = time.perf_counter()
        t = np.tanh(np.outer(w, x) + eta[:, None])
        d = (1 - t * t) * (s * c)[:, None]
        j = np.asfortranarray(np.concatenate([d * x, d, s * t]))
        r = s * (c @ t) - y
        h = blas.dsyrk(1 / m, j, lower=1)
        h[np.diag_indices(3 * n)] += 1.0
        g = j @ r / m
        f, info = lapack.dpotrf(h, lower=1, overwrite_a=1, clean=0)
        lapack.dpotrs(f, g, lower=1, overwrite_b=1)
        assert info == 0
        return time.perf_counter() - start

    return run


WORK = {"potrf": potrf, "sytrf": sytrf, "posv": posv, "syrk": syrk, "newton": newton}

print(f"NumPy {np.__version__}, SciPy {scipy.__version__}", flush=True)
prepared = {}
for line in sys.stdin:
    name, size = line.split()
    key = (name, int(size))
    if key not in prepared:
        prepared.clear()
        prepared[key] = WORK[name](key[1])
        prepared[key]()
    print(prepared[key](), flush=True)

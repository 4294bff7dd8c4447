"""An exact Gaussian process in NumPy and SciPy: a squared-exponential kernel with a length for each input (ARD), and noise."""

import time

import numpy as np
import scipy
from scipy.linalg import cho_solve, cholesky, lapack, solve_triangular
from scipy.optimize import minimize

VERSION = f"NumPy {np.__version__}, SciPy {scipy.__version__}"
# Rows whose marginal likelihood chooses the lengths, of which each evaluation takes a cube; the prediction takes all.
LEARNED = 2000
# Of the signal's variance, on the diagonal: what keeps a kernel without noise positive definite in float64.
JITTER = 1e-9


def distances(a, b, lengths):
    a, b = a / lengths, b / lengths
    return np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T, 0)


def negative_log_likelihood(theta, x, y):
    """log lengths, log signal deviation, log noise deviation; with its gradient."""
    lengths, s2, n2 = np.exp(theta[:-2]), np.exp(2 * theta[-2]), np.exp(2 * theta[-1])
    k = s2 * np.exp(-0.5 * distances(x, x, lengths))
    try:
        factor = cholesky(k + (n2 + JITTER * s2) * np.eye(len(x)), lower=True)
    except np.linalg.LinAlgError:
        return 1e25, np.zeros_like(theta)
    alpha = cho_solve((factor, True), y)
    value = 0.5 * y @ alpha + np.log(np.diag(factor)).sum() + 0.5 * len(y) * np.log(2 * np.pi)
    inverse = lapack.dpotri(factor, lower=1)[0]
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    w = inverse - np.outer(alpha, alpha)
    wk = w * k
    # sum_mn (w k)_mn (x_m - x_n)^2 / 2, one input at a time and without a matrix for each.
    rows, columns = wk.sum(1), x.T @ wk
    gradient = [((x[:, j] ** 2) @ rows - columns[j] @ x[:, j]) / lengths[j] ** 2 for j in range(x.shape[1])]
    return value, np.array([*gradient, wk.sum() + JITTER * s2 * np.trace(w), n2 * np.trace(w)])


def fit(x, y, seed):
    generator = np.random.default_rng(seed)
    some = generator.permutation(len(x))[:LEARNED]
    best = None
    for s2, length in ((1.0, 1.0), (1.0, 3.0)):
        start = np.log(np.r_[np.full(x.shape[1], length), s2, 0.3])
        # Without bounds: with them the first trial is at their corner.
        found = minimize(negative_log_likelihood, start, (x[some], y[some]), jac=True, method="L-BFGS-B", options={"maxiter": 200})
        if best is None or found.fun < best.fun:
            best = found
    lengths, s2, n2 = np.exp(best.x[:-2]), np.exp(2 * best.x[-2]), np.exp(2 * best.x[-1])
    k = s2 * np.exp(-0.5 * distances(x, x, lengths))
    factor = cholesky(k + (n2 + JITTER * s2) * np.eye(len(x)), lower=True)
    return lengths, s2, n2, factor, cho_solve((factor, True), y)


def regress(x, y, test, seed):
    x, y, test = np.array(x), np.array(y), np.array(test)
    start = time.perf_counter()
    scale = x.std(0)
    scale[scale == 0] = 1
    standard = lambda rows: (rows - x.mean(0)) / scale
    mean, sd = y.mean(), y.std()
    lengths, s2, n2, factor, alpha = fit(standard(x), (y - mean) / sd, seed)
    seconds = time.perf_counter() - start
    cross = s2 * np.exp(-0.5 * distances(standard(test), standard(x), lengths))
    half = solve_triangular(factor, cross.T, lower=True)
    variance = s2 + n2 - (half * half).sum(0)
    return {"mean": (mean + sd * cross @ alpha).tolist(), "sd": (sd * np.sqrt(variance)).tolist(), "seconds": seconds}


OWN_PROBLEM = True
METHODS = {"regress": regress}

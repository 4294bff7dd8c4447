"""SciPy's L-BFGS-B, and the function-space Newton step in NumPy with OpenBLAS."""

import time

import numpy as np
import scipy
from scipy.linalg import blas, cho_factor, cho_solve
from scipy.optimize import minimize

from marks import Marks

VERSION = f"NumPy {np.__version__}, SciPy {scipy.__version__}"


class Enough(Exception):
    pass


def lbfgs(problem, theta, levels, seconds):
    """50 corrections, the gradient in closed form."""
    marks = Marks(levels, seconds)

    def after(intermediate_result):
        if marks(intermediate_result.fun):
            raise Enough

    options = {"maxcor": 50, "maxiter": 10**9, "maxfun": 10**9, "ftol": 0, "gtol": 0}
    try:
        minimize(problem.loss_and_gradient, theta, jac=True, method="L-BFGS-B", options=options, callback=after)
    except Enough:
        pass
    return marks.answer()


class FunctionSpace:
    """The regularized Newton step by way of C = M I + J B^-1 J^T, with absolute curvature of the blocks, at one point."""

    def __init__(self, problem, theta):
        x, self.m = problem.x, problem.x.size
        w, eta, c, s = problem.parts(theta)
        width = w.size
        t = np.tanh(np.outer(w, x) + eta[:, None])
        d1 = 1 - t * t
        self.d2 = -2 * t * d1
        self.d1, self.s, self.x, self.c = d1, s, x, c
        self.r = s * (c @ t) - problem.y
        jacobian = np.empty((width, 3, self.m))
        np.multiply(d1, (s * c)[:, None], out=jacobian[:, 1])
        np.multiply(jacobian[:, 1], x, out=jacobian[:, 0])
        np.multiply(t, s, out=jacobian[:, 2])
        curved = (self.d2 * self.r) @ np.stack([x * x, x, np.ones_like(x)], 1) * (s / self.m * c)[:, None]
        slope = (d1 * self.r) @ np.stack([x, np.ones_like(x)], 1) * (s / self.m)
        self.blocks = np.zeros((width, 3, 3))
        self.blocks[:, 0, 0], self.blocks[:, 0, 1], self.blocks[:, 1, 1] = curved.T
        self.blocks[:, 1, 0] = self.blocks[:, 0, 1]
        self.blocks[:, :2, 2] = self.blocks[:, 2, :2] = slope
        self.eigenvalues, self.vectors = np.linalg.eigh(self.blocks)
        self.rotated = np.matmul(self.vectors.transpose(0, 2, 1), jacobian)
        self.gradient = (jacobian @ self.r / self.m).T.ravel()

    def factor(self, gamma):
        self.weights = 1 / (np.abs(self.eigenvalues) + gamma)
        scaled = (np.sqrt(self.weights)[:, :, None] * self.rotated).reshape(-1, self.m)
        c = blas.dsyrk(1.0, scaled.T, lower=1)
        c[np.diag_indices(self.m)] += self.m
        self.factors = cho_factor(c, lower=True)

    def solve(self, right):
        """B^-1 J^T C^-1 right, in the order of theta."""
        v = cho_solve(self.factors, right)
        step = np.einsum("iab,ib->ia", self.vectors, self.weights * (self.rotated @ v))
        return step.T.ravel()

    def second_derivative(self, step):
        """Of f twice along the step: per neuron c sigma''(z) dz^2 + 2 dc sigma'(z) dz."""
        u = step.reshape(3, -1)
        dz = np.outer(u[0], self.x) + u[1][:, None]
        return self.s * np.sum(self.c[:, None] * self.d2 * dz * dz + 2 * u[2][:, None] * self.d1 * dz, axis=0)


def newton(problem, theta, levels, seconds, accelerate=True):
    """Absolute curvature, geodesic acceleration, gamma x3 when a try fails and /10 when it does not."""
    marks = Marks(levels, seconds)
    gamma, loss = 1e-3, problem.loss(theta)
    while True:
        here = FunctionSpace(problem, theta)
        while True:
            here.factor(gamma)
            step = here.solve(here.r)
            move = -step
            if accelerate:
                a = here.solve(here.second_derivative(step))
                bent = 2 * np.linalg.norm(a) <= BEND * np.linalg.norm(step)
                move = move - 0.5 * a
            after = problem.loss(theta + move)
            if after < loss and (not accelerate or bent):
                break
            gamma = min(3 * gamma, 1e6)
        theta, loss, gamma = theta + move, after, max(gamma / 10, 1e-18)
        if marks(loss):
            return marks.answer()


BEND = 0.75


def step(problem, theta, gamma, repetitions=1):
    """Seconds of one regularized step from linearization to the new parameters, and what it moved."""
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        here = FunctionSpace(problem, theta)
        here.factor(gamma)
        after = theta - here.solve(here.r)
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds, "norm": float(np.linalg.norm(after - theta))}


def solve(problem, theta, n, repetitions):
    """The symmetric positive definite system of bench/peers/js/problems.mjs, by potrf and potrs."""
    i = np.arange(n)
    matrix, b = np.exp(-np.abs(i[:, None] - i) / 10) + np.eye(n), np.ones(n)
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        x = cho_solve(cho_factor(matrix, lower=True), b)
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds, "residual": float(np.linalg.norm(matrix @ x - b) / n**0.5)}


def gauss_newton(problem, theta, gamma, repetitions):
    """One dense regularized Gauss-Newton step, from parameters to the loss at the new ones."""
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        x, m = problem.x, problem.x.size
        w, eta, c, s = problem.parts(theta)
        t = np.tanh(np.outer(x, w) + eta)
        slope = s * c * (1 - t * t)
        jacobian = np.hstack([slope * x[:, None], slope, s * t])
        r = s * (t @ c) - problem.y
        h = blas.dsyrk(1 / m, jacobian.T, lower=1)
        h[np.diag_indices(theta.size)] += gamma
        after = theta - cho_solve(cho_factor(h, lower=True), jacobian.T @ r / m)
        loss = problem.loss(after)
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds, "loss": float(loss)}


METHODS = {"lbfgs": lbfgs, "newton": newton, "step": step, "solve": solve, "gaussNewton": gauss_newton}

"""The classification of bench/classification.mjs in NumPy: cross-entropy of a network of one hidden layer, and a penalty."""

import base64
import time

import numpy as np


class Classification:
    def __init__(self, theta, x, labels, inputs, width, classes, beta, penalty, **_):
        self.theta = np.frombuffer(base64.b64decode(theta), dtype="<f8").copy()
        self.x, self.labels = np.array(x), np.array(labels)
        self.inputs, self.width, self.classes = inputs, width, classes
        self.scale, self.penalty = width**-beta, penalty

    def parts(self, theta):
        """w (N x d), eta (N), c (N x k)."""
        w, eta = self.width * self.inputs, self.width * (self.inputs + 1)
        return theta[:w].reshape(self.width, self.inputs), theta[w:eta], theta[eta:].reshape(self.width, self.classes)

    def loss_and_gradient(self, theta):
        w, eta, c = self.parts(theta)
        t = np.tanh(self.x @ w.T + eta)
        f = self.scale * (t @ c)
        f -= f.max(1, keepdims=True)
        e = np.exp(f)
        total = e.sum(1, keepdims=True)
        rows = np.arange(len(f))
        loss = np.mean(np.log(total[:, 0]) - f[rows, self.labels]) + 0.5 * self.penalty * theta @ theta
        rho = e / total
        rho[rows, self.labels] -= 1
        rho *= self.scale / len(f)
        back = (rho @ c.T) * (1 - t * t)
        return loss, np.r_[(back.T @ self.x).ravel(), back.sum(0), (t.T @ rho).ravel()] + self.penalty * theta


class Descent:
    """Call it with each gradient; it is true when there is nothing more to wait for."""

    def __init__(self, tolerance, seconds):
        self.tolerance, self.limit, self.steps, self.smallest = tolerance, seconds, 0, float("inf")
        self.start = time.perf_counter()

    def __call__(self, norm, loss):
        self.steps, self.loss = self.steps + 1, loss
        self.seconds = time.perf_counter() - self.start
        self.smallest = min(self.smallest, norm)
        return norm <= self.tolerance or self.seconds > self.limit

    def answer(self):
        reached = self.smallest <= self.tolerance
        return {"steps": self.steps, "gradientNorm": self.smallest, "loss": self.loss, "seconds": self.seconds, "reached": reached}

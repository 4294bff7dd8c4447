"""The network with one input and tanh, in NumPy: f(x) = N^-beta sum_i c_i tanh(w_i x + eta_i)."""

import numpy as np


class Problem:
    def __init__(self, x, y, beta):
        self.x, self.y, self.beta = x, y, beta

    def parts(self, theta):
        """w, eta, c and the scale N^-beta."""
        width = theta.size // 3
        return theta[:width], theta[width : 2 * width], theta[2 * width :], width**-self.beta

    def residual(self, theta):
        w, eta, c, scale = self.parts(theta)
        return scale * (c @ np.tanh(np.outer(w, self.x) + eta[:, None])) - self.y

    def loss(self, theta):
        return 0.5 * np.mean(self.residual(theta) ** 2)

    def loss_and_gradient(self, theta):
        w, eta, c, scale = self.parts(theta)
        t = np.tanh(np.outer(w, self.x) + eta[:, None])
        r = scale * (c @ t) - self.y
        back = (scale / r.size) * c * ((1 - t * t) * r).dot(np.stack([self.x, np.ones_like(r)], 1)).T
        return 0.5 * np.mean(r * r), np.concatenate([*back, (scale / r.size) * (t @ r)])

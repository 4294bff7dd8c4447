"""The published training methods as their authors run them, with PyTorch's automatic differentiation: float64, one thread.

Newton and Gauss-Newton (arXiv:2605.08352): conjugate gradients from zero without a preconditioner, at most 10 iterations or a relative
residual of 1e-4; a direction without positive curvature rejects the try. Damping from 1e-8; at most 6 tries a step; x2 after one that
fails, up to 1e2, x0.8 after one that does not, down to 1e-12.
"""

import time

import torch

from marks import Marks

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
VERSION = f"PyTorch {torch.__version__}"


class Model:
    def __init__(self, problem):
        self.x, self.y = torch.tensor(problem.x), torch.tensor(problem.y)
        self.beta = problem.beta

    def output(self, theta):
        w, eta, c = theta.view(3, -1)
        return w.numel() ** -self.beta * (torch.tanh(self.x[:, None] * w + eta) @ c)

    def loss(self, theta):
        return 0.5 * torch.mean((self.output(theta) - self.y) ** 2)


def hessian_product(model, theta):
    """g and v -> H v by differentiating the gradient."""
    point = theta.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model.loss(point), point, create_graph=True)
    return gradient.detach(), lambda v: torch.autograd.grad(gradient, point, v, retain_graph=True)[0]


def gauss_newton_product(model, theta):
    """g and v -> J^T J v / M: backward through the output, and forward as a backward through that."""
    point = theta.clone().requires_grad_()
    output = model.output(point)
    dummy = torch.zeros_like(output, requires_grad=True)
    (pulled,) = torch.autograd.grad(output, point, dummy, create_graph=True)
    residual = output.detach() - model.y

    def product(v):
        (pushed,) = torch.autograd.grad(pulled, dummy, v, retain_graph=True)
        return torch.autograd.grad(output, point, pushed / pushed.numel(), retain_graph=True)[0]

    (gradient,) = torch.autograd.grad(output, point, residual / residual.numel(), retain_graph=True)
    return gradient, product


def conjugate_gradients(product, gamma, b, iterations=10, tolerance=1e-4):
    """Solves (H + gamma I) s = b; None where a direction has no positive curvature."""
    s, r = torch.zeros_like(b), b.clone()
    p, rr = r.clone(), r @ r
    for _ in range(iterations):
        q = product(p) + gamma * p
        curvature = p @ q
        if curvature <= 0:
            return None
        alpha = rr / curvature
        s, r = s + alpha * p, r - alpha * q
        previous, rr = rr, r @ r
        if rr.sqrt() <= tolerance * b.norm():
            break
        p = r + (rr / previous) * p
    return s


def damped(linearize):
    def run(problem, theta, levels, seconds):
        model, theta, marks = Model(problem), torch.tensor(theta), Marks(levels, seconds)
        gamma, loss = 1e-8, float(model.loss(theta))
        while True:
            gradient, product = linearize(model, theta)
            for _ in range(6):
                s = conjugate_gradients(product, gamma, gradient)
                after = float("inf") if s is None else float(model.loss(theta - s))
                if after < loss:
                    theta, loss, gamma = theta - s, after, max(0.8 * gamma, 1e-12)
                    break
                gamma = min(2 * gamma, 1e2)
            if marks(loss):
                return marks.answer()

    return run


def first_order(optimizer):
    def run(problem, theta, levels, seconds, rate):
        model, marks = Model(problem), Marks(levels, seconds)
        point = torch.tensor(theta, requires_grad=True)
        steps = optimizer([point], lr=rate)
        while True:
            steps.zero_grad()
            loss = model.loss(point)
            loss.backward()
            if marks(float(loss)):
                return marks.answer()
            steps.step()

    return run


def steps(problem, theta, seconds):
    """Steps of Adam a second."""
    model, point = Model(problem), torch.tensor(theta, requires_grad=True)
    optimizer, count, start = torch.optim.Adam([point], lr=1e-3), 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        optimizer.zero_grad()
        model.loss(point).backward()
        optimizer.step()
        count += 1
    return {"perSecond": count / (time.perf_counter() - start)}


METHODS = {
    "steps": steps,
    "newton": damped(hessian_product),
    "gauss-newton": damped(gauss_newton_product),
    "adam": first_order(torch.optim.Adam),
    "gd": first_order(torch.optim.SGD),
}

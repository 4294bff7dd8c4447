"""Adam of PyTorch on a classification: float64, one thread, automatic differentiation."""

import torch

from softmax import Classification, Descent

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
VERSION = f"PyTorch {torch.__version__}"


def classify(tolerance, seconds, rate, **request):
    problem = Classification(**request)
    x, labels = torch.tensor(problem.x), torch.tensor(problem.labels)
    parts = [torch.tensor(part, requires_grad=True) for part in problem.parts(problem.theta)]
    w, eta, c = parts
    optimizer, descent = torch.optim.Adam(parts, lr=rate), Descent(tolerance, seconds)
    while True:
        optimizer.zero_grad()
        f = problem.scale * (torch.tanh(x @ w.T + eta) @ c)
        loss = torch.nn.functional.cross_entropy(f, labels)
        loss = loss + 0.5 * problem.penalty * sum((part * part).sum() for part in parts)
        loss.backward()
        norm = sum((part.grad * part.grad).sum() for part in parts).sqrt()
        if descent(float(norm), float(loss)):
            return descent.answer()
        optimizer.step()


OWN_PROBLEM = True
METHODS = {"classify": classify}

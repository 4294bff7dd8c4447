"""When a loss first fell to each level."""

import time


class Marks:
    """Call it after each step with the loss; it is true when there is nothing more to wait for."""

    def __init__(self, levels, seconds):
        self.levels, self.limit = sorted(levels, reverse=True), seconds
        self.reached = []
        self.steps, self.best = 0, float("inf")
        self.start = time.perf_counter()

    def __call__(self, loss):
        self.steps += 1
        self.best = min(self.best, loss)
        seconds = time.perf_counter() - self.start
        while len(self.reached) < len(self.levels) and loss <= self.levels[len(self.reached)]:
            self.reached.append({"loss": self.levels[len(self.reached)], "steps": self.steps, "seconds": seconds})
        return len(self.reached) == len(self.levels) or seconds > self.limit

    def answer(self):
        return {"reached": self.reached, "loss": self.best, "steps": self.steps, "seconds": time.perf_counter() - self.start}

"""Regressors of scikit-learn with its defaults, columns standardized where they ask for it."""

import time
import warnings

import numpy as np
import sklearn
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
VERSION = f"scikit-learn {sklearn.__version__}"
# Its gradient of the likelihood takes a matrix of all pairs of rows for each length.
MOST_ROWS = 3000


def process(inputs, seed):
    kernel = ConstantKernel() * RBF(np.ones(inputs), (1e-2, 1e3)) + WhiteKernel(0.1)
    return make_pipeline(StandardScaler(), GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed))


def perceptron(inputs, seed):
    network = make_pipeline(StandardScaler(), MLPRegressor(max_iter=1000, random_state=seed))
    return TransformedTargetRegressor(network, transformer=StandardScaler())


MODELS = {
    "boosting": lambda inputs, seed: GradientBoostingRegressor(random_state=seed),
    "perceptron": perceptron,
    "process": process,
}


def regress(x, y, test, seed, model):
    if model == "process" and len(x) > MOST_ROWS:
        return {"error": f"takes a matrix for each input beyond {MOST_ROWS} rows"}
    x, y, test = np.array(x), np.array(y), np.array(test)
    start = time.perf_counter()
    fitted = MODELS[model](x.shape[1], seed).fit(x, y)
    seconds = time.perf_counter() - start
    if model != "process":
        return {"mean": fitted.predict(test).tolist(), "seconds": seconds}
    mean, sd = fitted.predict(test, return_std=True)
    return {"mean": mean.tolist(), "sd": sd.tolist(), "seconds": seconds}


OWN_PROBLEM = True
METHODS = {"regress": regress}

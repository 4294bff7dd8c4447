"""Expressions with their first and second partial derivatives, to 60 digits.

Writes data/expressions.json, which expressions.test.ts reads:

    python3 tests/reference/expressions.py
"""

import json
import pathlib

import mpmath as mp

mp.mp.dps = 60

# The variables of each formula are those of this list that it names, in the order of their first
# appearance, and last the parameter.
FEATURES = ["u", "u_x", "v_tt"]
POINT = {
    "t": 0.3125, "x": 0.6875, "data": 0.90625, "k": 0.8125,
    "u": 1.109375, "u_x": -0.4140625, "v_tt": 0.6015625, "nu": 0.25,
}  # fmt: skip
FORMULAS = [
    "u*u_x + k*v_tt - data*x",
    "u*u_x*v_tt*k",
    "u/(u_x - v_tt)",
    "(u - k)/(u + v_tt)/u_x",
    "1/u - u_x/v_tt",
    "u^2 - u_x^3 + v_tt^4",
    "u^-1 + v_tt^-2 + k^-3",
    "u^0.5*v_tt^1.5 + u^2.5",
    "u_x^5 - u_x^6 + u_x^7",
    "(u + u_x)^0 + u^1",
    "u^k",
    "u^u",
    "(u^2 + v_tt^2)^(k/2)",
    "exp(u*u_x) + exp(-30*u)",
    "exp(exp(v_tt))",
    "log(u) + log(v_tt)*u_x",
    "log(1 + exp(u_x))",
    "log(u^2 + u_x^2)/2",
    "sin(3*u) + cos(4*u_x)",
    "sin(u*v_tt)*cos(u_x + k)",
    "sin(100*u)*u_x",
    "tanh(u) + tanh(5*u_x)",
    "tanh(u*u_x*k)",
    "tanh(0.001*u) + tanh(12*v_tt)",
    "sqrt(u) + sqrt(v_tt)*u_x",
    "sqrt(u^2 + u_x^2 + v_tt^2)",
    "abs(u_x) + abs(u)*v_tt",
    "abs(u_x)^1.5",
    "u/sqrt(1 + u_x^2)",
    "k*u*(1 - u) - nu*u_x",
    "exp(-u^2/2)*sin(pi*x)",
    "sin(cos(tanh(exp(u_x - v_tt))))",
    "u_x*exp(k*u)/(1 + k*exp(k*u))",
    "-(u - u_x)^2 + -u^2*k",
    "t*x*data",
]


def names_of(formula):
    return {**{name: mp.mpf(value) for name, value in POINT.items()}, "pi": mp.pi}


def evaluated(formula, values):
    functions = {
        "exp": mp.exp, "log": mp.log, "sin": mp.sin, "cos": mp.cos,
        "tanh": mp.tanh, "sqrt": mp.sqrt, "abs": abs,
    }  # fmt: skip
    scope = {**names_of(formula), **functions, **values}
    # Decimal fractions are the float64 numbers that the parser makes of them.
    return eval(formula.replace("^", "**"), {"__builtins__": {}}, scope) * mp.mpf(1)


def case(formula):
    places = [(formula_names(formula).index(f), f) for f in FEATURES if f in formula_names(formula)]
    variables = [f for _, f in sorted(places)] + ["k"]
    at = [mp.mpf(POINT[v]) for v in variables]

    def function(*values):
        return evaluated(formula, dict(zip(variables, values)))

    def derivative(*indices):
        orders = tuple(indices.count(v) for v in range(len(variables)))
        if variables_used(formula, variables, orders):
            return float(mp.diff(function, tuple(at), orders))
        return 0.0

    count = range(len(variables))
    return {
        "formula": formula,
        "features": variables[:-1],
        "value": float(function(*at)),
        "first": [derivative(u) for u in count],
        "second": [derivative(u, v) for u in count for v in range(u + 1)],
    }


def formula_names(formula):
    import re

    return re.findall(r"[a-z]\w*", formula)


def variables_used(formula, variables, orders):
    return all(v in formula_names(formula) for v, n in zip(variables, orders) if n > 0)


if __name__ == "__main__":
    path = pathlib.Path(__file__).parent / "data/expressions.json"
    data = {"point": POINT, "cases": [case(formula) for formula in FORMULAS]}
    path.write_text(json.dumps(data, indent=1) + "\n")

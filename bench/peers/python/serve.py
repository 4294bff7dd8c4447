"""A peer process of the benchmarks: one request a line, one answer a line, both JSON.

    python3 serve.py MODULE        MODULE is one beside this one

The first line out names the module's libraries and versions. A request has a `method`, the problem (`theta` as base64 of little-endian
float64 in the order all w, all eta, all c; `x`, `y`, `beta`) and what the method needs beside it. A module with `OWN_PROBLEM` has problems
of another kind, which its methods read themselves.
"""

import base64
import importlib
import json
import resource
import sys

import numpy as np

from model import Problem

peers = importlib.import_module(sys.argv[1])
print(json.dumps({"version": peers.VERSION}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    method = peers.METHODS[request.pop("method")]
    if hasattr(peers, "OWN_PROBLEM"):
        answer = method(**request)
    else:
        theta = np.frombuffer(base64.b64decode(request.pop("theta")), dtype="<f8").copy()
        problem = Problem(np.array(request.pop("x")), np.array(request.pop("y")), request.pop("beta"))
        answer = method(problem, theta, **request)
    answer["peakMebibytes"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(answer), flush=True)

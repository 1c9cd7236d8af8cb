"""A GradBench tool: its protocol is a line of JSON in, a line of JSON out (github.com/gradbench).

    echo '{"id": 1, "kind": "define", "module": "llsq"}' | python gradbench_tool.py

Two of its modules are here, hello and llsq; each function gets its input and returns its output, and the time inside
is told in nanoseconds.
"""

import json
import sys
from time import perf_counter_ns

import numpy as np

import diffbench as db


def llsq(x, n):
    """Half the squared misfit of a polynomial with coefficients x to the sign function, n points."""
    t = -1 + 2 * np.arange(n) / (n - 1)
    powers = t[:, None] ** np.arange(len(x))
    return 0.5 * np.sum((powers @ x - np.sign(t)) ** 2)


MODULES = {
    "hello": {
        "square": lambda x: float(x) ** 2,
        "double": lambda x: float(db.derivative(lambda t: t**2, float(x))),
    },
    "llsq": {
        "primal": lambda data: float(llsq(np.array(data["x"]), data["n"])),
        "gradient": lambda data: db.gradient(llsq, np.array(data["x"]), data["n"]).tolist(),
    },
}


def evaluate(message):
    work = MODULES[message["module"]][message["function"]]
    start = perf_counter_ns()
    output = work(message["input"])
    timings = [{"name": "evaluate", "nanoseconds": perf_counter_ns() - start}]
    return {"success": True, "output": output, "timings": timings}


def answer(message):
    if message["kind"] == "start":
        return {"tool": "diffbench"}
    if message["kind"] == "define":
        return {"success": message["module"] in MODULES}
    return evaluate(message) if message["kind"] == "evaluate" else {}


for line in sys.stdin:
    message = json.loads(line)
    print(json.dumps({"id": message["id"], **answer(message)}), flush=True)

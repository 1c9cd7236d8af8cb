"""One measurement by hand, as the worker's docstring shows it."""

import json
import subprocess
import sys


def test_an_order_on_standard_input_gives_facts_one_a_line():
    order = json.dumps({"problem": "rosenbrock", "method": "reverse", "size": 10})
    command = [sys.executable, "-m", "diffbench.bench.runner.worker"]
    done = subprocess.run(command, input=order, capture_output=True, text=True, check=True)
    facts = {}
    for line in done.stdout.splitlines():
        facts |= json.loads(line)
    assert facts["status"] == "ok"
    assert facts["error_norm"] < 1e-15
    assert facts["calls"] == 1

"""A fresh interpreter for each worker: what every system can do, at a second or two a worker."""

import os
import subprocess
import sys
from collections.abc import Mapping

from diffbench.bench.processes import lineage

COMMAND = (sys.executable, "-P", "-m", "diffbench.bench.runner.worker")


class Spawned:
    """What a Worker asks of a ForkServer, of nobody but the system."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = os.environ | environment
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def fork(self, orders: int, answers: int, log: int) -> int:
        """Start a worker on these file descriptors; its process id, which is its process group's
        where there are such.
        """
        process = subprocess.Popen(
            COMMAND,
            stdin=orders,
            stdout=answers,
            stderr=log,
            env=self._environment,
            start_new_session=os.name != "nt",
        )
        self._processes[process.pid] = process
        return process.pid

    def end(self, pid: int) -> int:
        """Kill a worker, if it is alive, and all that it has started: its exit code, or minus the
        signal that killed it.
        """
        lineage.end(pid)
        return self._processes.pop(pid).wait()

    def __enter__(self) -> "Spawned":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()

"""Where workers come from: forked from this very process, forked by a clean server, or spawned.

A fork of this process has f however it was made; macOS forbids it to whoever has used its libraries,
and Windows has none.
"""

import os
import sys
from collections.abc import Mapping

from diffbench.bench.processes.forkserver import ENVIRONMENT, ForkServer
from diffbench.bench.processes.spawned import Spawned
from diffbench.errors import BadInput

CHOICE = "DIFFBENCH_WORKERS"  # "spawned" where a server is not allowed to fork
CLEAN: dict[str, type[ForkServer | Spawned]] = {"fork-server": ForkServer, "spawned": Spawned}


def clean_workers(environment: Mapping[str, str] = ENVIRONMENT) -> ForkServer | Spawned:
    """The best that this system has: a server needs Linux, whose sockets keep messages apart and
    whose workers die with their parent.
    """
    way = os.environ.get(CHOICE, "fork-server" if sys.platform == "linux" else "spawned")
    if way not in CLEAN:
        raise BadInput(f"{CHOICE}={way} is none of {', '.join(CLEAN)}; unset it")
    return CLEAN[way](environment)


def may_fork() -> bool:
    """Whether a child of this process can go on computing."""
    return sys.platform == "linux" and CHOICE not in os.environ

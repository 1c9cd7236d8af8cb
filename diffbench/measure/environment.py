"""Where and with what the numbers were measured: everything one needs to judge whether two runs may
be compared.
"""

import os
import platform
import socket
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from diffbench import registry
from diffbench.interface import Kind
from diffbench.measure.cost.timing import sample

# what ours stand on; other packages are methods, and listed by being so
PACKAGES = (
    *("diffbench", "numpy", "scipy", "sympy", "mpmath", "python-flint", "pandas"),
    *("symengine", "numba", "jaxlib"),
)


def environment(*, seed: int = 0) -> dict[str, Any]:
    """The environment block of a run: machine, processor, load, BLAS, versions, revision, seed.
    JSON values only.
    """
    return {
        "host": host(),
        "machine": platform.machine(),
        "system": platform.platform(),
        "cpu": cpu_name(),
        "cores": psutil.cpu_count(),
        "usable_cores": usable_cores(),
        "governor": _first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "memory_bytes": psutil.virtual_memory().total,
        "load": load(),
        "python": platform.python_version(),
        "packages": versions(),
        "blas": blas(),
        "revision": revision(),
        "seed": seed,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def host() -> str:
    """The machine's name."""
    return socket.gethostname()


def kernel_seconds() -> float:
    """Least time of a fixed piece of work, half interpreter and half BLAS: the yardstick between
    machines and moments.
    """
    matrix = np.ones((100, 100))

    def kernel() -> None:
        for _ in range(20):
            matrix @ matrix
        sum(i * i for i in range(10_000))

    return min(sample(kernel, 1) for _ in range(5))


def same_machine(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether seconds of two runs may be compared at all; ratios and counts always may."""
    return all(
        a.get(fact) == b.get(fact) for fact in ("host", "machine", "cpu", "cores", "memory_bytes")
    )


def load() -> float:
    """Mean number of runnable processes over the last minute."""
    return round(os.getloadavg()[0], 2)


def load_warnings(load_before: float, cores: int) -> list[str]:
    """A sentence when other programs already keep the cores busy."""
    if load_before < 0.5 * cores:
        return []
    return [
        f"load {load_before:g} on {cores} cores before the run: other programs disturb the times; "
        "stop them, or trust counts only"
    ]


def usable_cores() -> list[int]:
    """The cores this process may run on."""
    return (
        sorted(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else list(range(os.cpu_count() or 1))
    )


@cache
def peers() -> list[str]:
    """The packages that are methods."""
    methods = {name: registry.find("differentiators", name) for name in registry.list_methods()}
    return [name for name, m in methods.items() if getattr(m, "kind", None) is Kind.PEER]


def versions() -> dict[str, str]:
    """Installed versions of the packages that can change a number."""
    found = {}
    for package in dict.fromkeys([*PACKAGES, *peers()]):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def blas() -> dict[str, Any]:
    """The BLAS NumPy was built with, and the environment's limits on its threads."""
    build = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    threads = {
        name: os.environ[name]
        for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
        if name in os.environ
    }
    return {
        "name": build.get("name", "unknown"),
        "version": build.get("version", "unknown"),
        "threads": threads,
    }


@cache
def revision() -> str | None:
    """Git revision of the checkout diffbench runs from, with a + when it has uncommitted changes;
    None outside one.
    """
    described = _git("rev-parse", "--short=12", "HEAD")
    return described and described + (
        "+" if _git("status", "--porcelain", "--untracked-files=no") else ""
    )


def cpu_name() -> str:
    """The processor as it calls itself."""
    for line in (_text("/proc/cpuinfo") or "").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def _git(*arguments: str) -> str | None:
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _first_line(path: str) -> str | None:
    text = _text(path)
    return text.splitlines()[0] if text else None


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text()
    except OSError:
        return None

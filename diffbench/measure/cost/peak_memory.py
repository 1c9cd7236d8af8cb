"""Memory of one evaluation: what Python and NumPy allocate (exact, repeatable) and what the process
holds (everything, coarse).

tracemalloc sees every NumPy array and Python object and nothing else; libraries that allocate on
their own (XLA, libtorch) show only in the resident size, which the kernel counts in pages and whose
high-water mark it keeps.
"""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any


def peak_bytes(call: Callable[[], Any]) -> int:
    """The most bytes held at once by Python and NumPy during one call, above what was held
    before.
    """
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        result = call()
        _, peak = tracemalloc.get_traced_memory()
        del result  # it was alive at the peak: a gradient that is returned counts
        return max(0, peak - before)
    finally:
        tracemalloc.stop()


def peak_resident_bytes(pid: int | str = "self") -> int | None:
    """High-water mark of a process's resident memory (VmHWM), None where the kernel has no
    /proc.
    """
    return _status_bytes("VmHWM", pid)


def address_space_bytes(pid: int | str = "self") -> int | None:
    """Size of a process's address space (VmSize), which RLIMIT_AS limits; None where the kernel has
    no /proc.
    """
    return _status_bytes("VmSize", pid)


def _status_bytes(entry: str, pid: int | str) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next(
        (int(line.split()[1]) * 1024 for line in lines if line.startswith(entry + ":")), None
    )

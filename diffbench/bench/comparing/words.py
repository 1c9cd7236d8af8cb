"""Names, numbers and times in sentences."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from diffbench.interface import Array


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: a, b and c."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def shown(value: Array) -> str:
    return (
        f"{float(value):.4g}"
        if value.ndim == 0
        else np.array2string(value, precision=4, threshold=6)
    )


def seconds(value: Any) -> str:
    """A time with its unit: 3.2 µs."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def memory(count: float) -> str:
    """Bytes with their unit: 1.5 GiB."""
    for unit, scale in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= scale:
            return f"{count / scale:.3g} {unit}"
    return f"{count:.0f} bytes"

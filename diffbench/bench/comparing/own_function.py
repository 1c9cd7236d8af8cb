"""A function as its user gave it: called once to see that it has a value at the point, its errors
told in a sentence with the user's own file and line.
"""

import sysconfig
import traceback
from pathlib import Path
from types import TracebackType

import numpy as np

from diffbench.errors import BadInput, BadPoint, DiffbenchError
from diffbench.interface import Array, Function, Instance

OURS = Path(__file__).parents[1]
INSTALLED = {sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")}


def function_name(f: Function) -> str:
    """What the user calls the function."""
    if isinstance(f, Instance):
        return f.problem.name
    return str(getattr(f, "__name__", type(f).__name__))


def value_of(name: str, f: Function, x: Array) -> Array:
    """f(x) as an array. Raises BadInput with the function's own error in a sentence, and the whole
    of it as a note.
    """
    try:
        with np.errstate(all="ignore"):
            return np.asarray(f(x.copy()))
    except DiffbenchError:
        raise
    except (Exception, SystemExit) as error:
        refusal = BadInput(
            f"{name} can't be called with the point {shown_point(x)} as its one argument: "
            f"{told(error)}"
        )
        refusal.add_note(traceback.format_exc())
        raise refusal from None


def finite_value_of(name: str, f: Function, x: Array) -> Array:
    """f(x), which must be floats, and finite. Raises BadInput where it is not."""
    value = value_of(name, f, x)
    if value.dtype.kind != "f":
        raise BadInput(
            f"{name} returns {value.dtype} at {shown_point(x)}, and only floats can be "
            "differentiated; return a float"
        )
    if not np.all(np.isfinite(value)):
        raise BadPoint(
            f"{name} is {shown_point(value)} at {shown_point(x)}, outside its domain or beyond the "
            "floats; choose another point"
        )
    return value


def told(error: BaseException) -> str:
    """An error of the user's code in one line: its type, its words, and where it was raised."""
    words = f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
    return f"{words}{place_of(error.__traceback__)}"


def place_of(raised: TracebackType | None) -> str:
    """The innermost line of the traceback that the user wrote, as ", at file.py:7"; empty where
    there is none.
    """
    lines = [frame for frame in traceback.extract_tb(raised) if _is_users(frame.filename)]
    return f", at {Path(lines[-1].filename).name}:{lines[-1].lineno}" if lines else ""


def _is_users(file: str) -> bool:
    path = Path(file)
    return not (
        path.is_relative_to(OURS)
        or any(path.is_relative_to(folder) for folder in INSTALLED if folder)
        or file.startswith("<frozen")
    )


def shown_point(values: Array) -> str:
    """Numbers in a sentence."""
    return np.array2string(values, precision=6, threshold=6, separator=", ", max_line_width=10_000)

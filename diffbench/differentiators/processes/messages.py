"""Questions and answers as JSON objects: numbers to the last digit, and nothing of an answer believed
before it was looked at.

    a number     a C99 hexadecimal string ("0x1.8p+1", "nan", "-inf"), or a JSON number; null is NaN
    an array     {"shape": [2, 3], "values": [...]}, in C order
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from diffbench.errors import BadInput, NotDifferentiable, Unsupported
from diffbench.interface import Array

PROTOCOL = 1
LONGEST = 1 << 28  # bytes of a line
REFUSALS = ("bad_request", "unsupported", "failed", "not_finite")


class Garbage(Exception):
    """What came is no answer; the words say why."""


def encoded(a: Any) -> dict[str, Any]:
    """An array, or a number, as JSON."""
    array = np.asarray(a)
    if array.dtype.kind in "biu":
        values: list[Any] = [int(v) for v in array.ravel()]
    elif array.dtype.kind == "f":
        values = hexes(array)
    else:
        raise Unsupported(f"data of {array.dtype} are not handed to another process")
    return {"shape": list(array.shape), "values": values}


def hexes(a: Array) -> list[str]:
    """The entries of an array, each to its last digit."""
    return [float(v).hex() for v in np.ravel(a)]


def decoded(message: Mapping[str, Any]) -> Array:
    """The array of its JSON."""
    values, shape = numbers(message["values"]), message["shape"]
    return values.reshape([whole(n, "an extent") for n in shape])


def numbers(values: Any) -> Array:
    """The numbers of a list. Raises Garbage for what is none."""
    if not isinstance(values, list):
        raise Garbage(f"a list of numbers was wanted, and {_short(values)} came")
    return np.array([_number(v) for v in values], float)


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            return float.fromhex(value) if "x" in value.lower() else float(value)
        except (ValueError, OverflowError):
            pass
    raise Garbage(f"{_short(value)} is no number")


def whole(value: Any, what: str) -> int:
    """A count. Raises Garbage for what is none."""
    if isinstance(value, float) and value.is_integer():  # R has no others
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 62:
        raise Garbage(f"{what} is {_short(value)}, and no count")
    return value


def read(line: bytes, question: int) -> dict[str, Any]:
    """The answer in a line, to this question. Raises Garbage, or the refusal that it is."""
    try:
        answer = json.loads(line)
    except ValueError:  # of bytes that are no UTF-8, too
        raise Garbage(f"{_short(line)} is no JSON") from None
    except RecursionError:
        raise Garbage("an answer is nested too deep") from None
    if not isinstance(answer, dict):
        raise Garbage(f"{_short(answer)} is no JSON object")
    if answer.get("id") != question:
        raise Garbage(f"an answer to question {_short(answer.get('id'))} came, not to {question}")
    if answer.get("ok") is True:
        return answer
    raise refusal(answer.get("error"))


def refusal(error: Any) -> Exception:
    """The error of an answer that says that it is none."""
    if not isinstance(error, dict) or error.get("type") not in REFUSALS:
        return Garbage(f"an answer is not ok, and its error {_short(error)} is none of {REFUSALS}")
    said = str(error.get("message", ""))[:500] or error["type"]
    kinds = {"not_finite": NotDifferentiable, "bad_request": BadInput}
    return kinds.get(error["type"], Unsupported)(said)


def result(answer: Mapping[str, Any], shapes: Sequence[tuple[int, ...]]) -> tuple[Array, Array]:
    """(value, derivative) of an answer, in these shapes."""
    found = []
    for name, shape in zip(("value", "derivative"), shapes, strict=True):
        entries = numbers(answer.get(name))
        if entries.size != math.prod(shape):
            raise Garbage(f"{name} has {entries.size} entries, and {math.prod(shape)} are wanted")
        found.append(entries.reshape(shape))
    return found[0], found[1]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

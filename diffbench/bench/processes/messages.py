"""What a worker may say, in JSON, one message a line. Nobody believes it: the code that is measured
can write here too, so every line is held to this schema, and its length and number are bounded.

msgspec reads strictly and in microseconds: no NaN, no lone surrogate, no number beyond a double, no
field but these, and where something is otherwise it says so in a few words.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import UNSET, Meta, MsgspecError, Struct, UnsetType, structs
from msgspec.json import Decoder

from diffbench.bench.rows.journal import finite
from diffbench.bench.rows.printable import bounded, printable
from diffbench.bench.rows.status import Status
from diffbench.errors import BadInput
from diffbench.interface import Operator

LONGEST_LINE = 1 << 20  # bytes
LONGEST_TEXT = 100_000  # characters of a text in a message
MOST_MESSAGES = 64  # to one order; an honest worker sends eight at most

Seconds = Annotated[float, Meta(gt=0, le=1e9)]
Error = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0, le=1 << 62)]
Loops = Annotated[int, Meta(ge=1, le=1 << 40)]
Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]


class Message(Struct, forbid_unknown_fields=True):
    """News of a measurement, how far an order has come, what was found out about f, or a verdict."""

    done: Text | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    reason: Text | UnsetType | None = UNSET
    error_rel: Error | UnsetType | None = UNSET
    error_norm: Error | UnsetType | None = UNSET
    error_ulp: Error | UnsetType | None = UNSET
    cond: Error | UnsetType | None = UNSET
    judge: Text | UnsetType | None = UNSET
    smallest_fault: Error | UnsetType | None = UNSET
    prepare_s: Seconds | UnsetType = UNSET
    first_s: Seconds | UnsetType = UNSET
    again_s: Annotated[float, Meta(ge=0, le=1e9)] | UnsetType = UNSET
    calls: Count | UnsetType | None = UNSET
    operations: Count | UnsetType | None = UNSET
    peak_bytes: Count | UnsetType | None = UNSET
    resident_bytes: Count | UnsetType | None = UNSET
    loops: tuple[Loops, Loops] | UnsetType = UNSET
    sample: tuple[Seconds, Seconds] | UnsetType = UNSET
    reference: Text | UnsetType = UNSET
    operator: Operator | UnsetType = UNSET
    refused: Text | UnsetType = UNSET
    sentence: Text | UnsetType = UNSET
    notes: Text | UnsetType = UNSET
    outcome: Text | UnsetType = UNSET
    error: Error | UnsetType | None = UNSET
    found: Text | UnsetType = UNSET
    expected: Text | UnsetType = UNSET


_decoder = Decoder(Message)


def read(line: bytes) -> dict[str, Any]:
    """What a line says, its texts printable. Raises BadInput with what is wrong with it, and with
    its beginning.
    """
    try:
        said = structs.asdict(_decoder.decode(line))
    except (MsgspecError, RecursionError) as error:
        raise BadInput(f"{error}: {beginning(line)}") from None
    return {name: _shown(name, value) for name, value in said.items() if value is not UNSET}


def beginning(line: bytes) -> str:
    """The first bytes of what came, for a sentence."""
    return bounded(printable(line[:200].decode(errors="backslashreplace")), 120)


def written(news: Mapping[str, Any]) -> bytes:
    """News as a line; what JSON or the schema lacks is null, escaped or cut."""
    kept = {name: _bounded(value) for name, value in finite(dict(news)).items()}
    return (json.dumps(kept, allow_nan=False) + "\n").encode()


def _shown(name: str, value: Any) -> Any:
    # tracebacks have lines
    return printable(value) if type(value) is str and name != "notes" else value


def _bounded(value: Any) -> Any:
    return bounded(printable(value), LONGEST_TEXT) if type(value) is str else value

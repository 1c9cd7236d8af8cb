"""What a line of a journal has to be, for whoever reads one that somebody else wrote, damaged, or kept
for years. row.schema.json says the same to other programs.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from diffbench.bench.rows.printable import printable
from diffbench.bench.rows.status import Status
from diffbench.errors import BadInput
from diffbench.interface import Operator

SCHEMA_VERSION = 1
LONGEST = 1 << 24  # bytes; the samples of a cell are some thousands

Name = Annotated[str, Meta(min_length=1, max_length=300)]
Type = Annotated[str, Meta(pattern="^(float(16|32|64)|longdouble)$")]
Size = Annotated[int, Meta(ge=0, le=1 << 62)]
Amount = Annotated[float, Meta(ge=0)] | None
Positive = Annotated[float, Meta(gt=0)] | None
Count = Size | None
Samples = Annotated[list[Annotated[float, Meta(gt=0)]], Meta(max_length=100_000)]


class Pairs(Struct):
    """The raw samples, side by side."""

    evaluate_s: Samples
    function_s: Samples


class Line(Struct):
    """A finished cell. Further fields are kept as they are."""

    schema: int
    key: str | None
    samples: Pairs
    problem: Name
    size: Size
    operator: Operator
    method: Name
    dtype: Type
    status: Status
    reason: str | None
    error_rel: Amount
    error_norm: Amount
    error_ulp: Amount
    cond: Amount
    prepare_s: Amount
    first_s: Amount
    evaluate_s: Positive
    evaluate_low_s: Positive
    evaluate_high_s: Positive
    function_s: Positive
    ratio: Positive
    ratio_low: Positive
    ratio_high: Positive
    calls: Count
    operations: Count
    peak_bytes: Count
    loops: tuple[Size, Size] | None = None


def record(line: bytes) -> dict[str, Any]:
    """The record in a line, its texts printable. Raises BadInput with what is wrong with the line."""
    if len(line) > LONGEST:
        raise BadInput(f"is {len(line)} bytes long, and a cell takes some thousands")
    try:
        found = msgspec.json.decode(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"is not JSON ({error})") from None
    version = found.get("schema") if isinstance(found, dict) else None
    if version != SCHEMA_VERSION or type(version) is not int:
        raise BadInput(
            f"has schema {printable(str(version)[:20])} and not {SCHEMA_VERSION}; read it with the "
            "release that wrote it"
        )
    try:
        pairs = msgspec.convert(found, Line).samples
    except (ValueError, OverflowError) as error:
        raise BadInput(f"is no record ({error})") from None
    if len(pairs.evaluate_s) != len(pairs.function_s):
        raise BadInput("is no record (its samples come in pairs, and one of a pair is missing)")
    return {name: printable(v) if type(v) is str else v for name, v in found.items()}

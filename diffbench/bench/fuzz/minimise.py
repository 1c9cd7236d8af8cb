"""A program that shows a contradiction, made as short as it can be while it still shows it: delta
debugging over its statements.

Each statement is left out, or becomes one of the values before it, or the numbers that it has
computed; what is returned is one name. The rounds end when nothing more can go.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from diffbench.bench.fuzz.programs import Program, _values

Shows = Callable[[Program], bool]


def minimised(program: Program, shows: Shows) -> Program:
    """The shortest program found that still `shows` it."""
    while True:
        shorter = next((p for p in _shorter(program) if shows(p)), None)
        if shorter is None:
            return program
        program = shorter


def _shorter(program: Program) -> Iterator[Program]:
    """Programs a step shorter, the boldest step first."""
    yield from _fewer_returned(program)
    yield from (replace(program, later=(p,)) for p in program.later if len(program.later) > 1)
    if program.later:
        yield replace(program, later=())
    statements = program.statements
    for k in reversed(range(len(statements))):
        if not re.search(rf"\b{_name(statements[k])}\b", _after(program, k)):
            yield replace(program, statements=(*statements[:k], *statements[k + 1 :]))
    yield from _without_aliases(program)
    for k in reversed(range(len(statements))):
        for plainer in _plainer(program, k):
            yield replace(program, statements=(*statements[:k], plainer, *statements[k + 1 :]))


def _fewer_returned(program: Program) -> Iterator[Program]:
    if len(program.returned) > 1:
        for name in program.returned:
            yield replace(program, returned=tuple(n for n in program.returned if n != name))


def _without_aliases(program: Program) -> Iterator[Program]:
    """v3 = v1 left out, and v1 in v3's place."""
    for k, statement in enumerate(program.statements):
        if alias := re.fullmatch(r"(v\d+) = (x|v\d+)", statement):
            rest = [re.sub(rf"\b{alias[1]}\b", alias[2], s) for s in program.statements[k + 1 :]]
            returned = tuple(alias[2] if name == alias[1] else name for name in program.returned)
            yield replace(program, statements=(*program.statements[:k], *rest), returned=returned)


def _plainer(program: Program, k: int) -> Iterator[str]:
    """What a statement may be replaced by: a value before it, or the numbers it computed."""
    statement, name = program.statements[k], _name(program.statements[k])
    if re.fullmatch(rf"{name} = (x|v\d+|-?[\d.]+|np\.array\(.*\))", statement):
        return
    for other in dict.fromkeys(re.findall(r"\b(x|v\d+)\b", statement)):
        if other != name:
            yield f"{name} = {other}"
    try:
        value = _values(replace(program, statements=program.statements[: k + 1]))[name]
    except Exception:
        return
    number = np.round(np.asarray(value), 3)
    yield (
        f"{name} = {number.tolist()!r}"
        if np.ndim(value) == 0
        else f"{name} = np.array({number.tolist()!r})"
    )


def _name(statement: str) -> str:
    found = re.search(r"^(v\d+)\b", statement, re.M)
    return found[1] if found else "v"


def _after(program: Program, k: int) -> str:
    return "\n".join([*program.statements[k + 1 :], *program.returned])

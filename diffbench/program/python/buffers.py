"""Where the arrays of generated code live: each in memory that an earlier array has finished with,
or at once in its place in the result.

    v3 = v1 * v2        multiply(v1, v2, b0)          b0, b1, ... are made once and handed from array to array by their lifetimes
    g  = [v3 | v4]      multiply(v3, v2, g[:3])       a part of an assembled result is computed where it belongs

A view (a slice, a reshape, a transpose) lives in its owner's memory and keeps it. What the caller
receives is always new memory.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diffbench.ir import Aval, Equation, Program, Var
from diffbench.program.python.array_source import REDUCTIONS
from diffbench.rules.entries.indexing import is_basic


@dataclass(frozen=True)
class Place:
    """A part of an assembled result: the Var of the result, and how the part's array is seen
    there.
    """

    result: Var
    index: Any
    shape: tuple[int, ...]


@dataclass
class Plan:
    """By variable index: slots, the buffer of each array; places, parts computed in place; owners,
    whose memory an array may share.

    filled: which parts of an assembled result are computed in place; unwritten: the reshapes
    between those and the result.
    """

    slots: dict[int, int] = field(default_factory=dict)
    buffers: list[Aval] = field(default_factory=list)
    places: dict[int, Place] = field(default_factory=dict)
    owners: dict[int, frozenset[int]] = field(default_factory=dict)
    filled: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    unwritten: set[int] = field(default_factory=set)


def plan(program: Program) -> Plan:
    """Lifetimes from one pass, buffers from a second."""
    made = Plan()
    _find_owners(program, made)
    _find_places(program, made)
    _assign_buffers(program, made)
    return made


def takes_out(equation: Equation) -> bool:
    """Whether NumPy can write the result into memory it is given."""
    primitive, args, params, output = equation
    if type(output) is tuple or not output.aval.shape or output.dtype.kind not in "fcbiu":
        return False
    if primitive.name == "matmul":
        return True
    if primitive.name in REDUCTIONS:
        return type(args[0]) is Var and params.keys() <= {"axis", "keepdims"}
    return isinstance(primitive.evaluate, np.ufunc) and not params and primitive.evaluate.nout == 1


def is_view(equation: Equation) -> bool:
    """Whether the result may share memory with an argument: views do, and of a function without
    template it is not known.
    """
    return not takes_out(equation) and equation.primitive.name not in (
        "assemble",
        "join",
        "where",
        "set_at",
        "add_at",
        "astype",
    )


def _find_owners(program: Program, made: Plan) -> None:
    made.owners.update({var.index: frozenset({var.index}) for var in program.inputs})
    for equation in program.equations:
        if (
            type(equation.output) is Var and not equation.output.aval.shape
        ):  # numbers are not kept in buffers
            continue
        shared = (
            [made.owners[arg.index] for arg in equation.args if type(arg) is Var and arg.shape]
            if is_view(equation)
            else []
        )
        for var in equation.outputs:
            made.owners[var.index] = frozenset({var.index}).union(*shared)


def _escaping(program: Program, made: Plan) -> set[int]:
    """Indices of the arrays whose memory the caller will hold."""
    returned = [out for out in program.outputs if type(out) is Var and out.shape]
    return set().union(*[made.owners[out.index] for out in returned])


def _find_places(program: Program, made: Plan) -> None:
    makers = program.makers
    escaping = _escaping(program, made)
    uses = program.uses.copy()
    uses.update(escaping)
    for equation in program.equations:
        if (
            equation.primitive.name == "assemble"
            and equation.output.index in escaping
            and any(map(np.ndim, equation.args))
        ):
            covered = np.zeros(equation.output.shape, bool)
            for k, (value, index) in enumerate(
                zip(equation.args, equation.params["indices"], strict=True)
            ):
                chain = _chain(value, uses, makers)
                if (
                    chain
                    and chain[-1].dtype is equation.output.dtype
                    and is_basic(index)
                    and _is_free(covered[index], value)
                ):
                    covered[index] = True
                    made.filled[equation.output.index].add(k)
                    place = Place(equation.output, index, chain[-1].shape)
                    made.places.update(
                        [(var.index, place) for var in _computed_in_place(chain[-1], uses, makers)]
                    )
                    made.unwritten.update([var.index for var in chain[:-1]])


def _is_free(region: Any, value: Any) -> bool:
    return (
        isinstance(region, np.ndarray)
        and not region.any()
        and region.shape == value.shape
        and region.flags.c_contiguous
    )


def _chain(value: Any, uses: Counter[int], makers: dict[int, Equation]) -> list[Var]:
    """From `value` back through reshapes to an array that could be computed in place, because
    nothing else reads any of them.
    """
    chain = []
    while type(value) is Var and uses[value.index] == 1 and value.index in makers:
        chain.append(value)
        maker = makers[value.index]
        if takes_out(maker):
            return chain
        if maker.primitive.name != "reshape" or maker.params.get("order", "C") != "C":
            break
        value = maker.args[0]
    return []


def _computed_in_place(var: Var, uses: Counter[int], makers: dict[int, Equation]) -> Iterator[Var]:
    """An array, and those before it that turn into it entry by entry and are read by nothing
    else.
    """
    yield var
    while _is_entrywise(makers[var.index]):
        earlier = [
            arg
            for arg in makers[var.index].args
            if type(arg) is Var and arg.aval is var.aval and uses[arg.index] == 1
        ]
        var = next(
            (arg for arg in earlier if arg.index in makers and takes_out(makers[arg.index])), var
        )
        if var not in earlier:
            return
        yield var


def _is_entrywise(equation: Equation) -> bool:
    return equation.primitive.name not in (*REDUCTIONS, "matmul")


def _assign_buffers(program: Program, made: Plan) -> None:
    last: dict[int, int] = {}
    for t, equation in enumerate(program.equations):
        for arg in equation.args:
            if type(arg) is Var and arg.aval.shape:
                last.update(dict.fromkeys(made.owners[arg.index], t))
    escaping = _escaping(program, made)
    free: defaultdict[Aval, list[int]] = defaultdict(list)
    dying: defaultdict[int, list[int]] = defaultdict(list)
    for index, t in last.items():
        dying[t].append(index)
    for t, equation in enumerate(program.equations):
        if t not in dying and type(equation.output) is Var and not equation.output.aval.shape:
            continue
        ending = [index for index in dying[t] if index in made.slots]
        if (
            takes_out(equation)
            and equation.output.index not in escaping
            and equation.output.index not in made.places
        ):
            _place(equation, made, free, ending)
            if equation.output.index not in last:
                ending.append(equation.output.index)
        for index in ending:
            free[made.buffers[made.slots[index]]].append(made.slots[index])


def _place(
    equation: Equation, made: Plan, free: defaultdict[Aval, list[int]], ending: list[int]
) -> None:
    """A buffer for one result: that of an argument it replaces entry by entry, a free one, or a new
    one.
    """
    output = equation.output
    if _is_entrywise(equation):
        for arg in equation.args:
            if type(arg) is Var and arg.index in ending and arg.aval is output.aval:
                ending.remove(arg.index)
                made.slots[output.index] = made.slots[arg.index]
                return
    if not free[output.aval]:
        made.buffers.append(output.aval)
        free[output.aval].append(len(made.buffers) - 1)
    made.slots[output.index] = free[output.aval].pop()

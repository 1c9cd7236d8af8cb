"""A program as JSON, and back: data, and no code.

    {"format": 1, "name": "f", "variables": [[0, [2], "<f8"], ...], "inputs": [0],
     "equations": [["getitem", [{"v": 0}], {"index": 0}, 1], ...], "output": {"v": 9},
     "guards": [[5, true, "loss.py:3: if x[0] > 0:"]], "point": [...]}

A primitive is its name in the rule table, a number that JSON has no word for a small object
({"float": "nan"}), an array its bytes. Nothing is evaluated or imported that a text names; what is
not understood raises BadInput. A program with a primitive of the user's own is refused when saved.
"""

import base64
import builtins
import json
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from diffbench.arrays import decisions
from diffbench.errors import BadInput, Unsupported
from diffbench.ir import Aval, Equation, Guard, Primitive, Program, Var, aval
from diffbench.program.derive import assemble  # whose primitive is in the table from now on
from diffbench.rules.scipy.sparse import Positions
from diffbench.rules.table import primitives

FORMAT = 1
KINDS = "biufc"  # of arrays: their bytes are numbers
ASSEMBLE = assemble.ASSEMBLE
DECISIONS = {row.name: row for row in (decisions.reads, decisions.succeeds, decisions.is_complex)}


def to_json(program: Program) -> str:
    """The program as text."""
    made = [out for equation in program.equations for out in equation.outputs]
    return json.dumps(
        {
            "format": FORMAT,
            "name": program.name,
            "variables": [_variable(var) for var in (*program.inputs, *made)],
            "inputs": [var.index for var in program.inputs],
            "equations": [_equation(equation) for equation in program.equations],
            "output": encode(program.output),
            "guards": [
                [guard.var.index, encode(guard.value), guard.line] for guard in program.guards
            ],
            "point": [encode(x) for x in program.point],
        },
        allow_nan=False,
    )


def from_json(text: str | bytes) -> Program:
    """The program of a text. Raises BadInput for what is none."""
    try:
        return _program(json.loads(text))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(
            f"the text is not a program that diffbench wrote ({type(error).__name__}: {error}); "
            "save it again with Program.to_json()"
        ) from None


# ---------------------------------------------------------------- equations


def _variable(var: Var) -> list[Any]:
    return [var.index, list(var.shape), var.dtype.str]


def _equation(equation: Equation) -> list[Any]:
    primitive, args, params, output = equation
    outputs = [var.index for var in output] if type(output) is tuple else output.index
    given = {name: encode(value) for name, value in params.items()}
    return [_name(primitive), [encode(arg) for arg in args], given, outputs]


def _name(primitive: Primitive) -> Any:
    if _known().get(primitive.name) is primitive:
        return primitive.name
    if primitive.name.startswith("raises."):
        of, kind, errors = primitive.evaluate.args  # type: ignore[attr-defined]
        return [_name(of), kind.__name__, [list(one) for one in errors]]
    raise Unsupported(
        f"{primitive.name} is a primitive of your own, whose code is not saved with a program; "
        "pickle a prepared answer, which names its function, or record without it"
    )


@cache
def _known() -> dict[str, Primitive]:
    """The rows of the table by their names."""
    return {row.name: row for row in primitives.values()} | DECISIONS


def _primitive(name: Any) -> Primitive:
    if isinstance(name, str):
        if name not in (known := _known()):
            raise BadInput(f"{name!r} is no primitive of this version; record the program anew")
        return known[name]
    of, kind, errors = name
    found = getattr(builtins, kind, None) or getattr(np.linalg, kind)
    if not (isinstance(found, type) and issubclass(found, Exception)):
        raise BadInput(f"{kind!r} is no exception; record the program anew")
    error: Any = found
    return decisions.raises(_primitive(of), error, tuple([(str(a), str(b)) for a, b in errors]))


def _program(read: Any) -> Program:
    if read["format"] != FORMAT:
        raise BadInput(
            f"the text has format {read['format']!r} and this version reads {FORMAT}; record the "
            "program anew"
        )
    variables = {k: Var(int(k), _aval(shape, dtype)) for k, shape, dtype in read["variables"]}
    inputs = tuple([variables[k] for k in read["inputs"]])
    known = {var.index: var for var in inputs}
    equations = []
    for name, args, params, output in read["equations"]:
        given = tuple([decode(arg, known) for arg in args])
        several = isinstance(output, list)
        made = tuple([variables[k] for k in output]) if several else variables[output]
        options = {str(key): decode(value, known) for key, value in params.items()}
        equations.append(Equation(_primitive(name), given, options, made))
        known.update({var.index: var for var in equations[-1].outputs})
    guards = [Guard(known[k], decode(value, known), str(line)) for k, value, line in read["guards"]]
    return Program(
        *(str(read["name"]), inputs, tuple(equations), decode(read["output"], known)),
        *(tuple(guards), tuple([decode(x, known) for x in read["point"]])),
    )


def _aval(shape: Any, dtype: str) -> Aval:
    return aval(tuple(map(int, shape)), _numbers(dtype))


# ---------------------------------------------------------------- values


def encode(value: Any) -> Any:
    """A value as JSON has it. Raises Unsupported for what is no data."""
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    writer = _WRITERS.get(kind)
    if writer is not None:
        return writer(value)
    if isinstance(value, (np.dtype, type)) and np.dtype(value).kind in KINDS:
        return {"dtype": np.dtype(value).str}
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in KINDS:
        return _array(value)
    raise Unsupported(
        f"the program holds a {kind.__name__}, which is not data; it can't be saved as JSON"
    )


def _array(value: Any) -> dict[str, Any]:
    content = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
    place = "array" if isinstance(value, np.ndarray) else "number"
    return {place: content, "of": value.dtype.str, "shape": list(value.shape)}


def _positions(form: str, indices: Any, indptr: Any, shape: Any) -> Positions:
    """Of a sparse matrix; C code would read where a wrong index points."""
    positions = Positions(str(form), indices, indptr, tuple(map(int, shape)))  # type: ignore[arg-type]
    positions.filled(np.ones(len(indices))).check_format(full_check=True)
    return positions


_WRITERS: dict[type, Callable[[Any], Any]] = {
    Var: lambda var: {"v": var.index},
    tuple: lambda values: {"tuple": [encode(value) for value in values]},
    list: lambda values: {"list": [encode(value) for value in values]},
    dict: lambda values: {"dict": [[encode(k), encode(v)] for k, v in values.items()]},
    slice: lambda s: {"slice": [encode(s.start), encode(s.stop), encode(s.step)]},
    range: lambda r: {"range": [r.start, r.stop, r.step]},
    complex: lambda z: {"complex": [encode(z.real), encode(z.imag)]},
    type(...): lambda _: {"ellipsis": True},
    Positions: lambda p: {"sparse": [p.format, encode(p.indices), encode(p.indptr), list(p.shape)]},
}


def decode(value: Any, known: dict[int, Var]) -> Any:
    """The value that was encoded; variables among those known so far."""
    if not isinstance(value, dict):
        return value
    kind = next(iter(value))
    if kind in ("array", "number"):
        return _as_array(value, kind)
    content = value[kind]
    return _READERS[kind](content, lambda part: decode(part, known), known)


def _as_array(value: dict[str, Any], kind: str) -> Any:
    flat = np.frombuffer(base64.b64decode(value[kind]), _numbers(value["of"]))
    made = flat.reshape(value["shape"]).copy()
    return made if kind == "array" else made[()]


def _numbers(name: Any) -> np.dtype[Any]:
    dtype = np.dtype(str(name))
    if dtype.kind not in KINDS:
        raise BadInput(f"{name!r} is no type of numbers; record the program anew")
    return dtype


_READERS: dict[str, Callable[[Any, Callable[[Any], Any], dict[int, Var]], Any]] = {
    "v": lambda index, read, known: known[index],
    "float": lambda text, read, known: float(text),
    "tuple": lambda parts, read, known: tuple(map(read, parts)),
    "list": lambda parts, read, known: list(map(read, parts)),
    "dict": lambda pairs, read, known: {read(k): read(v) for k, v in pairs},
    "slice": lambda parts, read, known: slice(*map(read, parts)),
    "range": lambda parts, read, known: range(*parts),
    "complex": lambda parts, read, known: complex(*map(read, parts)),
    "ellipsis": lambda _, read, known: ...,
    "dtype": lambda name, read, known: _numbers(name),
    "sparse": lambda parts, read, known: _positions(*map(read, parts)),
}

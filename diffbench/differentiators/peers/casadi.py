"""The peer `casadi`: f as a symbolic graph that CasADi differentiates and runs on its virtual
machine, always in double precision.

A graph of matrix operations (MX) is written out into scalar operations (SX) where it is small, and
the faster of the two is kept. `buffered` is the quickest way in: arguments and results in arrays
that are assigned once. `casadi-c` is the graph in C, compiled with -O3.
"""

from collections.abc import Callable, Sequence
from contextlib import chdir
from functools import cache, partial
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.adapters.scalars import outputs_of
from diffbench.differentiators.adapters.tools import Tools, require
from diffbench.differentiators.adapters.translated import Translation
from diffbench.differentiators.adapters.ways import in_terms_of
from diffbench.interface import Array, Function, Look, Operator
from diffbench.registry import register

SCALARS = 100_000  # entries of all matrices in a graph up to which it is tried as scalar operations


@cache
def load(in_c: bool = False) -> Tools:
    """CasADi's ArrayInterface (since 3.8) follows NumPy's protocols, so f is handed NumPy
    itself.
    """
    casadi = require("casadi")
    operators: dict[Operator, Answer] = {
        Operator.VALUE_AND_GRADIENT: lambda y, x: (y, casadi.gradient(y, x)),
        Operator.JACOBIAN: lambda y, x: casadi.jacobian(y, x),
        Operator.HESSIAN: lambda y, x: casadi.hessian(y, x)[0],
        Operator.JVP: lambda y, x, x_dot: (y, casadi.jtimes(y, x, x_dot)),
        Operator.VJP: lambda y, x, y_bar: (y, casadi.jtimes(y, x, y_bar, True)),
        Operator.HVP: lambda y, x, x_dot: casadi.jtimes(casadi.gradient(y, x), x, x_dot),
    }

    def derive(f: Function, operator: Operator, xs: tuple[Any, ...]) -> Answer:
        made = _compiled if in_c else _quicker
        function, m = _function(casadi, f, operators[operator], xs, made), np.shape(f(xs[0]))
        shape = {
            Operator.JACOBIAN: m + xs[0].shape,
            Operator.HESSIAN: 2 * xs[0].shape,
            Operator.JVP: m,
        }.get(operator, xs[0].shape)
        return partial(_called, function, m, shape, xs[0].dtype)

    return Tools(np, derive)


def buffered(f: Function, x: Array, value: Array, gradient: Array) -> Callable[[], None]:
    """A call without arguments that reads x and writes f(x) and its gradient, from and to these
    very arrays of doubles.
    """
    tools = load()
    answer = tools.derive(in_terms_of(tools, f), Operator.VALUE_AND_GRADIENT, (x,))
    return _buffered(answer.args[0], (x,), (value, gradient))  # type: ignore[attr-defined]


def _function(
    casadi: Any, f: Function, transform: Answer, xs: tuple[Any, ...], made: Answer
) -> Any:
    """The derivative as CasADi's Function, `made` what it becomes where it is one of matrices.
    Arrays are columns to it.
    """
    by_entries = isinstance(f, Translation)
    symbols = [(casadi.SX if by_entries else casadi.MX).sym("x", x.size) for x in xs]
    if isinstance(f, Translation):
        y = casadi.vertcat(*outputs_of(f, casadi.vertsplit(symbols[0]), "casadi")[0])
    else:
        graph = f(casadi.ArrayInterface.MX(symbols[0], shape=xs[0].shape))
        y = casadi.vec(casadi.MX(np.ravel(graph)))
    answers = transform(y, *symbols)
    answers = answers if isinstance(answers, tuple) else (answers,)
    function = casadi.Function("derivative", symbols, [casadi.densify(a) for a in answers])
    return function if by_entries and made is _quicker else made(function, xs)


def _compiled(function: Any, xs: tuple[Any, ...]) -> Any:
    """As C, which the system's compiler translates. CasADi writes it into the current folder."""
    casadi = require("casadi")
    by = {"flags": ["-O3", "-march=native"], "cleanup": False}  # the folder goes as a whole
    options = {"jit": True, "compiler": "shell", "jit_options": by, "jit_cleanup": False}
    symbols = function.sx_in() if function.is_a("SXFunction") else function.mx_in()
    with TemporaryDirectory() as folder, chdir(folder):
        return casadi.Function("derivative", symbols, function.call(symbols), options)


def _quicker(function: Any, xs: tuple[Any, ...]) -> Any:
    """As matrix operations, or written out into scalar ones, whichever runs faster at xs."""
    stores = require("casadi").OP_OUTPUT  # these instructions have no value of their own
    steps = [k for k in range(function.n_instructions()) if function.instruction_id(k) != stores]
    entries = sum(function.instruction_MX(k).numel() for k in steps)
    return (
        function
        if entries > SCALARS
        else min((function, function.expand()), key=lambda form: _seconds(form, xs))
    )


def _seconds(function: Any, xs: tuple[Any, ...]) -> float:
    """The quickest of five calls."""
    evaluate = _buffered(
        function, xs, [np.empty(function.numel_out(i)) for i in range(function.n_out())]
    )
    times = []
    for _ in range(5):
        start = perf_counter()
        evaluate()
        times.append(perf_counter() - start)
    return min(times)


def _buffered(function: Any, xs: Sequence[Array], results: Sequence[Array]) -> Callable[[], None]:
    """A call that reads and writes these arrays. CasADi is given their addresses, so the call keeps
    them alive.
    """
    buffer, evaluate = function.buffer()
    given = [np.ascontiguousarray(x, dtype=float) for x in xs]
    for i, x in enumerate(given):
        buffer.set_arg(i, x.data)
    for i, result in enumerate(results):
        buffer.set_res(i, result.data)
    evaluate.owned = function, buffer, given, results
    return evaluate  # type: ignore[no-any-return]


def _called(
    function: Any, m: tuple[int, ...], shape: tuple[int, ...], dtype: Any, *xs: Array
) -> Any:
    """The results as arrays: f(x) of shape m where it is asked for, and the derivative."""
    results = function(*(np.ravel(x) for x in xs))
    if not isinstance(results, tuple):
        return _array(results, shape, dtype)
    return _array(results[0], m, dtype), _array(results[1], shape, dtype)


def _array(matrix: Any, shape: tuple[int, ...], dtype: Any) -> Array:
    return np.reshape(matrix.full(), shape).astype(dtype, copy=False)


register(
    "differentiators",
    "casadi",
    Peer(
        "casadi",
        load,
        "a symbolic graph, run on CasADi's virtual machine",
        Look("#1d4ed8", "#7aa2ff", "D", "--"),
        takes="NumPy itself, by its protocols, or f translated",
    ),
)
register(
    "differentiators",
    "casadi-c",
    Peer(
        "casadi-c",
        partial(load, True),
        "a symbolic graph in C, compiled",
        Look("#1d4ed8", "#7aa2ff", "d", "--"),
        package="casadi",
        by_name_only=True,
        takes="NumPy itself, by its protocols, or f translated",
    ),
)

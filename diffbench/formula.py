"""A formula typed as text, such as "log(x1) + x1*x2 - sin(x2)", becomes an ordinary function of one
array.

Python's parser reads it, an allow-list decides what may stand in it, and what passes is compiled to
closures: text is never executed. A name stands for a number, or for an array where the point says so (`x*x*sum(y)` at
x = 1, 2, 3); x[0] is an entry, sum, prod, dot, min and max are NumPy's, `^` is read as a power, and several
results are separated by commas. Every other name is a variable, whatever other libraries use it
for (E, I, S, N, O, Q, beta, gamma). Constant parts are folded to plain Python numbers, so that a
float32 point keeps a float32 result and 9**9**9 can't hang.
"""

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import reduce
from itertools import accumulate
from keyword import iskeyword
from typing import Any

import numpy as np

from diffbench.errors import BadFormula, BadPoint
from diffbench.rules.spelling import Spelling, spellings
from diffbench.rules.table import named

# (coordinates in the order of the names, xp) -> value
Evaluate = Callable[[tuple[Any, ...], Any], Any]
# a number is known when the formula is read, a closure when the point is
Node = int | float | Evaluate

MAX_CHARACTERS = 10_000
MAX_DEPTH = 200  # one Python frame a level, far from the interpreter's limit of 1000

CONSTANTS = {"pi": math.pi, "e": math.e}
BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: operator.pow, ast.Mod: operator.mod,
}  # fmt: skip
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
IN_A_FILE = "write it in a Python file and pass file.py:function"
REFUSALS = {
    ast.FloorDiv: "// is not available; write floor(a/b)",
    ast.MatMult: "@ is not available; write dot(a, b)",
    ast.Attribute: "a dot can't stand between names; write sin(x), not np.sin(x)",
    ast.Subscript: f"[ ] takes whole numbers, as in x[0]; {IN_A_FILE}",
    ast.Tuple: "several results are separated by commas, and each is a formula of its own; write "
    "sin(x*y), x + y",
    ast.BoolOp: "and/or are not available; nest two conditional expressions instead",
    ast.Not: "not is not available; turn the comparison round",
    ast.Starred: "* can't unpack; write every argument out",
}
GRAMMAR = "a formula is made of numbers, names, + - * / ** %, comparisons, a if c else b, and functions such as sin"


# functions of arrays, with how many arguments they take
ARRAY_FUNCTIONS = {
    "sum": (1,),
    "prod": (1,),
    "dot": (2,),
    "min": range(1, 100),
    "max": range(1, 100),
}
OF_TWO = {"min": "minimum", "max": "maximum"}


@dataclass(frozen=True)
class Formula:
    """A function of the variables in `names` (natural order: x1, x2, ..., x10), each a number, or an
    array where `shapes` says so. Two formulas of the same text and shapes are equal.
    """

    text: str
    names: tuple[str, ...] = field(compare=False)
    evaluate: Evaluate = field(compare=False, repr=False)
    shapes: tuple[tuple[int, ...], ...] | None = None
    notice: str = field(default="", compare=False)  # of what was read otherwise than typed

    def __call__(self, x: Any, xp: Any = np) -> Any:
        """The value at x of shape (k,), k the entries of all names, or of the name's own shape when
        there is one. Raises BadPoint for any other shape.
        """
        return self.evaluate(self._coordinates(x), xp)

    def of_shapes(self, shapes: tuple[tuple[int, ...], ...]) -> "Formula":
        """The same formula, its names standing for arrays of these shapes."""
        return replace(self, shapes=shapes if any(shapes) else None)

    @property
    def __name__(self) -> str:
        return self.text

    def __reduce__(self) -> Any:
        return _again, (self.text, self.shapes)  # closures don't pickle, their text does

    def _coordinates(self, x: Any) -> tuple[Any, ...]:
        shape, count = tuple(np.shape(x)), len(self.names)
        shapes = self.shapes or ((),) * count
        if count == 1 and shape == shapes[0]:
            return (x,)
        sizes = [math.prod(part) for part in shapes]
        if shape != (sum(sizes),):
            known = f"{_counted(count, 'name')} ({', '.join(self.names)})"
            raise BadPoint(
                f"the formula {self.text} has {known}, but the point has shape {shape}; give one "
                "number a name, in this order, or arrays by name, as in --at x=1,2,3,y=4"
            )
        return tuple(
            x[end - size : end].reshape(part) if part else x[end - 1]
            for size, end, part in zip(sizes, accumulate(sizes), shapes, strict=True)
        )


def parse_formula(text: str) -> Formula:
    """The function that `text` describes. Raises BadFormula, with the cure, for anything outside
    the grammar; where it can be told, a note shows the place.
    """
    written = text.strip().replace("^", "**")
    try:
        formula = _parsed(written)
    except BadFormula as error:
        if (column := getattr(error, "column", None)) is not None:
            error.add_note(f"  {written}\n  {' ' * column}^")
        raise
    return replace(formula, notice="^ is read as a power, **" if "^" in text else "")


def _again(text: str, shapes: Any) -> Formula:
    return replace(parse_formula(text), shapes=shapes)


def _parsed(text: str) -> Formula:
    tree = _read(text)
    names = tuple(sorted(_variables(tree), key=_natural_order))
    value = (
        _several(tree, names)
        if isinstance(tree, ast.Tuple) and tree.elts
        else _compile(tree, names, MAX_DEPTH)
    )
    if not callable(value) or not names:
        raise BadFormula(
            f"the formula {text!r} has no variable, so there is nothing to differentiate; use a "
            "name such as x1 in it"
        )
    return Formula(text, names, value)


def _several(tree: ast.Tuple, names: tuple[str, ...]) -> Evaluate:
    """Several results in one array: numbers side by side, arrays one after another."""
    parts = [_lifted(_compile(part, names, MAX_DEPTH)) for part in tree.elts]

    def evaluate(values: tuple[Any, ...], xp: Any) -> Any:
        found = [part(values, xp) for part in parts]
        if not any(np.ndim(value) for value in found):
            return xp.stack(found)
        return xp.concatenate([xp.reshape(value, (-1,)) for value in found])

    return evaluate


def _read(text: str) -> ast.expr:
    if len(text) > MAX_CHARACTERS:
        raise BadFormula(
            f"the formula has {len(text)} characters, more than {MAX_CHARACTERS}; {IN_A_FILE}"
        )
    for word in re.findall(r"[^\W\d]\w*", text):
        if iskeyword(word) and word not in ("if", "else", "and", "or", "not"):
            raise BadFormula(
                f"{word!r} is a reserved word of Python and can't be a variable; rename it, for "
                f"example {word.lower()}_"
            )
    try:
        with warnings.catch_warnings(action="error"):
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError) as error:
        refusal = BadFormula(
            f"the formula {text[:60]!r} can't be read ({getattr(error, 'msg', error)}); write it "
            "as in 2*x1 + sin(x2)**2"
        )
        if isinstance(error, SyntaxError) and error.offset and error.lineno == 1:
            refusal.column = min(error.offset - 1, len(text))
        raise refusal from None
    except (RecursionError, MemoryError):
        raise _too_deep() from None


def _variables(tree: ast.expr) -> set[str]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in CONSTANTS
    }


def _natural_order(name: str) -> list[str | int]:
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def _compile(node: ast.AST, names: tuple[str, ...], depth: int) -> Node:
    if depth == 0:
        raise _too_deep()
    try:
        if type(node) not in COMPILERS:
            raise _refused(node)
        return COMPILERS[type(node)](node, lambda child: _compile(child, names, depth - 1), names)
    except BadFormula as error:
        if error.column is None and isinstance(node, ast.expr):
            error.column = node.col_offset  # the innermost part is what the sentence is about
        raise


def _number(node: ast.Constant, child: Any, names: Any) -> Node:
    if not isinstance(node.value, int | float):
        raise BadFormula(f"{node.value!r} is not a real number; {GRAMMAR}")
    return _finite(node.value, node)


def _name(node: ast.Name, child: Any, names: tuple[str, ...]) -> Node:
    if node.id in CONSTANTS:
        return CONSTANTS[node.id]
    if node.id in functions():
        raise BadFormula(
            f"{node.id} is a function, not a variable; write {node.id}(...) or choose another name"
        )
    index = names.index(node.id)
    return lambda values, xp: values[index]


def _binary(node: ast.BinOp, child: Any, names: Any) -> Node:
    if type(node.op) not in BINARY:
        raise _refused(node.op)
    apply = BINARY[type(node.op)]
    return _applied(node, lambda xp: apply, child(node.left), child(node.right))


def _unary(node: ast.UnaryOp, child: Any, names: Any) -> Node:
    if type(node.op) not in UNARY:
        raise _refused(node.op)
    apply = UNARY[type(node.op)]
    return _applied(node, lambda xp: apply, child(node.operand))


def _call(node: ast.Call, child: Any, names: Any) -> Node:
    if isinstance(node.func, ast.Name) and node.func.id in ARRAY_FUNCTIONS:
        return _array_function(node, node.func.id, child)
    row = _function(node)
    if node.keywords or len(node.args) != row.arity:
        raise BadFormula(
            f"{ast.unparse(node)} can't be called so: {row.name} takes "
            f"{_counted(row.arity, 'argument')} and no keywords"
        )
    return _applied(node, lambda xp: _in(xp, row.name), *map(child, node.args))


def _array_function(node: ast.Call, name: str, child: Any) -> Node:
    if node.keywords or len(node.args) not in ARRAY_FUNCTIONS[name]:
        fewest = ARRAY_FUNCTIONS[name][0]
        raise BadFormula(
            f"{ast.unparse(node)} can't be called so: {name} takes {_counted(fewest, 'argument')}"
            f"{' or more' if name in OF_TWO else ''} and no keywords"
        )
    arguments = [child(argument) for argument in node.args]
    if len(arguments) > 1 and name in OF_TWO:
        of_two = OF_TWO[name]
        return _applied(
            node, lambda xp: lambda *many: reduce(getattr(xp, of_two), many), *arguments
        )
    return _applied(node, lambda xp: getattr(xp, name), *arguments)


def _entry(node: ast.Subscript, child: Any, names: tuple[str, ...]) -> Node:
    index, array = _index(node.slice), child(node.value)
    if not callable(array):
        raise BadFormula(f"{ast.unparse(node)}: a number has no entries; index a name, as in x[0]")

    def evaluate(values: tuple[Any, ...], xp: Any) -> Any:
        whole = array(values, xp)
        try:
            return whole[index]
        except (IndexError, TypeError):
            raise BadPoint(
                f"{ast.unparse(node)} asks for an entry of an array of shape {np.shape(whole)}; "
                "give the name more numbers, as in --at 1,2,3 or --at x=1,2,3"
            ) from None

    return evaluate


def _index(node: ast.expr) -> Any:
    try:
        index = ast.literal_eval(node)
    except ValueError:
        index = None
    parts = index if isinstance(index, tuple) else (index,)
    if not parts or not all(type(part) is int for part in parts):
        raise BadFormula(f"a formula can't be read: {REFUSALS[ast.Subscript]}")
    return index


def functions() -> dict[str, Spelling]:
    """The functions that a formula can call, under all names it may call them by."""
    return {name: row for row in spellings.values() for name in row.typed}


def _function(node: ast.Call) -> Spelling:
    if not isinstance(node.func, ast.Name):
        raise _refused(node.func)
    known, name = functions(), node.func.id
    if name not in known:
        near = get_close_matches(name, known, n=2)
        first = dict.fromkeys(row.typed[0] for row in known.values())
        hint = (
            f"did you mean {' or '.join(near)}?"
            if near
            else f"a product is {name}*(...), and the functions are {', '.join(first)}"
        )
        raise BadFormula(f"{name!r} is not a function that a formula can call; {hint}")
    return known[name]


def _in(xp: Any, name: str) -> Callable[..., Any]:
    """The module's function; SciPy's, where the module lacks it."""
    return named[name].evaluate if name in named and not hasattr(xp, name) else getattr(xp, name)


def _compare(node: ast.Compare, child: Any, names: Any) -> Node:
    unknown = [op for op in node.ops if type(op) not in COMPARISONS]
    if unknown:
        raise _refused(unknown[0])
    tests = [COMPARISONS[type(op)] for op in node.ops]
    sides = [_lifted(child(side)) for side in (node.left, *node.comparators)]

    def evaluate(values: tuple[Any, ...], xp: Any) -> Any:
        found = [side(values, xp) for side in sides]
        results = [test(a, b) for test, a, b in zip(tests, found, found[1:], strict=False)]
        return results[0] if len(results) == 1 else all(results)

    return evaluate


def _conditional(node: ast.IfExp, child: Any, names: Any) -> Node:
    test, yes, no = (_lifted(child(part)) for part in (node.test, node.body, node.orelse))
    return lambda values, xp: yes(values, xp) if test(values, xp) else no(values, xp)


COMPILERS: dict[type[ast.AST], Callable[[Any, Any, tuple[str, ...]], Node]] = {
    ast.Constant: _number,
    ast.Name: _name,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Call: _call,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.Subscript: _entry,
}


def _applied(
    node: ast.expr, function: Callable[[Any], Callable[..., Any]], *arguments: Node
) -> Node:
    """function(xp) of the arguments: at once when all of them are numbers, at the point
    otherwise.
    """
    if not any(map(callable, arguments)):
        return _folded(node, function(np), arguments)
    evaluators = [argument if callable(argument) else _constant(argument) for argument in arguments]
    return lambda values, xp: function(xp)(*[evaluate(values, xp) for evaluate in evaluators])


def _folded(node: ast.expr, function: Callable[..., Any], numbers: Iterable[Any]) -> Node:
    try:
        with np.errstate(all="ignore"):
            value = function(*map(float, numbers))
    except ArithmeticError:
        value = math.nan
    return _finite(float(value) if np.isrealobj(value) else math.nan, node)


def _finite(value: int | float, node: ast.expr) -> int | float:
    try:
        known = math.isfinite(float(value))
    except OverflowError:  # a whole number beyond the floats
        known = False
    if not known:
        raise BadFormula(
            f"{ast.unparse(node)[:60]} is not a finite real number; correct this constant"
        )
    # x**2 is a square; -0.0 keeps its sign
    return int(value) if value and value == int(value) and abs(value) < 2**53 else float(value)


def _constant(number: int | float) -> Evaluate:
    return lambda values, xp: number


def _lifted(value: Node) -> Evaluate:
    return value if callable(value) else _constant(float(value))


def _refused(node: ast.AST) -> BadFormula:
    if type(node) in REFUSALS:
        return BadFormula(f"a formula can't be read: {REFUSALS[type(node)]}")
    return BadFormula(f"{type(node).__name__} can't stand in a formula; {GRAMMAR}")


def _too_deep() -> BadFormula:
    return BadFormula(f"the formula nests more than {MAX_DEPTH} operations; {IN_A_FILE}")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"

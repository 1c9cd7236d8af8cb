"""A rewrite is a row: what is met, what stands in its place, and why, side by side.

    row("x * (1 / y)", "x / y", "one rounding instead of two", once)

What is met is written as Python writes it:

    x, y         anything; a letter that comes twice is the same thing twice
    m, n         numbers whose products are exact: whole ones and powers of two
    0, 1, True   this number; 0 is not -0
    f(x, 1)      the primitive of this name, in either order if it commutes; f(x, ...) whatever its
                 parameters are
    f            the primitive of this name, whatever its arguments are

What stands in its place is written alike. Every part of it has the shape and dtype of the result; a
letter alone stands for the result only where it has these. Where text can't say it, a function
(draft, args, params, known) does, which returns None where it has nothing better.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import copysign, frexp
from typing import Any, Protocol

import numpy as np

from diffbench.ir import SCALAR, Aval, Equation, Primitive, Program, Var
from diffbench.rules.table import primitives

# (draft, args, params, known) -> what the result is instead, or None
Rewrite = Callable[..., Any]
COMMUTATIVE = frozenset(
    {"add", "multiply", "maximum", "minimum", "logical_and", "logical_or", "equal", "not_equal"}
)
_NUMBERS = frozenset({int, float, np.float64})
_COUNT, _CONSTANT = "a count", "a constant"


class Draft(Protocol):
    """The program that is being written, as far as rewriting asks for it."""

    made: dict[int, Equation]
    source: Program

    def apply(
        self, primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any], known: Aval
    ) -> Any:
        """What the primitive of these arguments is: something simpler, or an equation."""


# ---------------------------------------------------------------- rows


# the letters of a pattern, and what its inner parts are made as
Found = dict[Any, Any]


@dataclass(frozen=True)
class Condition:
    """What has to hold besides the pattern."""

    holds: Callable[[Draft, Found, Aval], bool]
    of_arrays: bool = False  # never on numbers


def _read_once(draft: Draft, found: Found, known: Aval) -> bool:
    inner = [atom for part, atom in found.items() if type(part) is int]
    return all([draft.source.uses[var.index] == 1 for var in inner])


def _are_floats(draft: Draft, found: Found, known: Aval) -> bool:
    return bool(known.shape) and known.dtype == float


once = Condition(_read_once)  # else what is inside is computed all the same
arrays = Condition(lambda draft, found, known: bool(known.shape), of_arrays=True)
float_arrays = Condition(_are_floats, of_arrays=True)
whole_numbers = Condition(lambda draft, found, known: known.dtype.kind in "iu", of_arrays=True)
truths = Condition(lambda draft, found, known: known.dtype == bool, of_arrays=True)
of_result = Condition(lambda draft, found, known: fits(found["x"], known))  # the shape and dtype


@dataclass(frozen=True)
class Row:
    """A rewrite with its reason."""

    pattern: str
    instead: "str | Rewrite"
    reason: str
    where: tuple[Condition, ...] = ()

    def variants(self) -> list["Variant"]:
        """The pattern in every order of what commutes, as it is written first."""
        tree = _parsed(self.pattern)
        trees = [tree] if isinstance(tree, str) else dict.fromkeys(_orders(tree))
        return [Variant(self, each) for each in trees]


def row(pattern: str, instead: "str | Rewrite", reason: str, *where: Condition) -> Row:
    """A row of the table, its conditions last."""
    return Row(pattern, instead, reason, where)


# ---------------------------------------------------------------- text to trees


@dataclass(frozen=True)
class Letter:
    name: str

    @property
    def is_count(self) -> bool:
        """Whether it stands for numbers only."""
        return self.name in "mn"


@dataclass(frozen=True)
class Applied:
    name: str
    args: tuple[Any, ...]
    any_params: bool = False


Tree = Any  # Letter, Applied, or a number
_OPERATORS: dict[type, str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.Pow: "power", ast.USub: "negative",
}  # fmt: skip


@cache
def _parsed(text: str) -> Tree | str:
    """The tree of a pattern; the name alone of one that asks for no arguments."""
    expression = ast.parse(text, mode="eval").body
    if isinstance(expression, ast.Name) and len(expression.id) > 1:
        return expression.id
    return _tree(expression)


def _tree(node: ast.expr) -> Tree:
    if isinstance(node, ast.Name):
        return Letter(node.id)
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp):
        inner = _tree(node.operand)
        number = type(inner) in _NUMBERS
        return -inner if number else Applied(_OPERATORS[type(node.op)], (inner,))
    if isinstance(node, ast.BinOp):
        return Applied(_OPERATORS[type(node.op)], (_tree(node.left), _tree(node.right)))
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name), ast.unparse(node)
    args = [_tree(arg) for arg in node.args]
    primitive = primitives.get(getattr(np, node.func.id, None))  # abs is called absolute
    name = primitive.name if primitive else node.func.id
    return Applied(name, tuple([arg for arg in args if arg is not ...]), ... in args)


def _orders(tree: Tree) -> Iterator[Tree]:
    if not isinstance(tree, Applied):
        yield tree
        return
    for args in (tree.args, tree.args[::-1]) if tree.name in COMMUTATIVE else (tree.args,):
        for parts in product(*map(_orders, args)):
            yield Applied(tree.name, parts, tree.any_params)


# ---------------------------------------------------------------- is it met?


class Variant:
    """One order of a row's pattern: what it is met by, and what it makes then."""

    def __init__(self, row: Row, tree: Tree | str) -> None:
        self.where = row.where
        self.name: str = tree if isinstance(tree, str) else tree.name
        self.args: tuple[Tree, ...] | None = None if isinstance(tree, str) else tree.args
        self.on_numbers = not any([condition.of_arrays for condition in row.where])
        self._any_params = isinstance(tree, str) or tree.any_params
        self._met = None if self.args is None else _matchers(self.args, set())
        self._is_function = callable(row.instead)
        self._instead: Rewrite = (
            row.instead if callable(row.instead) else _result(_parsed(row.instead))
        )

    @property
    def rewrite(self) -> Rewrite:
        """All of it as one function, which is the row's own where nothing is asked."""
        whatever = self._met is None and not self.where and self._is_function
        return self._instead if whatever else self.instead

    def instead(
        self, draft: Draft, args: tuple[Any, ...], params: dict[str, Any], known: Aval
    ) -> Any:
        """What stands in the equation's place; None if the row does not apply."""
        if params and not self._any_params:
            return None
        found: Found = {}
        if self._met is not None and not self._met(draft, found, args):
            return None
        for condition in self.where:
            if not condition.holds(draft, found, known):
                return None
        if self._is_function:
            return self._instead(draft, args, params, known)
        return self._instead(draft, found, known)


Matcher = Callable[[Draft, Found, Any], bool]


def _matchers(trees: Sequence[Tree], known: set[str | int]) -> Matcher:
    """Whether each of some atoms meets its tree; `known` are the letters and places before."""
    each = [_matcher(tree, known) for tree in trees]
    if len(each) == 1:
        (only,) = each
        return lambda draft, found, atoms: only(draft, found, atoms[0])
    left, right = each
    return lambda draft, found, atoms: (
        left(draft, found, atoms[0]) and right(draft, found, atoms[1])
    )


def _matcher(tree: Tree, known: set[str | int]) -> Matcher:
    if isinstance(tree, Letter):
        return _letter(tree, known)
    if not isinstance(tree, Applied):
        return lambda draft, found, atom: is_number(atom, tree)
    inner, place = _matchers(tree.args, known), len(known)
    known.add(place)

    def applied(draft: Draft, found: Found, atom: Any) -> bool:
        made = draft.made.get(atom.index) if type(atom) is Var else None
        if made is None or made.primitive.name != tree.name or made.params:
            return False
        found[place] = atom
        return inner(draft, found, made.args)

    return applied


def _letter(tree: Letter, known: set[str | int]) -> Matcher:
    name = tree.name
    if name in known:
        return lambda draft, found, atom: found[name] is atom
    known.add(name)

    def stored(draft: Draft, found: Found, atom: Any) -> bool:
        found[name] = atom
        return True

    def counted(draft: Draft, found: Found, atom: Any) -> bool:
        found[name] = atom
        return is_count(atom)

    return counted if tree.is_count else stored


# ---------------------------------------------------------------- what stands in its place


def _result(tree: Tree) -> Rewrite:
    """What becomes of the equation: (draft, found, known) -> the result instead, or None."""
    if isinstance(tree, Applied):
        return _built(tree)
    if isinstance(tree, Letter):
        name = tree.name
        return lambda draft, found, known: found[name] if fits(found[name], known) else None
    return lambda draft, found, known: np.broadcast_to(np.asarray(tree, known.dtype), known.shape)[
        ()
    ]


def _built(tree: Tree) -> Rewrite:
    """Equations for a tree, each of the shape and dtype of the result; a number of numbers."""
    if isinstance(tree, Letter):
        name = tree.name
        return lambda draft, found, known: found[name]
    if not isinstance(tree, Applied):
        return lambda draft, found, known: tree
    args, function = [_built(arg) for arg in tree.args], getattr(np, tree.name)

    def built(draft: Draft, found: Found, known: Aval) -> Any:
        atoms = tuple([arg(draft, found, known) for arg in args])
        if _NUMBERS.issuperset(map(type, atoms)):
            return float(function(*atoms))
        return draft.apply(primitives[function], atoms, {}, known)

    return built


# ---------------------------------------------------------------- all rows of some passes


class Rules:
    """Rows by what they look at, all of it read off the patterns.

    telling     by primitive, the numbers as arguments by which a row may apply
    listeners   by primitive, whose results are arguments by which a row of others may apply, and
                the numbers that its own arguments have to be then, by their places
    twice       primitives for which it tells if both arguments are the same
    always      primitives with a row whatever their arguments are
    All of this is of equations on numbers, which most are; the rest is looked at in any case.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        variants = [variant for row in rows for variant in row.variants()]
        self._of: dict[str, list[Variant]] = {}
        for variant in variants:
            self._of.setdefault(variant.name, []).append(variant)
        args = [arg for variant in variants for arg in variant.args or ()]
        self._inner = {arg.name for arg in args if isinstance(arg, Applied)}
        self._literals = {arg for arg in args if type(arg) in _NUMBERS}
        self._applying: dict[Any, tuple[Rewrite, ...]] = {}
        self._whatever = {  # primitives whose arguments no row looks at
            name: tuple([variant.rewrite for variant in its])
            for name, its in self._of.items()
            if all([variant.args is None for variant in its])
        }
        self.telling: dict[str, set[Any]] = {}
        self.listeners: dict[str, list[tuple[str, Numbers]]] = {}
        self.twice: set[str] = set()
        self.always: set[str] = set()
        for variant in variants:
            if variant.on_numbers:
                self._look_at(variant)

    def _look_at(self, variant: Variant) -> None:
        """What tells, among the arguments of an equation on numbers, that a row may apply."""
        name, args = variant.name, variant.args or ()
        telling = [arg for arg in args if not isinstance(arg, Letter)]
        for arg in telling:
            if isinstance(arg, Applied):
                self.listeners.setdefault(arg.name, []).append((name, _numbers(arg)))
            else:
                self.telling.setdefault(name, set()).add(arg)
        if not telling:
            (self.twice if len(set(args)) < len(args) else self.always).add(name)

    def instead(
        self,
        draft: Draft,
        primitive: Primitive,
        args: tuple[Any, ...],
        params: dict[str, Any],
        known: Aval,
    ) -> Any:
        """What the first row that applies puts in the equation's place; None if none does."""
        name = primitive.name
        if name not in self._of:
            return None
        rewrites = self._whatever.get(name) or self._for(name, draft, args, known is SCALAR)
        for rewrite in rewrites:
            simpler = rewrite(draft, args, params, known)
            if simpler is not None:
                return simpler
        return None

    def _for(
        self, name: str, draft: Draft, args: tuple[Any, ...], numbers: bool
    ) -> tuple[Rewrite, ...]:
        """The rows that may apply, by what is seen at a glance: in the order in which they are
        written, and each in every order of the arguments.
        """
        made, inner = draft.made, self._inner
        seen: tuple[Any, ...] = (name, numbers)
        for arg in args:
            if type(arg) is Var:
                maker = made.get(arg.index)
                known = None if maker is None else maker.primitive.name
                seen += (known if known in inner else None,)
            else:
                seen += (self._seen(arg),)
        found = self._applying.get(seen)
        if found is None:
            found = self._applying[seen] = self._may_apply(*seen)
        return found

    def _may_apply(self, name: str, numbers: bool, *heads: Any) -> tuple[Rewrite, ...]:
        return tuple(
            [
                variant.rewrite
                for variant in self._of[name]
                if variant.args is None or _agree(variant.args, heads)
                if variant.on_numbers or not numbers
            ]
        )

    def _seen(self, constant: Any) -> Any:
        """What a constant is at a glance."""
        if constant is True:
            return "True"
        if type(constant) not in _NUMBERS:
            return _CONSTANT
        if constant in self._literals and (constant or copysign(1, constant) > 0):
            return float(constant)
        return _COUNT if is_count(constant) else _CONSTANT


def _head(tree: Tree) -> Any:
    if isinstance(tree, Letter):
        return _COUNT if tree.is_count else ...
    if isinstance(tree, Applied):
        return tree.name
    return "True" if tree is True else float(tree)


def _agree(trees: Sequence[Tree], seen: Sequence[Any]) -> bool:
    """Whether arguments seen at a glance may meet these trees."""
    return len(trees) == len(seen) and all(map(_may_be, map(_head, trees), seen))


def _may_be(head: Any, seen: Any) -> bool:
    return head is ... or head == seen or (head is _COUNT and type(seen) is float)


Numbers = tuple[tuple[int, Tree], ...]  # place -> what number stands there


def _numbers(tree: Applied) -> Numbers:
    return tuple(
        [
            (place, arg)
            for place, arg in enumerate(tree.args)
            if not isinstance(arg, Applied | Letter) or (isinstance(arg, Letter) and arg.is_count)
        ]
    )


def are_there(numbers: Numbers, args: tuple[Any, ...]) -> bool:
    """Whether the numbers stand among these arguments."""
    for place, tree in numbers:
        atom = args[place]
        if type(atom) is Var or not (
            is_count(atom) if isinstance(tree, Letter) else is_number(atom, tree)
        ):
            return False
    return True


# ---------------------------------------------------------------- what rewriting asks of atoms


def is_number(atom: Any, number: float) -> bool:
    """Whether an atom is this number, with its sign."""
    if number is True:
        return atom is True
    return type(atom) in _NUMBERS and atom == number and copysign(1, atom) == copysign(1, number)


def is_count(atom: Any) -> bool:
    """Whole numbers and powers of two, whose products are exact."""
    if type(atom) not in _NUMBERS or not 2.0**-20 <= abs(atom) <= 2.0**20:
        return False
    return bool(atom == int(atom) or abs(frexp(atom)[0]) == 0.5)


def fits(atom: Any, known: Aval) -> bool:
    """Whether an atom is a variable of this shape and dtype, so that it can stand for the
    result.
    """
    return type(atom) is Var and atom.aval is known

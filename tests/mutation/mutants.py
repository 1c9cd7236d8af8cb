"""Single faults of a source file: an operator, a constant, a condition, the order of two operands. Each
is an edit of one expression, found in the syntax tree.
"""

import ast
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from pathlib import Path

OTHERS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
ORDERED = (ast.Sub, ast.Div, ast.MatMult, ast.Pow)
# what changes no behaviour: texts of errors, types, what is tried on somebody else's system
SPARED = (ast.Raise, ast.Assert, ast.AnnAssign, ast.arguments, ast.JoinedStr)


@dataclass(frozen=True)
class Mutant:
    """An edit of a file: the characters from start to end become `new`."""

    file: str
    line: int
    start: int
    end: int
    old: str
    new: str
    words: tuple[str, ...]  # names in the statement, and of the function that it stands in

    def of(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {' '.join(self.old.split())}  ->  {self.new}"


def mutants(root: Path, file: str) -> Iterator[Mutant]:
    """All faults of a file."""
    text = (root / file).read_text()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    lines = text.splitlines()

    def place(line: int, column: int) -> int:
        """Characters from the beginning; the tree counts bytes of UTF-8."""
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    for node, around in walked(ast.parse(text), ()):
        for faulty in faults(node):
            start, end = (
                place(node.lineno, node.col_offset),
                place(node.end_lineno, node.end_col_offset),
            )
            new = f"({ast.unparse(faulty)})"
            yield Mutant(file, node.lineno, start, end, text[start:end], new, words(node, around))


def walked(
    node: ast.AST, around: tuple[ast.AST, ...]
) -> Iterator[tuple[ast.expr, tuple[ast.AST, ...]]]:
    """The expressions, each with what it stands in; without what is spared."""
    if isinstance(node, SPARED):
        return
    if isinstance(node, ast.expr):
        yield node, around
    for child in ast.iter_child_nodes(node):
        yield from walked(child, (*around, node))


def faults(node: ast.expr) -> Iterator[ast.expr]:
    """The expression with one thing otherwise."""
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            if type(op) in OTHERS:
                yield changed(node, op=OTHERS[type(op)]())
            if isinstance(op, ORDERED):
                yield changed(node, left=right, right=left)
        case ast.BoolOp(op=op):
            yield changed(node, op=OTHERS[type(op)]())
        case ast.Compare(ops=[op]):
            yield changed(node, ops=[OTHERS[type(op)]()])
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.IfExp(test=test):
            yield changed(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)


def changed(node: ast.expr, **fields: object) -> ast.expr:
    other = copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def words(node: ast.expr, around: tuple[ast.AST, ...]) -> tuple[str, ...]:
    """Names by which tests of it may be called."""
    functions = [a.name for a in around if isinstance(a, (ast.FunctionDef, ast.ClassDef))]
    statements = [a for a in around if isinstance(a, ast.stmt) and not isinstance(a, ast.ClassDef)]
    inner = statements[-1:] if not functions else []
    named = [n.attr for s in inner for n in ast.walk(s) if isinstance(n, ast.Attribute)]
    return tuple(dict.fromkeys(w.strip("_") for w in [*functions, *named] if len(w) > 2))

"""A scalar function as a graph in which equal subexpressions are one node.

Every node is a constant, a variable, or one operation on earlier nodes, so that a loop over the
node numbers visits arguments before results and nothing here recurses. Nodes are hash-consed:
asking twice for the same operation on the same arguments gives the same node, which is perfect
common-subexpression elimination. Nothing is ever re-associated; only zeros and ones are folded,
because that is the setting in which symbolic differentiation with sharing and automatic
differentiation are the same computation (Laue, 2019).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from diffbench.errors import Unsupported

COMMUTATIVE = frozenset({"add", "multiply", "maximum", "minimum", "equal", "not_equal"})
# a float below it that is a multiple of 1/FINEST_EXACT is taken for the fraction it looks like
LARGEST_EXACT = 2**42
FINEST_EXACT = 2**10

Rewrite = Callable[["ExpressionGraph", str, tuple["Expression", ...]], "Expression | None"]


@dataclass(eq=False)
class ExpressionGraph:
    """Expressions of one function. `rewrites` are tried in turn on every new operation; the first
    answer replaces it.

    Without sharing it is a tape: one node for every operation that was executed.
    """

    rewrites: tuple[Rewrite, ...]
    shares: bool = True
    # per node: "constant", "variable" or the operation's name
    operations: list[str] = field(default_factory=list)
    arguments: list[tuple[int, ...]] = field(default_factory=list)
    values: dict[int, Any] = field(default_factory=dict)  # of constants
    _known: dict[tuple[Any, ...], int] = field(default_factory=dict)
    _constants: dict[tuple[type, Any], "Expression"] = field(default_factory=dict)

    def constant(self, value: Any) -> "Expression":
        """The number `value`; integers stay exact, so that 2.0 and 2 are one node."""
        known = self._constants.get((type(value), value))
        if known is None:
            known = self._constants[type(value), value] = self._new_constant(exact(value))
        return known

    def variable(self) -> "Expression":
        """A new independent variable."""
        return Expression(self, self._node("variable", (), key=("variable", len(self.operations))))

    def apply(self, operation: str, *arguments: Any) -> "Expression":
        """The operation on expressions or numbers, simplified by the graph's rewrites."""
        operands = tuple([a if type(a) is Expression else self.constant(a) for a in arguments])
        for rewrite in self.rewrites:
            simpler = rewrite(self, operation, operands)
            if simpler is not None:
                return simpler
        return self._apply_unchanged(operation, operands)

    def lift(self, thing: Any) -> "Expression":
        """The expression itself, or the constant of that value."""
        return thing if isinstance(thing, Expression) else self.constant(thing)

    def reachable(self, roots: Iterable["Expression"]) -> list[int]:
        """Numbers of the nodes that `roots` are made of, arguments first."""
        seen = {root.node for root in roots}
        for node in range(max(seen, default=-1), -1, -1):
            if node in seen:
                seen.update(self.arguments[node])
        return sorted(seen)

    def _new_constant(self, value: Any) -> "Expression":
        node = self._node("constant", (), key=("constant", repr(value)))
        self.values[node] = value
        return Expression(self, node)

    def _apply_unchanged(self, operation: str, operands: tuple["Expression", ...]) -> "Expression":
        nodes = tuple([e.node for e in operands])
        key = (operation, *(sorted(nodes) if operation in COMMUTATIVE else nodes))
        return Expression(self, self._node(operation, nodes, key))

    def _node(self, operation: str, arguments: tuple[int, ...], key: tuple[Any, ...]) -> int:
        fresh = len(self.operations)
        node = self._known.setdefault(key, fresh) if self.shares else fresh
        if node == fresh:
            self.operations.append(operation)
            self.arguments.append(arguments)
        return node


@dataclass(frozen=True, eq=False, slots=True)
class Expression:
    """A node of a graph, with the operators of arithmetic."""

    graph: ExpressionGraph
    node: int

    @property
    def operation(self) -> str:
        return self.graph.operations[self.node]

    @property
    def arguments(self) -> tuple["Expression", ...]:
        return tuple([Expression(self.graph, node) for node in self.graph.arguments[self.node]])

    @property
    def value(self) -> Any:
        """The number, if this is a constant; otherwise None."""
        return self.graph.values.get(self.node)

    def __add__(self, other: Any) -> "Expression":
        return self.graph.apply("add", self, other)

    def __radd__(self, other: Any) -> "Expression":
        return self.graph.apply("add", other, self)

    def __sub__(self, other: Any) -> "Expression":
        return self.graph.apply("subtract", self, other)

    def __rsub__(self, other: Any) -> "Expression":
        return self.graph.apply("subtract", other, self)

    def __mul__(self, other: Any) -> "Expression":
        return self.graph.apply("multiply", self, other)

    def __rmul__(self, other: Any) -> "Expression":
        return self.graph.apply("multiply", other, self)

    def __truediv__(self, other: Any) -> "Expression":
        return self.graph.apply("divide", self, other)

    def __rtruediv__(self, other: Any) -> "Expression":
        return self.graph.apply("divide", other, self)

    def __pow__(self, other: Any) -> "Expression":
        return self.graph.apply("power", self, other)

    def __rpow__(self, other: Any) -> "Expression":
        return self.graph.apply("power", other, self)

    def __neg__(self) -> "Expression":
        return self.graph.apply("negative", self)

    def __bool__(self) -> bool:
        raise Unsupported(
            "symbolic differentiation cannot follow control flow that depends on the data: the "
            "truth of a symbol was asked for; "
            "write the choice as np.where, or take the branch of this point with "
            "Symbolic(branch='taken')"
        )


def exact(value: Any) -> Any:
    """Floats that are short binary fractions as exact numbers, so that 4.0*x and 4*x are one
    expression; others as they are.
    """
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, complex):
        raise Unsupported(
            f"symbolic methods take functions of real numbers, and {value} is in this one; split "
            "it into real and imaginary part"
        )
    if (
        isinstance(value, float)
        and abs(value) < LARGEST_EXACT
        and (value * FINEST_EXACT).is_integer()
    ):
        value = Fraction(value)
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value


def count_operations(roots: Sequence[Expression]) -> int:
    """Operations needed to compute all `roots` when every node is computed once; constants and
    variables are free.
    """
    graph = roots[0].graph
    return sum(1 for node in graph.reachable(roots) if graph.arguments[node])


def count_uses(roots: Sequence[Expression]) -> Counter[int]:
    """How often each node is an argument or a root."""
    graph = roots[0].graph
    return Counter(
        [
            *(a for node in graph.reachable(roots) for a in graph.arguments[node]),
            *(root.node for root in roots),
        ]
    )


def count_tree_operations(root: Expression) -> int:
    """Operations of `root` written out as a tree, every shared part repeated: exact integers of any
    size, in linear time.
    """
    graph = root.graph
    total: dict[int, int] = {}
    for node in graph.reachable([root]):
        inner = [total[argument] for argument in graph.arguments[node]]
        total[node] = 1 + sum(inner) if inner else 0
    return total[root.node]

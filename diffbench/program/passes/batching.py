"""What a loop over arrays does in every step without waiting for the step before, done for all
steps at once.

    z1 = x1 @ U + h0 @ W                 X = [x1; x2; ...] @ U             one product for all steps
    h1 = tanh(z1)                        z1 = X[0] + h0 @ W
    e1 = h1 @ V - y1             ->      h1 = tanh(z1)                     what waits stays step by step
    z2 = x2 @ U + h1 @ W                 ...
    ...                                  E = [h1; h2; ...] @ V - [y1; y2; ...]

Equations that look alike, down to what their arguments are made of, form a group. A group none of
whose members needs another, directly or through other groups, is one equation on the rows of a
matrix.
"""

from collections import Counter, defaultdict
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.csgraph import connected_components

from diffbench.ir import Aval, Equation, Program, Rewriter, Var, aval, freeze
from diffbench.rules.entries.indexing import getitem
from diffbench.rules.entries.shaping import join
from diffbench.rules.linear_algebra.products import contract
from diffbench.rules.table import primitives

FEWEST = 8  # equations of a group
# entries of a vector: longer ones take more time than their calls, and their memory is better used
# again
_LONGEST = 1000
_LARGE = 10_000  # entries of a constant, told apart by where it is
_PRODUCTS = {(1, 1): "dot", (1, 2): "row", (2, 1): "column"}
_GETITEM = primitives[getitem]
_DEEPEST = 3  # how far down what an argument is made of is compared


def batch_steps(program: Program) -> Program:
    """The program with groups of equations on vectors as equations on matrices."""
    kinds = [_kind(equation) for equation in program.equations]
    if len(kinds) - kinds.count(None) < FEWEST:
        return program
    nodes = _Nodes(program, kinds)
    if not nodes.batched:
        return program
    draft = _Batcher(program)
    for node in nodes.in_order():
        draft.write([program.equations[t] for t in nodes.members[node]], node in nodes.batched)
    return draft.rewritten()


def _kind(equation: Equation) -> str | None:
    """How an equation on short vectors becomes one on matrices, if it can."""
    primitive, args, params, output = equation
    if (
        type(output) is not Var
        or output.dtype.kind != "f"
        or not (output.shape or primitive.name in ("matmul", "sum"))
    ):
        return None
    if max(map(_length, (*args, output))) > _LONGEST:
        return None
    if primitive.name == "matmul":
        return _PRODUCTS.get((np.ndim(args[0]), np.ndim(args[1])))
    if isinstance(primitive.evaluate, np.ufunc) and not params and len(output.shape) == 1:
        return "entrywise" if all([np.shape(arg) in ((), output.shape) for arg in args]) else None
    return "sum" if primitive.name == "sum" and not params and np.ndim(args[0]) == 1 else None


def _length(arg: Any) -> int:
    return max(np.shape(arg), default=0)


def _one(constant: Any) -> Any:
    """What tells a number or a matrix apart."""
    return (
        id(constant)
        if np.size(constant) > _LARGE
        else freeze(constant)
        if np.ndim(constant)
        else repr(constant)
    )


class _Nodes:
    """The groups, and every other equation alone, with the order that they depend on each other
    in.
    """

    def __init__(self, program: Program, kinds: list[str | None]) -> None:
        self.program, self.kinds = program, kinds
        groups = [group for group in self._alike().values() if len(group) >= FEWEST]
        self._number(groups)
        if groups:
            waiting = self._waiting()
            self._number([group for node, group in enumerate(groups) if node not in waiting])

    def _alike(self) -> dict[Any, list[int]]:
        """Positions of the equations that look alike, by what they look like."""
        looks: list[dict[int, Any]] = [{} for _ in range(_DEEPEST + 1)]
        numbers: dict[Any, int] = {}
        found: defaultdict[int, list[int]] = defaultdict(list)
        for t, (primitive, args, params, output) in enumerate(self.program.equations):
            if type(output) is not Var:
                continue
            own = (primitive, freeze(params) if params else (), output.aval)
            for depth in range(1, _DEEPEST + 1):
                key = (own, *[self._look(arg, looks[depth - 1]) for arg in args])
                looks[depth][output.index] = number = numbers.setdefault(key, len(numbers))
            if self.kinds[t]:
                found[number].append(t)
        return found

    def _look(self, arg: Any, looks: dict[int, Any]) -> Any:
        """What an argument is: a vector by what it is made of, if few equations read it, and all
        else by which one it is.
        """
        if type(arg) is not Var:
            return ("constant", np.shape(arg), str(arg.dtype)) if np.ndim(arg) == 1 else _one(arg)
        if arg.ndim != 1 or self.program.uses[arg.index] >= FEWEST:
            return ("one", arg.index)
        return (arg.aval, looks.get(arg.index))

    def _number(self, groups: list[list[int]]) -> None:
        grouped = {t for group in groups for t in group}
        self.members = groups + [
            [t] for t in range(len(self.program.equations)) if t not in grouped
        ]
        self.batched = set(range(len(groups)))
        node_of = {t: node for node, group in enumerate(self.members) for t in group}
        maker: dict[int, int] = {}
        for t, equation in enumerate(self.program.equations):
            for var in equation.outputs:
                maker[var.index] = node_of[t]
        self.edges = {
            (maker[arg.index], node_of[t])
            for t, equation in enumerate(self.program.equations)
            for arg in equation.args
            if type(arg) is Var and arg.index in maker
        }

    def _waiting(self) -> set[int]:
        """Groups of which a member needs another one."""
        n, (tails, heads) = len(self.members), np.array(sorted(self.edges)).T
        graph = sparse.csr_array((np.ones(tails.size), (tails, heads)), shape=(n, n))
        _, component = connected_components(graph, connection="strong")
        sizes = np.bincount(component)
        return {
            node
            for node in self.batched
            if sizes[component[node]] > 1 or (node, node) in self.edges
        }

    def in_order(self) -> list[int]:
        """The nodes, each after those that it needs, otherwise in the order of the program."""
        after: defaultdict[int, list[int]] = defaultdict(list)
        missing: Counter[int] = Counter()
        for tail, head in self.edges:
            after[tail].append(head)
            missing[head] += 1
        ready = [
            (members[0], node) for node, members in enumerate(self.members) if not missing[node]
        ]
        heapify(ready)
        order = []
        while ready:
            _, node = heappop(ready)
            order.append(node)
            for head in after[node]:
                missing[head] -= 1
                if not missing[head]:
                    heappush(ready, (self.members[head][0], head))
        return order


class _Batcher(Rewriter):
    """The new equations, and where the results of batched ones are."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        # by the index of a variable of the source: row k of a matrix
        self.rows: dict[int, tuple[Var, int]] = {}
        self.joined: dict[tuple[int, ...], Var] = {}

    def atom(self, old: Any) -> Any:
        if type(old) is Var and old.index in self.rows and old not in self.became:
            matrix, k = self.rows[old.index]
            self.became[old] = self.emit(_GETITEM, (matrix,), old.aval, {"index": k})
        return super().atom(old)

    def write(self, equations: list[Equation], batched: bool) -> None:
        """A group as one equation, or an equation alone."""
        first = equations[0]
        if not batched:
            self.equations.append(self._alone(first))
            return
        args = [self._together([e.args[i] for e in equations]) for i in range(len(first.args))]
        known = aval((len(equations), *first.output.shape), first.output.dtype)
        matrix = self._at_once(first, args, known)
        self.rows.update([(e.output.index, (matrix, k)) for k, e in enumerate(equations)])

    def _at_once(self, equation: Equation, args: list[Any], known: Aval) -> Var:
        """An equation on vectors, on the rows of matrices."""
        kind = _kind(equation)
        if kind == "dot" and np.ndim(args[0]) != np.ndim(args[1]):
            return self.emit(
                primitives[np.matmul], tuple(sorted(args, key=np.ndim, reverse=True)), known
            )
        if kind == "dot":
            return self.emit(primitives[contract], tuple(args), known, {"subscripts": "ab,ab->a"})
        if kind == "column":
            a, x = args
            turned = aval(np.shape(a)[::-1], a.dtype)
            return self.emit(
                primitives[np.matmul], (x, self.emit(primitives[np.transpose], (a,), turned)), known
            )
        return self.emit(
            equation.primitive, tuple(args), known, {"axis": 1} if kind == "sum" else {}
        )

    def _together(self, atoms: list[Any]) -> Any:
        """One argument of all equations of a group: what they share, or a matrix of a row each."""
        first = atoms[0]
        if all([atom is first for atom in atoms]) or np.ndim(first) != 1:
            return self.atom(first)
        if not any([type(atom) is Var for atom in atoms]):
            return np.stack(atoms)
        return self._stretch(atoms) or self._joined(atoms)

    def _stretch(self, atoms: list[Any]) -> Var | None:
        """Consecutive rows of a matrix that is already there, forwards or backwards."""
        places = [self.rows.get(atom.index) if type(atom) is Var else None for atom in atoms]
        if None in places or len({matrix.index for matrix, _ in places}) > 1:  # type: ignore[misc]
            return None
        matrix, numbers = places[0][0], [k for _, k in places]  # type: ignore[index, misc]
        start, step = numbers[0], numbers[1] - numbers[0]
        if abs(step) != 1 or numbers != list(range(start, start + step * len(numbers), step)):
            return None
        if numbers == list(range(matrix.shape[0])):
            return matrix
        stop = start + step * len(numbers)
        known = aval((len(numbers), *matrix.shape[1:]), matrix.dtype)
        return self.emit(
            _GETITEM,
            (matrix,),
            known,
            {"index": slice(start, stop if stop >= 0 else None, step)},
        )

    def _joined(self, atoms: list[Any]) -> Var:
        """Vectors as the rows of a matrix, which is made once for one order and its reverse."""
        key, (n, size, dtype) = (
            tuple(map(id, atoms)),
            (len(atoms), np.shape(atoms[0])[0], atoms[0].dtype),
        )
        known = aval((n, size), dtype)
        if key[::-1] in self.joined:
            return self.emit(
                _GETITEM,
                (self.joined[key[::-1]],),
                known,
                {"index": slice(None, None, -1)},
            )
        if key not in self.joined:
            flat = self.emit(
                primitives[join],
                tuple(map(self.atom, atoms)),
                aval((n * size,), dtype),
                {"axis": 0},
            )
            self.joined[key] = self.emit(
                primitives[np.reshape], (flat,), known, {"shape": (n, size)}
            )
        return self.joined[key]

    def _alone(self, equation: Equation) -> Equation:
        """An equation outside of all groups; vectors that it joins may be there as a matrix."""
        if (
            equation.primitive is primitives[join]
            and len(equation.args) >= FEWEST
            and equation.output.ndim == 1
        ):
            atoms = list(equation.args)
            if len({(np.shape(atom), np.result_type(atom.dtype)) for atom in atoms}) == 1:
                matrix = self._stretch(atoms) or self._joined(atoms)
                return Equation(
                    primitives[np.reshape],
                    (matrix,),
                    {"shape": equation.output.shape},
                    equation.output,
                )
        return equation._replace(args=tuple(map(self.atom, equation.args)))

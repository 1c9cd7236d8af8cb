"""What is measured: the matrix problems x sizes x operators x methods, cut into groups that share a
problem.

A *group* is the unit that goes to one core, one shard or one cluster worker: all methods of one
problem, so that they are measured side by side. A *cell* is one entry; its key is a hash of
everything that could change its numbers, which is what makes a run resumable.
"""

import dis
import hashlib
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field
from typing import Any

from diffbench import registry
from diffbench.bench.runner.plugins import home
from diffbench.errors import BadInput
from diffbench.interface import Kind, Problem

Shard = tuple[int, int]
SAYS = ("kind", "look", "about")  # what a method says of itself, which changes no numbers


@dataclass(frozen=True)
class Suite:
    """How much is measured: which problems and sizes, how many samples of which length, and when to
    give up.
    """

    name: str
    sizes: int | None  # the first so many sizes of each problem, None for all
    rounds: int  # samples a method at most
    sample_s: float  # length of one sample
    cell_s: float  # all samples of a cell together; a slow call gets fewer rounds
    timeout_s: float  # a preparation, a first call or a sample that lasts longer is killed
    reference_s: float = 60  # the same for the high-precision reference, which is nobody's fault
    only: str | None = None  # the tag that a problem must carry; those of plug-ins come in any case
    without: str | None = None  # the tag that it must not carry
    budget_s: float | None = None  # of a run that is given none: 6 and 45 minutes with the page
    peers: bool = False  # whether other packages, where installed, are measured without being named
    at: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # sizes of its own, by problem
    methods: tuple[str, ...] = ()  # those of its own, other packages where they are installed


SUITES = {
    suite.name: suite
    for suite in (
        Suite(
            "quick",
            sizes=2,
            rounds=5,
            sample_s=0.003,
            cell_s=0.1,
            timeout_s=2,
            reference_s=20,
            only="showcase",
        ),
        Suite(
            "standard",
            sizes=3,
            rounds=9,
            sample_s=0.004,
            cell_s=0.15,
            timeout_s=2,
            reference_s=20,
            without="extended",
            budget_s=285,
        ),
        Suite(
            "full",
            sizes=None,
            rounds=25,
            sample_s=0.02,
            cell_s=3,
            timeout_s=120,
            reference_s=240,
            budget_s=2280,
            peers=True,
        ),
        Suite(
            "paper",  # at the sizes at which others have published
            sizes=1,
            rounds=7,
            sample_s=0.005,
            cell_s=0.2,
            timeout_s=10,
            reference_s=60,
            only="paper",
            budget_s=420,
            peers=True,
            methods=(
                *("manual", "forward", "reverse", "compiled", "forward-difference"),
                *("symbolic", "symbolic-accumulate", "autograd", "jax", "pytensor"),
            ),
            at={
                "helmholtz_unweighted": (1, 8, 15, 22, 29, 36, 43, 50),
                "gmm": (30, 1650),
                "bundle_adjustment": (1340,),
                "log_sum_exp_drawn": (2500,),
                "polynomial_least_squares": (128,),
                "k_means": (80,),
                "determinant_by_minors": (7,),
                "diagonal_lstm": (64, 1024),
            },
        ),
    )
}


@dataclass(frozen=True)
class Cell:
    """One entry of the matrix."""

    problem: str
    size: int
    operator: str
    method: str
    dtype: str = "float64"


@dataclass(frozen=True)
class Group:
    """All cells of one problem: its sizes in rising order, and the methods measured side by side at
    each.
    """

    problem: Problem
    methods: Mapping[str, Any]
    sizes: tuple[int, ...]
    dtype: str = "float64"

    def cell(self, size: int, method: str) -> Cell:
        return Cell(self.problem.name, size, str(self.problem.operator), method, self.dtype)

    def cells(self) -> list[Cell]:
        return [self.cell(size, method) for size in self.sizes for method in self.methods]


def groups(
    problems: Iterable[Any] | None,
    methods: Iterable[Any] | None,
    suite: Suite,
    dtype: str = "float64",
) -> list[Group]:
    """The matrix of a suite. Problems and methods are registered names or the objects themselves;
    None takes the suite's choice.
    """
    chosen = suite_problems(suite) if problems is None else [found("problems", p) for p in problems]
    against = contestants(methods, peers=suite.peers)
    if methods is None and suite.methods:
        against = {name: against[name] for name in suite.methods if name in against}
    if not chosen or not against:
        raise BadInput(
            "the matrix is empty: name at least one problem and one method (diffbench list "
            "problems, diffbench list methods)"
        )
    return [Group(p, against, sizes_of(p, suite), dtype) for p in chosen]


def sizes_of(problem: Problem, suite: Suite) -> tuple[int, ...]:
    """The sizes at which a suite measures a problem: its own, or the first of the problem's."""
    return tuple(sorted(suite.at.get(problem.name, sorted(problem.sizes)[: suite.sizes])))


def contestants(methods: Iterable[Any] | None, *, peers: bool = False) -> dict[str, Any]:
    """The methods by name. None takes every registered one, other packages only with `peers` and
    where they are installed.
    """
    if methods is None:
        known = {
            name: registry.find("differentiators", name)
            for name in registry.names("differentiators")
        }
        return {
            name: method
            for name, method in known.items()
            if not is_peer(method) or (peers and is_for_all(method))
        }
    return {method.name: method for method in (found("differentiators", m) for m in methods)}


def is_for_all(method: Any) -> bool:
    """Whether another package is here, and takes every function: what knows some problems only, and
    other forms of a method, are asked for by name.
    """
    return not getattr(method, "by_name_only", False) and bool(method.is_installed)


def is_peer(method: Any) -> bool:
    """Whether the method is another package's, which diffbench only calls."""
    return getattr(method, "kind", None) is Kind.PEER


def suite_problems(suite: Suite) -> list[Problem]:
    """The problems of a suite, and all that plug-ins have brought."""
    known = [registry.find("problems", name) for name in registry.names("problems")]
    return [
        problem
        for problem in known
        if home(problem)
        or (suite.only in {None, *problem.tags} and suite.without not in problem.tags)
    ]


def found(kind: str, thing: Any) -> Any:
    """The registered object of that name, or the object itself."""
    return registry.find(kind, thing) if isinstance(thing, str) else thing


def shard_of(all_groups: Sequence[Group], shard: Shard | None) -> list[Group]:
    """Every n-th group, starting with the i-th (counted from 1); all of them without a shard."""
    if shard is None:
        return list(all_groups)
    i, n = shard
    if not 1 <= i <= n:
        raise BadInput(f"shard {i}/{n} does not exist; shards are counted from 1/{n} to {n}/{n}")
    return list(all_groups[i - 1 :: n])


def key(cell: Cell, group: Group, context: Mapping[str, Any]) -> str:
    """Content hash of a cell: what it asks, the problem's source, the method's options, the run's
    context (versions, seed, settings).
    """
    content = {
        **asdict(cell),
        "source": source(group.problem.function),
        "options": options(group.methods[cell.method]),
        **context,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[
        :24
    ]


def unfinished(group: Group, context: Mapping[str, Any], finished: Set[str]) -> list[Cell]:
    """The cells of a group whose keys are not among the finished ones."""
    return [cell for cell in group.cells() if key(cell, group, context) not in finished]


def source(function: Any) -> str:
    """The source text of a function; where there is none (typed at a prompt, given with -c), its
    name and what it is compiled to.
    """
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        name = getattr(function, "__qualname__", repr(type(function)))
        return f"{getattr(function, '__module__', '')}.{name} {compiled(function)}"


def compiled(function: Any) -> str:
    """The instructions of a Python function and of those inside it; empty for what has none."""
    try:
        return "\n".join(f"{i.opname} {i.argrepr}" for i in _instructions(function))
    except TypeError:
        return ""


def _instructions(code: Any) -> Iterator[dis.Instruction]:
    for instruction in dis.get_instructions(code):
        if inspect.iscode(instruction.argval):
            yield from _instructions(instruction.argval)
        else:
            yield instruction


def options(method: Any) -> str:
    """What distinguishes two configurations of one method: its fields when it has any, its type
    when it hasn't.
    """
    fields = {
        name: value
        for name, value in getattr(method, "__dict__", {}).items()
        if name not in SAYS and not callable(value)
    }
    return f"{type(method).__qualname__}({', '.join(f'{name}={value!r}' for name, value in sorted(fields.items()))})"

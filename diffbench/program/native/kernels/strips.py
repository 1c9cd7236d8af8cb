"""Along which axis a program runs in strips, how long they are, and where in a strip's memory each
variable is.

Data are read from far away once, and whatever is computed from a strip stays in the nearest caches
until the next strip comes:

    for each strip of 128 samples:  z = x @ w     e = exp(-z)     ...     gradient += (p - y) @ x

The axis is the one along which least has to be kept as a whole.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd, prod
from typing import Any, NamedTuple

import numpy as np

from diffbench.ir import Program, Var
from diffbench.program.native.kernels.fusion import Kernel, Operation, Schedule, schedule
from diffbench.program.native.kernels.shared_axes import Axis, axes_of

SHORTEST = 64  # an axis worth cutting
MOST_AXES = 4  # that are tried
# bytes of a strip with all that is computed from it: half of a second-level cache
CACHE = 1024 * 1024
LONGEST = 64  # so that vectors over the strip are in the nearest cache
STEP = 32  # of the length, if there is room: the width of a tile of a product
FEWEST = 32 * 1024  # bytes of the whole axis; less is in the nearest cache anyhow
LEAST_FOR_THREADS = 400_000  # numbers computed: some 200 us, ten times what starting a thread takes
WORDS = 8  # a buffer begins at a multiple of 64 bytes


@dataclass(frozen=True)
class Strips:
    """places: where in the memory of a strip each variable begins that lives for one strip only;
    size: of that memory, in numbers.
    """

    axis: Axis
    length: int
    places: dict[int, int]
    size: int

    def extent(self, n: int) -> "Extent":
        """Of a loop that would take n steps along the whole axis."""
        each = n // self.axis.length
        if self.axis.length % self.length == 0:
            return Extent.known(each * self.length)
        divisor = each * gcd(self.length, self.axis.length)
        return Extent(each * self.length, "count" if each == 1 else f"{each} * count", divisor)


class Extent(NamedTuple):
    """How far a loop runs: at most, in C, and of what it always is a multiple."""

    most: int
    text: str
    divisor: int

    @classmethod
    def known(cls, n: int) -> "Extent":
        """Of a loop that always takes n steps."""
        return cls(n, str(n), n)


def in_strips(program: Program, threads: int) -> tuple[Schedule, Strips | None]:
    """The schedule that keeps least memory; with strips, unless all of it is small."""
    best, strips = schedule(program), None
    for axis in axes_of(program, SHORTEST)[:MOST_AXES]:
        tried = schedule(program, axis)
        if _kept_whole(tried) < _kept_whole(best):
            best, strips = tried, _strips(tried, axis, threads)
    return (best, strips) if strips else (schedule(program), None)


def padded(size: int) -> int:
    """Up to a whole number of cache lines."""
    return -(-size // WORDS) * WORDS


def groups(made: Schedule) -> list[list[Kernel]]:
    """The kernels of each group."""
    by_stage: defaultdict[int, list[Kernel]] = defaultdict(list)
    for kernel in made.kernels:
        if kernel.phase.in_group:
            by_stage[kernel.phase.stage].append(kernel)
    return list(by_stage.values())


def worth_threads(kernels: list[Kernel]) -> bool:
    """Whether a group does so much that starting threads does not matter."""
    return (
        sum(_work(operation) for kernel in kernels for operation in kernel.operations)
        >= LEAST_FOR_THREADS
    )


def _work(operation: Operation) -> int:
    """Numbers that are computed; of products, vectors."""
    if operation.kind != "matmul":
        return prod(operation.shape)
    return int(operation.output.size * np.shape(operation.args[0])[-1]) // WORDS


def _kept_whole(made: Schedule) -> int:
    return sum(var.size for var in made.kept.values() if not made.one_strip(var.index))


def _strips(made: Schedule, axis: Axis, threads: int) -> Strips | None:
    live = [list(_lives(made, group, axis)) for group in groups(made)]
    computed = max(_packed(group, STEP)[1] // STEP for group in live)
    per_step = 8 * (computed + max(_read_along(made, kernels, axis) for kernels in groups(made)))
    if per_step * axis.length < FEWEST:
        return None
    again = max(8 * _read_again(made, kernels, axis) for kernels in groups(made))
    length = _length(axis.length, per_step, again, threads)
    packed = [_packed(group, length) for group in live]
    return Strips(
        axis,
        length,
        {index: at for places, _ in packed for index, at in places.items()},
        max(size for _, size in packed),
    )


def _length(whole: int, per_step: int, again: int, threads: int) -> int:
    """What every strip reads again must stay in the cache beside it; else there is one strip a
    thread.
    """
    share = padded(-(-whole // threads)) if threads > 1 else whole
    room = min(max(CACHE // per_step // WORDS, 1) * WORDS, LONGEST, share)
    even = [length for length in range(room, room // 2, -WORDS) if whole % length == 0]
    return share if again > CACHE else even[0] if even else room


@dataclass(frozen=True)
class Life:
    """A variable in the memory of a strip: from which kernel to which, and how many numbers for
    each step of the axis.
    """

    variable: int
    first: int
    last: int
    size: int


def _lives(made: Schedule, kernels: list[Kernel], axis: Axis) -> Iterator[Life]:
    met: defaultdict[int, list[int]] = defaultdict(list)
    for k, kernel in enumerate(kernels):
        for operation in kernel.operations:
            for var in (*operation.args, operation.output):
                if type(var) is Var:
                    met[made.root(var).index].append(k)
    for index, at in met.items():
        if made.one_strip(index):
            yield Life(index, at[0], at[-1], made.kept[index].size // axis.length)


def _packed(lives: list[Life], length: int) -> tuple[dict[int, int], int]:
    """The lowest places at which variables that live at the same time do not overlap, and how much
    memory that is.
    """
    placed: list[tuple[int, int, Life]] = []
    for life in sorted(lives, key=lambda life: life.first):
        size, at = padded(life.size * length), 0
        for start, stop, other in sorted(placed, key=lambda at: at[0]):
            if other.last >= life.first and start < at + size:
                at = max(at, stop)
        placed.append((at, at + size, life))
    return {life.variable: at for at, _, life in placed}, max(
        (stop for _, stop, _ in placed), default=0
    )


def _read_along(made: Schedule, kernels: list[Kernel], axis: Axis) -> int:
    """Numbers for each step of the axis in arrays that are there as a whole."""
    along = {
        id(arg): size // axis.length
        for arg, size, place in _arrays(made, kernels)
        if place is not None
    }
    return sum(along.values())


def _read_again(made: Schedule, kernels: list[Kernel], axis: Axis) -> int:
    """Numbers that every strip reads, or adds to."""
    return sum(
        {id(arg): size for arg, size, place in _arrays(made, kernels) if place is None}.values()
    )


def _arrays(made: Schedule, kernels: list[Kernel]) -> Iterator[tuple[Any, int, int | None]]:
    """The arrays that are there as a whole: (constant or variable, size, where it has the axis)."""
    for operation in (operation for kernel in kernels for operation in kernel.operations):
        assert operation.role is not None, "a group runs along the axis"
        for arg, place in zip(
            (*operation.args, operation.output),
            (*operation.role.arguments, operation.role.output),
            strict=True,
        ):
            root = made.root(arg) if type(arg) is Var else arg
            if type(root) is not Var or (
                root.index in made.kept and not made.one_strip(root.index)
            ):
                yield root, prod(np.shape(root)), place

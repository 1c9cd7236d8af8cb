"""The method `compiled` at many points in one call: native code that loops over them.

A program serves the points that take its branches; the points that it flags are given to the
program of the first of them, and so on. What no native code answers, one point's own answer does.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.errors import Unsupported
from diffbench.interface import Operator
from diffbench.ir import Program
from diffbench.program.native.points import PointsKernel

MOST_KERNELS = 16
MOST_SIZES = 32  # numbers of points for which an answer is kept

Making = Callable[..., Program | None]  # the program at a point and for the numbers of a call


class ManyPoints:
    """Called (x, *numbers[, direction]), x and the direction with an axis of points in front.

    make(x, *numbers) is the derived program at one point; one(x, *numbers[, direction]) answers
    there.
    """

    route = "native"
    threads = 1

    def __init__(
        self,
        make: Making,
        one: Answer,
        operator: Operator,
        x: Any,
        numbers: tuple[Any, ...],
    ) -> None:
        self.make, self.one, self.operator, self.shape = make, one, operator, x.shape
        self.kinds = [np.shape(number) for number in numbers]
        self.kernels: list[PointsKernel] = []
        self.ready: dict[int, Any] = {}  # by how many points
        self._add(x, numbers)
        if not self.kernels:
            raise Unsupported("the function does not vary at this point; ask at another one")

    def __call__(self, x: Any, *rest: Any) -> Any:
        count = len(x)
        answer = self.ready.get(count)
        if answer is None:
            if len(self.ready) >= MOST_SIZES:
                self.ready.clear()
            answer, _ = self.kernels[0].answer(count, self._mixed)
            self.ready[count] = answer
        return answer(x, *rest)

    def fits(self, x: Any, numbers: tuple[Any, ...]) -> bool:
        """Whether there is native code for points and numbers of these kinds."""
        if type(x) is not np.ndarray or x.dtype != np.float64 or x.shape[1:] != self.shape:
            return False
        return (
            x.ndim > 0
            and [np.shape(n) if type(n) in (float, np.ndarray) else None for n in numbers]
            == self.kinds
        )

    # ------------------------------------------------------------ points apart

    def _mixed(self, x: Any, *rest: Any) -> Any:
        """The answer at points that take several branches, or of which some are refused."""
        left = np.arange(len(x))
        found: list[Any] = []
        for kernel in self.kernels:
            left = self._by(kernel, x, rest, left, found)
        while left.size and len(self.kernels) < MOST_KERNELS:
            more, before = self._add(x[left[0]], self._apart(rest)[0]), left
            left = before if more is None else self._by(more, x, rest, before, found)
            if left.size and left[0] == before[0]:  # none for it
                self._one(x, rest, int(left[0]), found)
                left = left[1:]
        for k in left:
            self._one(x, rest, int(k), found)
        return tuple(found) if len(found) > 1 else found[0]

    def _by(self, kernel: PointsKernel, x: Any, rest: Any, rows: Any, found: list[Any]) -> Any:
        """Fills in the rows that a kernel answers; returns the others."""
        numbers, directions = self._apart(rest)
        answer, flags = kernel.answer(len(rows), self._unfit, insists=True)
        made = answer(x[rows], *numbers, *[np.asarray(d, float)[rows] for d in directions])
        done = flags[: len(rows)] == 0
        parts = made if type(made) is tuple else (made,)
        for k, part in enumerate(parts):
            self._place(found, k, len(x), np.asarray(part), rows[done], done)
        return rows[~done]

    def _one(self, x: Any, rest: Any, k: int, found: list[Any]) -> None:
        numbers, directions = self._apart(rest)
        made = self.one(x[k], *numbers, *[d[k] for d in directions])
        parts = made if type(made) is tuple else (made,)
        for i, part in enumerate(parts):
            shape = found[i].shape[1:] if i < len(found) else np.shape(part)
            row = np.reshape(part, (1, *shape))
            self._place(found, i, len(x), row, [k], [True])

    def _place(self, found: list[Any], k: int, count: int, part: Any, rows: Any, done: Any) -> None:
        if k == len(found):
            found.append(np.empty((count, *part.shape[1:])))
        found[k][rows] = part[done]

    def _unfit(self, *xs: Any) -> Any:
        raise Unsupported("the directions don't have the shape of the points; pass one for each")

    def _apart(self, rest: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        count = len(self.kinds)
        return rest[:count], rest[count:]

    def _add(self, x: Any, numbers: tuple[Any, ...]) -> PointsKernel | None:
        """The code for a point like x, if it can be written."""
        program = self.make(x, *numbers)
        if program is None:
            return None
        takes = self.operator.takes_direction
        along = (True, *([False] * len(numbers)), *([True] if takes else []))
        self.kernels.append(PointsKernel(program, along))
        return self.kernels[-1]

"""A function of several arguments, some of which vary, as a function of one array.

    f(params, batch, rate=0.1), argnums=0      ->   g(z) = f(params of z, batch, rate=0.1)
    the derivative of g at z                   ->   dicts, lists, tuples, dataclasses as the argument's, as JAX gives them

An argument that is one array is z itself; a structure, or several arguments, are joined to a vector.
What f returns may be a structure as well, where an operator takes more than a number.
"""

import inspect
from collections.abc import Callable, Sequence
from functools import cached_property, wraps
from typing import Any

import numpy as np

from diffbench.asking.arguments.containers import is_structure
from diffbench.asking.arguments.structures import Structure
from diffbench.asking.checks.checked import as_point
from diffbench.errors import BadInput
from diffbench.interface import Function, Operator

OF_ANY_RESULT = (Operator.JACOBIAN, Operator.JVP, Operator.VJP)


class Call:
    """f at its arguments, of which those at `argnums` vary."""

    def __init__(
        self,
        operator: Operator,
        f: Function,
        args: tuple[Any, ...],
        argnums: Any = 0,
        has_aux: bool = False,
        keywords: dict[str, Any] | None = None,
    ) -> None:
        self.operator, self.f, self.args, self.has_aux = operator, f, args, has_aux
        self.keywords = keywords or {}
        self.positions = positions(argnums, len(args))
        self.is_one = not isinstance(argnums, Sequence)
        self.inside, self.point = _point_of([args[k] for k in self.positions], self.is_one)
        self.outside: Structure | None = None  # what f returns, as soon as it has run

    @property
    def function(self) -> Function:
        """f of the point alone."""

        @wraps(self.f, updated=())
        def of_one_array(x: Any) -> Any:
            return self.result(self.f(*self.placed(x, self.args), **self.keywords))

        of_one_array.__name__ = getattr(self.f, "__name__", "f")
        if self.inside:
            of_one_array.place_of = self.place_of  # type: ignore[attr-defined]
        return of_one_array

    def place_of(self, entry: int) -> str:
        """What f's caller calls an entry of the point: params['w'][1, 2]."""
        assert self.inside is not None  # else the caller knows it by its index
        path = self.inside.name_of(entry)
        if self.is_one:
            return f"{self._named(0)}{path}"
        which, _, rest = path.removeprefix("[").partition("]")
        return f"{self._named(int(which))}{rest}"

    def _named(self, k: int) -> str:
        """The name of the k-th argument that varies, as f's signature has it."""
        position = self.positions[k]
        try:
            names = list(inspect.signature(self.f).parameters)
        except (TypeError, ValueError):
            names = []
        return names[position] if position < len(names) else f"argument {position}"

    def placed(self, x: Any, args: Sequence[Any]) -> list[Any]:
        """f's positional arguments, those that vary taken from the point x."""
        found = list(args)
        varying = self.inside.whole(x) if self.inside else x
        for k, value in zip(self.positions, (varying,) if self.is_one else varying, strict=True):
            found[k] = value
        return found

    def result(self, returned: Any) -> Any:
        """What f returned, as one array; what it is made of is remembered."""
        y = self._parts(returned)[0] if self.has_aux else returned
        if self.operator not in OF_ANY_RESULT or not is_structure(y):
            return y
        outside = Structure(y, "the result")
        if self.outside is not None and outside.form != self.outside.form:
            raise BadInput(
                f"the function returned {self.outside.described()} once and {outside.described()} "
                "at another point; return arrays of the same shapes everywhere"
            )
        self.outside = outside
        return outside.take()

    def aux(self) -> Any:
        """What f itself returns beside its result, at the arguments of this call."""
        return self._parts(self.f(*self.args, **self.keywords))[1]

    def _parts(self, returned: Any) -> Any:
        if type(returned) is not tuple or len(returned) != 2:
            raise BadInput(
                f"has_aux=True, and the function returned a {type(returned).__name__}; return "
                "the pair (result, anything)"
            )
        return returned

    # ------------------------------------------------------------ directions and answers

    def directions(self, given: tuple[Any, ...]) -> tuple[Any, ...]:
        """Directions as arrays."""
        if self.operator is Operator.VJP:
            return tuple([Structure(d).take() if is_structure(d) else d for d in given])
        if self.inside is None:
            return given
        return tuple([self.inside.vector(self._plain(d), "the direction") for d in given])

    def _plain(self, direction: Any) -> Any:
        return direction if self.is_one else tuple(map(_as_argument, direction))

    def answer(self, found: Any) -> Any:
        """What a method answered for the function of one array, as f's caller wants it."""
        whole = _WHOLE.get(self.operator, Call._like_x)(self, found)
        if not self.has_aux:
            return whole
        pair = self.operator is Operator.VALUE_AND_GRADIENT
        if pair:
            return (whole[0], self.aux()), whole[1]
        return (*whole, self.aux()) if type(found) is tuple else (whole, self.aux())

    def answers(self, found: Any) -> Any:
        """The same of many points whose structures are the rows of an array: each array of the
        answer has an axis in front. Of results that are no structures.
        """
        assert self.inside is not None  # else the rows are the points themselves
        if type(found) is tuple:  # a value, or the tangent of one, is no structure
            second = found[1] if self.operator is Operator.JVP else self.inside.along(1, found[1])
            return found[0], second
        if self.operator is Operator.JACOBIAN:
            size = self.inside.size
            wide = found.reshape(len(found), *self.shape_of_result, size)
            return self.inside.along(wide.ndim - 1, wide)
        if self.operator is Operator.HESSIAN:
            square = found.reshape(len(found), self.inside.size, self.inside.size)
            return self._columns(self.inside.along(1, square), self.inside)
        return self.inside.along(1, found)

    @cached_property
    def shape_of_result(self) -> tuple[int, ...]:
        """The shape of what f returns at the arguments of this call."""
        return np.shape(self.function(self.point.copy()))

    def _like_x(self, found: Any) -> Any:
        return self.inside.arrays(found) if self.inside else found

    def _like_y(self, found: Any) -> Any:
        return self.outside.arrays(found) if self.outside else found

    def _matrix(self, found: Any) -> Any:
        """A structure as the result's, of structures as the argument's."""
        if hasattr(found, "toarray"):
            return found
        rows = self.outside.along(0, found) if self.outside else found
        return self._columns(rows, self.outside)

    def _square(self, found: Any) -> Any:
        if self.inside is None or hasattr(found, "toarray"):
            return found
        return self._columns(self.inside.along(0, found), self.inside)

    def _columns(self, rows: Any, of: Structure | None) -> Any:
        inside = self.inside
        if inside is None:
            return rows
        if of is None:
            return inside.along(rows.ndim - 1, rows)
        return of.mapped(lambda row: inside.along(row.ndim - 1, row), rows)


_WHOLE: dict[Operator, Callable[[Call, Any], Any]] = {
    Operator.VALUE_AND_GRADIENT: lambda call, found: (found[0], call._like_x(found[1])),
    Operator.JVP: lambda call, found: (call._like_y(found[0]), call._like_y(found[1])),
    Operator.VJP: lambda call, found: (call._like_y(found[0]), call._like_x(found[1])),
    Operator.JACOBIAN: Call._matrix,
    Operator.HESSIAN: Call._square,
}


def positions(argnums: Any, count: int) -> tuple[int, ...]:
    """argnums as numbers from 0 on. Raises BadInput for what is no argument, or there twice."""
    asked = tuple(argnums) if isinstance(argnums, Sequence) else (argnums,)
    for k in asked:
        if type(k) is not int or not -count <= k < count:
            raise BadInput(
                f"argnums={argnums!r}, and there are {count} positional arguments; count them "
                "from 0"
            )
    found = tuple([k % count for k in asked])
    if len(set(found)) < len(found) or not found:
        raise BadInput(f"argnums={argnums!r} names no argument, or one twice; name each once")
    return found


def _point_of(varying: list[Any], is_one: bool) -> tuple[Structure | None, Any]:
    """What the point is made of, if it is no array, and the point."""
    if is_one and not is_structure(varying[0]):
        return None, as_point(varying[0])
    inside = Structure(varying[0] if is_one else tuple(map(_as_argument, varying)))
    return inside, inside.take()


def _as_argument(value: Any) -> Any:
    """A list of numbers is an array where it is an argument."""
    return value if is_structure(value) else as_point(value)

"""What can go wrong, one class a mistake. Every message names the thing, the cause and the cure.

DiffbenchError
├── BadInput            what was given can't be used            (command line: exit code 2)
│   ├── BadFormula          a formula that is not one, or uses an unknown name
│   ├── BadPoint            wrong number of coordinates, NaN, outside the domain, not a float
│   ├── NotScalar           the gradient or Hessian of a function that returns no number
│   ├── ManyArrays          a dict, list or dataclass of arrays where one array is needed
│   └── UnknownName         no method, problem or operator of that name
├── Unsupported         this method can't do that               (command line: exit code 3)
│   ├── MissingRule         a NumPy function without a derivative rule
│   │   └── MissingAttribute    an attribute of NumPy's arrays that traced ones don't have
│   └── NotInstalled        an optional package is absent
├── NotWritten          a file can't be written; says what is safe
├── LostTrace           float(x), np.asarray(x) ...: the derivative would be cut off
├── LeakedTrace         a value of a finished differentiation was used again
├── WriteRefused        an in-place write that NumPy would refuse or that would lose a derivative
├── WrongValue          tracing found another value of f than f itself
└── NotDifferentiable   the derivative is infinite, undefined or hidden at this point
"""


class DiffbenchError(Exception):
    """Any error that diffbench raises on purpose."""


class BadInput(DiffbenchError, ValueError):
    """What the caller gave can't be used."""


class BadFormula(BadInput):
    """A formula that can't be parsed, or that uses a name outside the allow-list; `column` is where,
    if that is known.
    """

    column: int | None = None


class BadPoint(BadInput, TypeError):
    """The point does not fit the function: number, type or value of its coordinates."""


class NotScalar(BadInput):
    """A gradient or Hessian was asked of a function that returns an array of this shape."""

    def __init__(self, shape: tuple[int, ...], operator: str = "gradient") -> None:
        super().__init__(
            f"the function returned shape {shape}, and a {operator} needs a number; use jacobian, "
            "or return a sum"
        )


class ManyArrays(BadInput):
    """The function returned a dict, list or dataclass of arrays where a number is needed."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"the function returned a {kind} of arrays, and a number is needed; return the number, "
            "and the rest beside it: (number, rest), with has_aux=True"
        )


class UnknownName(BadInput):
    """No method, problem or operator is registered under this name."""


class Unsupported(DiffbenchError, TypeError):
    """The method can't supply this operator for this function; the message says why."""


class MissingRule(Unsupported):
    """A NumPy function was applied to a traced value and has no derivative rule.

    final: whether that stays so whatever else is caught of what f calls.
    """

    final = False


class MissingAttribute(MissingRule, AttributeError):
    """An attribute of NumPy's arrays that traced ones can't have; hasattr says False, as it
    should.
    """


class NotInstalled(Unsupported):
    """The method needs a package that is not installed."""


class NotWritten(DiffbenchError, OSError):
    """A file could not be written: the disk is full, or the folder is somebody else's."""


class LostTrace(DiffbenchError, TypeError):
    """A traced value was converted to a plain number, which would cut the derivative off."""


class LeakedTrace(DiffbenchError, RuntimeError):
    """A traced value outlived the differentiation that made it."""


class WriteRefused(DiffbenchError, ValueError):
    """An in-place write that would lose the derivative, or that NumPy itself refuses."""


class WrongValue(DiffbenchError, ArithmeticError):
    """Traced f has another value than f, so that the derivative would be of another function."""


class NotDifferentiable(DiffbenchError, ArithmeticError):
    """The function has no finite derivative here, or its dependence on x is hidden by a jump."""

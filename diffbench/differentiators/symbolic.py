"""Symbolic differentiation three ways. They differ in when common parts of the formulas are shared.

    raw          differentiate, generate code                      every part as often as it is written
    cse          differentiate, then share, generate code          what SymPy's lambdify(cse=True) gives
    accumulate   share first, then accumulate derivatives          linear where the others swell: automatic differentiation, in symbols

The function is recorded at a point and run in symbols; where its path depends on data that holds
for one branch only, and is refused unless asked for. Derivation happens within limits, so that a
swelling expression is an error that says so, and never a hang.
"""

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args, get_type_hints

import numpy as np

from diffbench.arrays.traced import Traced, core
from diffbench.errors import BadInput, NotDifferentiable
from diffbench.interface import Array, Function, Kind, Look, Operator
from diffbench.registry import register
from diffbench.symbolic.budgets import Limits
from diffbench.symbolic.ties import chooses, is_tied

if TYPE_CHECKING:  # SymPy takes half a second to import, so only a symbolic method in use does it
    from diffbench.symbolic.derivation import Formulas

# functions that are NaN or infinite where the formula of their derivative is not
DEFINED_BEYOND = ("log", "log2", "log10", "log1p", "arctanh", "arccosh", "special.gammaln")
SECOND_ORDER = (Operator.HESSIAN, Operator.HVP)
DEFAULT_LIMITS = Limits()
PIPELINE_NAMES = {"raw": "symbolic-raw", "cse": "symbolic", "accumulate": "symbolic-accumulate"}
LOOKS = {
    "raw": Look("#ce71ab", "#d9a3ce", "h"),
    "cse": Look("#993b8f", "#cb74ce", "P"),
    "accumulate": Look("#4e2983", "#b49dff", "D"),
}
ORDERS = {
    "raw": "differentiate, every part as often as it is written",
    "cse": "differentiate, then share common parts",
    "accumulate": "share common parts first, then accumulate",
}


@dataclass(frozen=True)
class Symbolic:
    """A symbolic method. Exact as formulas; what rounding makes of them depends on the form.

    form: what the derivative is rewritten as before code is made of it. order, optimizations: those
    of sympy.cse.
    branch: whether a function whose path depends on the data is refused, or differentiated along
    the path taken at the point.
    engine: who differentiates, SymPy or, where they are installed, symengine, Maxima (whose
    `optimize` also finds what is shared), GiNaC, Giac. limits: seconds and bytes for
    each step.

    >>> Symbolic("accumulate").jacobian(lambda x: x[0] * x[1], np.array([2.0, 3.0]))
    array([3., 2.])
    """

    pipeline: Literal["raw", "cse", "accumulate"] = "cse"
    form: Literal["as-is", "simplify", "expand", "factor", "horner"] = "as-is"
    order: Literal["none", "canonical"] = "none"
    optimizations: Any = None
    branch: Literal["refuse", "taken"] = "refuse"
    engine: Literal["sympy", "symengine", "maxima", "ginac", "giac"] = "sympy"
    limits: Limits = DEFAULT_LIMITS
    simplify: Any = None  # True or False: the short way to say form="simplify" or "as-is"
    kind: ClassVar = Kind.SYMBOLIC

    def __post_init__(self) -> None:
        if self.simplify is not None:
            object.__setattr__(self, "form", "simplify" if self.simplify else "as-is")
            object.__setattr__(self, "simplify", None)
        for option, hint in get_type_hints(Symbolic, localns={"Formulas": Any}).items():
            if get_args(hint) and getattr(self, option) not in get_args(hint):
                raise BadInput(
                    f"{option}={getattr(self, option)!r} is not an option of Symbolic; take one of "
                    f"{', '.join(get_args(hint))}"
                )
        if self.pipeline == "accumulate" and self.form != "as-is":
            raise BadInput(
                f"form={self.form!r} rewrites one formula, and accumulation keeps it in parts; use "
                "pipeline='cse'"
            )

    @property
    def name(self) -> str:
        """The pipeline's registered name, followed by the options that differ from the defaults."""
        changed = [
            f"{o.name}={getattr(self, o.name)!r}"
            for o in fields(self)[1:]
            if getattr(self, o.name) != o.default
        ]
        return PIPELINE_NAMES[self.pipeline] + (f"({', '.join(changed)})" if changed else "")

    @property
    def look(self) -> Look:
        """That of the pipeline."""
        return LOOKS[self.pipeline]

    @property
    def about(self) -> str:
        """What is done in which order."""
        return f"SymPy: {ORDERS[self.pipeline]}"

    def derivative(self, f: Function, x: Array) -> Any:
        """f'(x) of a function R -> R."""
        return self._once(f, x, Operator.DERIVATIVE)

    def gradient(self, f: Function, x: Array) -> Any:
        """Shape of x."""
        return self._once(f, x, Operator.GRADIENT)

    def value_and_gradient(self, f: Function, x: Array) -> Any:
        """f(x), and its gradient from shared formulas."""
        return self._once(f, x, Operator.VALUE_AND_GRADIENT)

    def jacobian(self, f: Function, x: Array) -> Any:
        """Shape f(x).shape + x.shape."""
        return self._once(f, x, Operator.JACOBIAN)

    def hessian(self, f: Function, x: Array) -> Any:
        """Shape x.shape + x.shape."""
        return self._once(f, x, Operator.HESSIAN)

    def jvp(self, f: Function, x: Array, x_dot: Array) -> Any:
        """f(x) and J x_dot."""
        return self._once(f, x, Operator.JVP, x_dot)

    def vjp(self, f: Function, x: Array, y_bar: Array) -> Any:
        """f(x) and J^T y_bar."""
        return self._once(f, x, Operator.VJP, y_bar)

    def hvp(self, f: Function, x: Array, x_dot: Array) -> Any:
        """H x_dot."""
        return self._once(f, x, Operator.HVP, x_dot)

    def _once(self, f: Function, x: Array, operator: Operator, *direction: Array) -> Any:
        """The answer; NaN where f has no value, whatever the derivative of NaN may be in a formula.

        Where f overflows a formula may know better, as that of log(exp(x³)); 0 is no such knowledge.
        """
        found = self.prepare(f, x, operator)(x, *direction)
        with np.errstate(all="ignore"):
            y = np.asarray(f(np.array(core(x))))
        derivative = found[1] if type(found) is tuple else found
        if np.all(np.isfinite(y)) or (not np.isnan(y).any() and np.any(derivative)):
            return found
        return (found[0], found[1] * np.nan) if type(found) is tuple else found * np.nan

    def load(self) -> None:
        """Import SymPy, off the clock of a measurement."""
        from diffbench.symbolic.derivation import derive  # noqa: F401

    def prepare(self, f: Function, x: Array, operator: Operator) -> "PreparedFormulas":
        """A callable of (x) or (x, direction) made of generated code; it derives again where the
        shape or a branch differs.
        """
        return PreparedFormulas(self, f, core(x), Operator(operator))

    def formulas(self, f: Function, x: Array, operator: str = "gradient") -> "Formulas":
        """What the method derives, to be read, counted or printed as LaTeX."""
        return self.prepare(f, x, Operator(operator)).derived.formulas()


class PreparedFormulas:
    """The generated code of one operator of one function, and the point's shape and branch that it
    holds for.
    """

    def __init__(self, method: Symbolic, f: Function, x: Array, operator: Operator) -> None:
        self.method, self.f, self.operator = method, f, operator
        self._derive(x)

    def __call__(self, x: Array, *direction: Array) -> Any:
        if not self._holds_at(core(x)):
            self._derive(core(x))
        is_flat = not direction and np.ndim(x) == 1 and hasattr(x, "dtype")
        coordinates = x if is_flat else np.concatenate([np.ravel(part) for part in (x, *direction)])
        answer = self._arranged(self.derived.code(coordinates))
        if self.reaches_beyond and not isinstance(coordinates, Traced):
            self._require_a_value(core(x), answer)
        if self.operator in SECOND_ORDER:
            self._require_no_tie(core(x))
        return answer

    @property
    def source(self) -> str:
        """The generated Python code."""
        return self.derived.code.source

    def _derive(self, x: Array) -> None:
        from diffbench.symbolic.derivation import derive, subject

        self.subject = subject(self.f, x, self.method.branch)
        self.derived = derive(self.method, self.subject, self.operator)

    @property
    def reaches_beyond(self) -> bool:
        """Whether a formula of the derivative may have a value where the function has none."""
        program = self.subject.program
        return program is not None and any(
            [e.primitive.name in DEFINED_BEYOND for e in program.equations]
        )

    def _require_a_value(self, x: Array, answer: Any) -> None:
        program: Any = self.subject.program
        derivative = answer[1] if len(self.derived.shapes) > 1 else answer
        with np.errstate(all="ignore"):
            y = np.asarray(program(x))
        overflows = not np.isnan(y).any() and np.any(derivative)  # the formula knows better
        if overflows or np.all(np.isfinite(y)) or not np.all(np.isfinite(derivative)):
            return
        raise NotDifferentiable(
            f"the function has no finite value at {np.array2string(x, threshold=6)}, although the "
            "formula of its derivative has one; pass a point inside its domain"
        )

    def _require_no_tie(self, x: Array) -> None:
        program = self.subject.program
        if program is not None and chooses(program) and is_tied(program, x):
            raise NotDifferentiable(
                f"at {np.array2string(x, threshold=6)} the function chooses between equals, and "
                "formulas of its second derivative hold on either side only; move the point, or "
                "use reverse"
            )

    def _holds_at(self, x: Array) -> bool:
        program = self.subject.program
        return np.shape(x) == self.subject.x_shape and (
            program is None or not program.guards or program.holds_at(x)
        )

    def _arranged(self, flat: Any) -> Any:
        *value, derivative = self.derived.shapes
        size = math.prod(value[0]) if value else 0
        last = _shaped(flat[size:], derivative)
        return (_shaped(flat[:size], value[0]), last) if value else last


def _shaped(flat: Any, shape: tuple[int, ...]) -> Any:
    return flat[0] if shape == () else flat if len(shape) == 1 else np.reshape(flat, shape)


for _pipeline, _name in PIPELINE_NAMES.items():
    register("differentiators", _name, Symbolic(_pipeline))  # type: ignore[arg-type]  # the keys are the pipelines

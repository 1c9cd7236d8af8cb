"""Expression swell: how many operations each form of a derivative takes as the function grows, what
it costs and how wrong it is.

    f            the function itself, as SymPy writes it
    raw          its gradient, differentiated by SymPy and written out
    cse          common subexpressions shared afterwards;  cse-joint: shared with f's own
    accumulate   f and its gradient, shared first and accumulated on the shared graph
    forward, reverse   f and its gradient by automatic differentiation, at unit costs
    taylor       f and its derivatives up to the order by Taylor polynomials, at unit costs
    expand, factor, horner, simplify   the raw gradient rewritten

A form that takes too long or too much memory is a row that says so; larger sizes of it are then
skipped.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from diffbench import registry
from diffbench.errors import BadInput, DiffbenchError
from diffbench.interface import Function
from diffbench.measure.expressions import swell_forms
from diffbench.measure.expressions.families import FAMILIES, Family
from diffbench.measure.expressions.growth import GrowthLaw, growth_law
from diffbench.measure.expressions.swell_forms import Member, short
from diffbench.program import record
from diffbench.symbolic.budgets import Limits
from diffbench.symbolic.to_sympy import expressions

COLUMNS = (
    "family",
    "n",
    "form",
    "operations",
    "tree_nodes",
    "dag_nodes",
    "source_length",
    "derive_s",
    "build_s",
    "evaluate_s",
    "error_eps",
    "status",
)
FORMS = ("f", "raw", "cse", "cse-joint", "accumulate", "forward", "reverse")
HIGHER_FORMS = ("f", "raw", "cse", "cse-joint", "accumulate", "taylor")
DEFAULT_LIMITS = Limits()


def swell(
    family: Any,
    sizes: Iterable[int] | None = None,
    *,
    forms: Sequence[str] | None = None,
    order: int = 1,
    limits: Limits = DEFAULT_LIMITS,
) -> pd.DataFrame:
    """One row a size and form; see COLUMNS. Times are seconds, error_eps the norm-wise relative
    error of the gradient over epsilon.

    family: a name in `families.FAMILIES`, the name of a problem, or a function n -> (f, x) with f
    in plain NumPy.
    order: of the derivative; 2 and more are for families of one input, and HIGHER_FORMS what is
    measured by default.
    """
    forms = forms or (FORMS if order == 1 else HIGHER_FORMS)
    member_of, name, usual_sizes = _family(family)
    _check_forms(forms, order)
    rows, lost = [], set[str]()
    for n in usual_sizes if sizes is None else sizes:
        member = member_of(n, limits, order)
        for form in forms:
            row = _skipped(form) if form in lost else _measured(member, form)
            lost |= {form} if row["status"] != "ok" else set()
            rows.append({"family": name, "n": n, "form": form} | row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _check_forms(forms: Sequence[str], order: int) -> None:
    unknown = set(forms) - swell_forms.FORMS.keys()
    if unknown:
        raise BadInput(
            f"{', '.join(sorted(unknown))} is not a form of a derivative; known: "
            f"{', '.join(swell_forms.FORMS)}"
        )
    if order > 1 and {"forward", "reverse"}.intersection(forms):
        raise BadInput(
            f"forward and reverse are counted for order 1, and the order is {order}; take the form "
            "taylor"
        )


def _measured(member: Member, form: str) -> dict[str, Any]:
    try:
        return {"status": "ok"} | swell_forms.FORMS[form](member)
    except DiffbenchError as error:
        return {"status": short(error)}


def _skipped(form: str) -> dict[str, Any]:
    return {"status": f"skipped: {form} failed at a smaller size"}


def _family(family: Any) -> tuple[Callable[[int, Limits, int], Member], str, Sequence[int]]:
    if isinstance(family, str) and family in FAMILIES:
        family = FAMILIES[family]
    if isinstance(family, Family):
        return partial(_of_family, family), family.name, family.sizes
    if isinstance(family, str):
        problem = registry.find("problems", family)
        return (
            partial(_recorded, lambda n: (problem.at(n), problem.at(n).point)),
            family,
            problem.sizes,
        )
    return partial(_recorded, family), getattr(family, "__name__", "f"), ()


def _of_family(family: Family, n: int, limits: Limits, order: int) -> Member:
    f, x = family.numeric(n)
    return Member(f, x, lambda graph: family.on(graph, n), limits, _one_input(x, order))


def _recorded(
    family: Callable[[int], tuple[Function, Any]], n: int, limits: Limits, order: int
) -> Member:
    f, x = family(n)
    program = record(f, np.asarray(x))
    return Member(
        f, np.asarray(x), lambda graph: expressions(program, graph), limits, _one_input(x, order)
    )


def _one_input(x: Any, order: int) -> int:
    if order > 1 and np.size(x) != 1:
        raise BadInput(
            f"derivatives of order {order} are measured for one input, and this member has "
            f"{np.size(x)}; take another family"
        )
    return order


__all__ = ["COLUMNS", "FORMS", "HIGHER_FORMS", "GrowthLaw", "growth_law", "swell"]

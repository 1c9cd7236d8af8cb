"""Table 1 of the survey: l_1, ..., l_4 and their derivatives, which swell."""

from collections.abc import Iterator

import sympy

from diffbench.bench.studies.paper.entry import Entry, Rows
from diffbench.registry import find

PLACE = 10
TITLE = "Derivatives of the logistic map, simplified"
SOURCE = "Baydin, Pearlmutter, Radul, Siskind (2018), JMLR 18(153), table 1"
PUBLISHED = {
    1: "1",
    2: "4 - 8*x",
    3: "16*(1 - 10*x + 24*x**2 - 16*x**3)",
    4: "64*(1 - 42*x + 504*x**2 - 2640*x**3 + 7040*x**4 - 9984*x**5 + 7168*x**6 - 2048*x**7)",
}


def lines(rows: Rows) -> Iterator[Entry]:
    """Exact: polynomials with whole coefficients."""
    x = sympy.Symbol("x", real=True)
    for n, published in PUBLISHED.items():
        found = sympy.expand(sympy.diff(find("problems", "logistic_map")(x, n, xp=sympy), x))
        left = sympy.expand(found - sympy.sympify(published, locals={"x": x}))
        says = "the same polynomial" if left == 0 else f"differs by {left}"
        yield Entry(f"l_{n}'", published.replace("**", "^").replace("*", " "), _text(found), says)


def _text(polynomial: sympy.Expr) -> str:
    return str(sympy.factor_terms(polynomial)).replace("**", "^").replace("*", " ")

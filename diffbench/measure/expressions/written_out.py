"""The expressions of a function applied to itself, as a lecture writes them on the board: l_n, its
derivative by the product rule as it comes, and the same simplified (Baydin et al. 2018, table 1).

l_3    16x(1 - x)(1 - 2x)^2      factors with a positive constant term, powers rising
l_3'   16(1 - x)(1 - 2x)^2 - 16x(1 - 2x)^2 - 64x(1 - x)(1 - 2x)
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sympy as sp

Factor = tuple[Any, int]  # a polynomial, and its power


def written_out(f: Callable[[Any], Any], last: int) -> Iterator[dict[str, str | int]]:
    """n, l_n, its derivative and the same simplified, for n = 1 to last; l_1 is x and l_(n+1) is
    f(l_n). f: a SymPy expression of one symbol to another.
    """
    x = sp.Symbol("x", real=True)
    member = x
    for n in range(1, last + 1):
        yield {"n": n, **_row(member, x)}
        member = f(member)


def _row(member: Any, x: Any) -> dict[str, str]:
    if not member.is_polynomial(x):
        slope = sp.diff(member, x)
        return {"l": str(member), "derivative": str(slope), "simplified": str(sp.simplify(slope))}
    constant, factors = _factored(member, x)
    return {
        "l": _term(constant, factors, x),
        "derivative": _sum([_term(c, fs, x) for c, fs in _product_rule(constant, factors, x)]),
        "simplified": _simplified(sp.Poly(sp.diff(member, x), x), x),
    }


def _factored(member: Any, x: Any) -> tuple[Any, list[Factor]]:
    """The constant, and the factors, each with a positive constant term."""
    constant, factors = sp.factor_list(member, x)
    found = []
    for factor, power in factors:
        lowest = sp.Poly(factor, x).all_coeffs()[-1]
        sign = -1 if lowest < 0 else 1
        constant *= sign**power
        found.append((sp.expand(sign * factor), power))
    return constant, _in_order(found, x)


def _in_order(factors: Sequence[Factor], x: Any) -> list[Factor]:
    return sorted(factors, key=lambda pair: (sp.degree(pair[0], x), pair[0] != x, pair[1]))


def _product_rule(
    constant: Any, factors: Sequence[Factor], x: Any
) -> Iterator[tuple[Any, list[Factor]]]:
    """One term a factor: its power comes down, its own derivative is a number or a new factor."""
    if not factors:
        yield sp.Integer(0), []
    for k, (factor, power) in enumerate(factors):
        slope = sp.diff(factor, x)
        rest = [(f, p - 1 if i == k else p) for i, (f, p) in enumerate(factors)]
        own = [] if slope.is_number else [(slope, 1)]
        left = [pair for pair in rest if pair[1]]
        yield constant * power * (slope if slope.is_number else 1), _in_order(left + own, x)


def _simplified(slope: Any, x: Any) -> str:
    """The polynomial with its common number in front."""
    content, rest = slope.primitive()
    return _term(content, [] if rest.is_one else [(rest.as_expr(), 1)], x)


def _term(constant: Any, factors: Sequence[Factor], x: Any) -> str:
    """A product as it is written: 16x(1 - x)(1 - 2x)^2."""
    number = "" if constant == 1 else "-" if constant == -1 else str(constant)
    if len(factors) == 1 and not number and factors[0][1] == 1:
        return _polynomial(factors[0][0], x)
    texts = [
        _bracketed(factor, x) + (f"^{power}" if power > 1 else "") for factor, power in factors
    ]
    return number + "".join(texts) if texts else str(constant)


def _bracketed(factor: Any, x: Any) -> str:
    return str(x) if factor == x else f"({_polynomial(factor, x)})"


def _polynomial(polynomial: Any, x: Any) -> str:
    """Powers rising: 1 - 8x + 8x^2."""
    terms = sorted(sp.Poly(polynomial, x).terms())
    return _sum([_monomial(c, power, x) for (power,), c in terms])


def _monomial(constant: Any, power: int, x: Any) -> str:
    symbol = "" if power == 0 else str(x) if power == 1 else f"{x}^{power}"
    if symbol and abs(constant) == 1:
        return ("-" if constant < 0 else "") + symbol
    return f"{constant}{symbol}"


def _sum(terms: Sequence[str]) -> str:
    first, *rest = terms
    return first + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in rest)

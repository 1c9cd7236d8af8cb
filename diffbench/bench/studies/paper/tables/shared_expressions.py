"""Laue's claim: symbolic differentiation on shared expressions does what automatic differentiation
does, and swelling belongs to the representation as a tree.
"""

from collections.abc import Iterator

from diffbench.bench.studies.paper.entry import Entry, Rows
from diffbench.measure.expressions.swell import swell
from diffbench.program import record
from diffbench.program.derive.differentiate import value_and_gradient
from diffbench.program.passes.pipelines import pipelines
from diffbench.program.read.counts import count_operations
from diffbench.registry import find

PLACE = 70
TITLE = "Operations of f and f' together: written out, shared, and by automatic differentiation"
SOURCE = "Laue (2019), arXiv:1904.02990: the same operations once subexpressions are shared"
FAMILIES = {"logistic_map": (4, 8), "nested_sin_exp": (4, 12), "continued_fraction": (4, 20)}
FORMS = ("raw", "cse-joint", "accumulate")
FREE = "assemble"  # entries put into their array


def lines(rows: Rows) -> Iterator[Entry]:
    """One for each family and size."""
    for name, sizes in FAMILIES.items():
        counts = swell(name, sizes, forms=FORMS).set_index(["n", "form"])["operations"]
        for n in sizes:
            written, shared, accumulated = (int(counts[n, form]) for form in FORMS)
            ad = _by_reverse_mode(name, n)
            yield Entry(
                f"{name}, n = {n}: f' written out {written:,}",
                f"{ad} in both",
                f"{ad} by AD, {accumulated} sharing first, {shared} sharing last",
                _says(ad, accumulated, shared),
            )


def _by_reverse_mode(name: str, n: int) -> int:
    f = find("problems", name).at(n)
    program = pipelines().simplification(value_and_gradient(record(f, f.point)))
    counted = count_operations(program.equations)
    return counted.total() - counted[FREE]


def _says(ad: int, accumulated: int, shared: int) -> str:
    first = (
        "sharing first takes AD's own operations"
        if accumulated == ad
        else f"sharing first takes {accumulated - ad:+d}, since SymPy writes its formulas otherwise"
    )
    if shared > ad:
        return f"{first}; sharing last takes {shared - ad:+d}: SymPy flattens products before it differentiates"
    return f"{first}; sharing last takes {shared - ad:+d}"

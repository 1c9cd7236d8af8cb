"""Speelpenning's product: how many multiplications its value and all partial derivatives take."""

from collections.abc import Iterator

from diffbench.bench.studies.paper.entry import Entry, Rows
from diffbench.program import record
from diffbench.program.derive.differentiate import value_and_gradient
from diffbench.program.passes.pipelines import pipelines
from diffbench.program.read.counts import count_operations
from diffbench.registry import find

PLACE = 60
TITLE = "Multiplications for the product of n numbers and all its partial derivatives"
SOURCE = "Griewank, Walther (2008), Evaluating Derivatives, 2nd ed., 3.3: 3n - 5"
SIZES = (4, 10, 100)


def lines(rows: Rows) -> Iterator[Entry]:
    """Counted in the simplified program of reverse mode; the products by 1 that start its tape are
    what the simplifier takes away.
    """
    for n in SIZES:
        f = find("problems", "speelpenning").at(n)
        program = value_and_gradient(record(f, f.point))
        raw, simple = (
            count_operations(p.equations)["*"]
            for p in (program, pipelines().simplification(program))
        )
        law = 3 * n - 5
        says = "exactly the law" if simple == law else f"{simple - law:+d} from the law"
        says += f"; {raw - simple} more as recorded; {n * (n - 2) + n - 1:,} written out"
        yield Entry(f"n = {n}", str(law), str(simple), says)

"""The ratios of gradient to primal that ADBench and GradBench publish, at the sizes that they use
where those fit here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from diffbench.bench.studies.paper.entry import ALIKE, Entry, Rows, measured_ratio, why_missing

PLACE = 40
TITLE = "Cost of gradients and Jacobians over that of f, ADBench and GradBench"
SOURCE = (
    "ADBench: its paper's own tables (2018, Xeon E5-1620, C++ unless said); GradBench: its nightly "
    "of 2026-03-14, medians over sizes"
)
ADBENCH, GRADBENCH = "ADBench", "GradBench"


@dataclass(frozen=True)
class Ratio:
    """A published ratio of a tool at a problem, and the method of ours that is of its kind."""

    suite: str
    problem: str
    size: int
    tool: str
    published: str  # as it is printed
    method: str

    @property
    def number(self) -> float | None:
        """The ratio, where one number is printed."""
        try:
            return float(self.published.replace(",", ""))
        except ValueError:
            return None


def _of(suite: str, problem: str, size: int, **tools: tuple[str, str]) -> list[Ratio]:
    return [Ratio(suite, problem, size, tool, *said) for tool, said in tools.items()]


RATIOS = (
    # at P = 30 and 10,000 points; 330 to 53,600 parameters run on up to hours there
    *_of(ADBENCH, "gmm", 30, manual=("1.9", "manual"), tapenade=("3.7", "compiled"),
         adept=("11", "reverse"), finite=("31", "forward-difference"), ceres=("32", "forward"),
         MuPAD=("1.3", "symbolic-accumulate"), autograd=("22", "autograd"),
         Theano=("3.0", "pytensor")),
    *_of(ADBENCH, "gmm", 1650, manual=("2.2 at P = 1,200", "manual"),
         tapenade=("4.1 at P = 1,200", "compiled"), adept=("8 at P = 1,200", "reverse"),
         finite=("1,200 at P = 1,200", "forward-difference"), MuPAD=("1.7 at P = 1,200", "symbolic")),
    *_of(ADBENCH, "bundle_adjustment", 1340, manual=("7", "manual"), tapenade=("8.8", "compiled"),
         finite=("16.0", "forward-difference"), adept=("25.5", "reverse"),
         autograd=("58 to 73", "autograd"), MuPAD=("2.2 to 2.5", "symbolic-accumulate")),
    *_of(GRADBENCH, "gmm", 30, manual=("2.2", "manual"), tapenade=("3.2", "compiled"),
         jax=("3.2", "jax"), pytorch=("3.5", "reverse"), finite=("4623", "forward-difference")),
    *_of(GRADBENCH, "log_sum_exp_drawn", 2500, jax=("1.2", "compiled"), pytorch=("4.6", "reverse"),
         finite=("43,879", "forward-difference")),
    *_of(GRADBENCH, "polynomial_least_squares", 128, jax=("1.1", "compiled"),
         enzyme=("1.4", "reverse"), finite=("256", "forward-difference")),
    *_of(GRADBENCH, "k_means", 80, jax=("2.2", "compiled"), pytorch=("5.6", "reverse"),
         enzyme=("3.0", "manual")),
    *_of(GRADBENCH, "diagonal_lstm", 1024, pytorch=("2.7", "reverse"), enzyme=("2.8", "compiled"),
         finite=("979", "forward-difference")),
    *_of(GRADBENCH, "diagonal_lstm", 64, pytorch=("2.7 at c >= 1,024", "reverse"),
         enzyme=("2.8 at c >= 1,024", "compiled"), finite=("979", "forward-difference")),
    *_of(GRADBENCH, "determinant_by_minors", 7, codipack=("3.2", "reverse"),
         enzyme=("15", "compiled"), finite=("128", "forward-difference")),
    *_of(GRADBENCH, "bundle_adjustment", 1340, manual=("7.7", "manual"),
         enzyme=("9.8", "compiled"), finite=("52", "forward-difference"), zygote=("34", "reverse")),
)  # fmt: skip
WHY = {
    "forward-difference": "differences call f once an input and once more: the ratio is the number "
    "of inputs, which is not the same there",
    "reverse": "one NumPy call an operation, written and walked in Python, over an f of the same "
    "calls",
    "compiled": "native code is divided by an f in NumPy, whose calls cost more than its arithmetic",
    "forward": "tangents of all inputs travel together as arrays",
    "symbolic": "one formula for all samples would be needed; they are written out one by one",
    "symbolic-accumulate": "one formula for all samples would be needed; they are written out one by one",
    "manual": "written for NumPy, where f and its gradient share few of their calls",
}
WHY_THERE = {
    ("bundle_adjustment", "reverse"): "rows that share a camera can't travel together: a sweep for "
    "each observation of a camera, where ADBench differentiates one observation at a time",
    (
        "bundle_adjustment",
        "forward-difference",
    ): "a call of f for each colour of the pattern, which is detected; ADBench is told it",
    ("k_means", "manual"): "by hand in products of matrices, which f as it is written is not",
}
OTHER = "another package, asked through its own arrays"


def lines(rows: Rows) -> Iterator[Entry]:
    """One for each published ratio."""
    for ratio in RATIOS:
        found = measured_ratio(rows, ratio.problem, ratio.size, ratio.method)
        quantity = f"{ratio.suite}, {ratio.problem} {ratio.size:,}, {ratio.tool}"
        if found is None:
            missing = why_missing(rows, ratio.problem, ratio.size, [ratio.method])
            yield Entry(quantity, ratio.published, missing, "")
        else:
            yield Entry(
                quantity, ratio.published, f"{found:.3g} by {ratio.method}", _says(ratio, found)
            )


def _says(ratio: Ratio, found: float) -> str:
    if ratio.number and 1 / ALIKE <= found / ratio.number <= ALIKE:
        return f"within a factor of {ALIKE:.0f}"
    there = WHY_THERE.get((ratio.problem, ratio.method))
    return there or WHY.get(ratio.method, OTHER)

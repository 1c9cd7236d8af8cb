"""Table 5 of the survey: what the gradient of the Helmholtz energy costs, by inputs."""

from collections.abc import Iterator

from diffbench.bench.studies.paper.entry import ALIKE, Entry, Rows, measured_ratio, why_missing

PLACE = 30
TITLE = "Cost of the gradient of the Helmholtz energy, over that of f at the same n"
SOURCE = (
    "Baydin et al. (2018), table 5 (DiffSharp 0.5.7 in F#), quoted from memory: hold it against "
    "the paper before quoting it"
)
PROBLEM = "helmholtz_unweighted"  # w_i = 1, as the survey prints the energy
SIZES = (1, 8, 15, 22, 29, 36, 43, 50)
PUBLISHED = {
    "forward-difference": (1.08, 6.93, 12.17, 17.15, 19.87, 23.64, 25.67, 28.63),
    "forward": (1.34, 2.66, 3.55, 4.54, 4.77, 5.59, 6.40, 7.69),
    "reverse": (1.52, 2.16, 2.16, 2.31, 2.16, 2.07, 1.99, 1.96),
    "compiled": (None,) * len(SIZES),
}
WHY = {
    "forward-difference": "n + 1 calls of f, whose cost at small n is that of calling NumPy",
    "forward": "all n tangents travel as one array, at one NumPy call an operation",
    "reverse": "the tape is written and walked in Python, which small arrays do not hide",
    "compiled": "native code over an f in NumPy: no counterpart in the paper",
}


def lines(rows: Rows) -> Iterator[Entry]:
    """One for each method and size of the table."""
    for method, published in PUBLISHED.items():
        for size, ratio in zip(SIZES, published, strict=True):
            yield _line(rows, method, size, ratio)


def _line(rows: Rows, method: str, size: int, published: float | None) -> Entry:
    found = measured_ratio(rows, PROBLEM, size, method)
    printed = "" if published is None else f"{published:.2f}"
    if found is None:
        missing = why_missing(rows, PROBLEM, size, [method])
        return Entry(f"{method}, n = {size}", printed, missing, "")
    return Entry(f"{method}, n = {size}", printed, f"{found:.2f}", _says(method, published, found))


def _says(method: str, published: float | None, found: float) -> str:
    if published is not None and 1 / ALIKE <= found / published <= ALIKE:
        return f"within a factor of {ALIKE:.0f}"
    return WHY[method]

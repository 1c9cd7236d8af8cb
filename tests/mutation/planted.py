"""Faults that the tests did not notice once, as edits of one place each. tests/test_laws.py and its
neighbours have to fail with every one: `make mutate` plants them first.
"""

from typing import NamedTuple


class Planted(NamedTuple):
    name: str
    file: str
    sound: str  # stands there exactly once
    faulty: str
    tests: str  # which have to fail


LAWS = "tests/test_laws.py"
BATCHED = "np.sum(np.matmul(transposed(a), column(y_bar)).reshape((-1, a.shape[-1])), axis=0)"
DENSE = "diffbench/rules/linear_algebra/dense.py"
PLANTED = [
    Planted(
        "a - b for b - a",
        "diffbench/program/passes/rewriting/identities.py",
        'row("x + -y",               "x - y",',
        'row("x + -y",               "y - x",',
        LAWS,
    ),
    Planted(
        "the inverse not transposed in a determinant",
        DENSE,
        "np.linalg.det(a)[..., None, None] * transposed(np.linalg.inv(a))",
        "np.linalg.det(a)[..., None, None] * np.linalg.inv(a)",
        LAWS,
    ),
    Planted(
        "a cotangent of batched products a little off",
        "diffbench/rules/linear_algebra/products.py",
        BATCHED,
        f"1.0000001 * {BATCHED}",
        LAWS,
    ),
    Planted(
        "a cotangent of batched products twice",
        "diffbench/rules/linear_algebra/products.py",
        BATCHED,
        f"2.0 * {BATCHED}",
        LAWS,
    ),
    Planted(
        "a tie of three shared by two",
        "diffbench/rules/reductions.py",
        "chosen / np.maximum(ties, 1)",
        "chosen / np.clip(ties, 1, 2)",
        LAWS,
    ),
    Planted(
        "fmin takes the NaN",
        "diffbench/rules/elementwise.py",
        "share(y, x1, x2, (x1 < x2) | np.isnan(x2))",
        "share(y, x1, x2, x1 < x2)",
        LAWS,
    ),
    Planted(
        "0**0 by the exponent",
        "diffbench/rules/elementwise.py",
        "np.where((x1 == 0) & (x2 > 0), 1.0, x1)",
        "np.where(x1 == 0, 1.0, x1)",
        LAWS,
    ),
    Planted(
        "90 % called 95",
        "diffbench/measure/cost/timing.py",
        "confidence_level=0.95",
        "confidence_level=0.9",
        LAWS,
    ),
    Planted(
        "faster by the middle",
        "diffbench/bench/rows/speeds.py",
        "if accident < RATE:",
        "if s.mean:",
        LAWS,
    ),
    Planted(
        "any factor is a count",
        "diffbench/program/passes/rewriting/patterns.py",
        "return bool(atom == int(atom) or abs(frexp(atom)[0]) == 0.5)",
        "return True",
        LAWS,
    ),
    Planted(
        "a key without the dtype",
        "diffbench/bench/runner/cells.py",
        "**asdict(cell),",
        "**{k: v for k, v in asdict(cell).items() if k != 'dtype'},",
        LAWS,
    ),
    Planted(
        "no fsync",
        "diffbench/bench/rows/journal.py",
        "            os.fsync(self._file)\n",
        "",
        "tests/bench/test_run_folders.py::test_a_record_is_on_disk_when_append_returns",
    ),
    Planted(
        "irfft of an odd length",
        "diffbench/rules/fft.py",
        "last = (n + 1) // 2",
        "last = n // 2",
        LAWS,
    ),
]

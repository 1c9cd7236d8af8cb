"""Results in other tools' formats: CSV, Parquet and pyperf's JSON."""

import json
from pathlib import Path
from typing import Any

from diffbench.bench.rows.results import Results, identity
from diffbench.errors import BadInput, NotInstalled


def to_csv(results: Results, path: str | Path) -> Path:
    """The rows as CSV; an empty field where nothing was measured."""
    results.frame().to_csv(path, index=False)
    return Path(path)


def to_parquet(results: Results, path: str | Path) -> Path:
    """The rows as Parquet. Raises NotInstalled without pyarrow."""
    try:
        import pyarrow  # noqa: F401  pandas' own message does not say what to install for diffbench
    except ImportError:
        raise NotInstalled(
            "Parquet needs the package pyarrow, which is not installed; pip install pyarrow, or "
            "export CSV"
        ) from None
    results.frame().to_parquet(path, index=False)
    return Path(path)


def to_pyperf(results: Results, path: str | Path) -> Path:
    """The samples as a pyperf suite, one benchmark a cell, for `python -m pyperf compare_to`.
    Format: pyperf 1.0 (json_format).
    """
    timed = [record for record in results.records if record["samples"]["evaluate_s"]]
    if not timed:
        raise BadInput(
            "these results hold no timed cell, and pyperf knows times only; export CSV instead"
        )
    suite = {
        "version": "1.0",
        "metadata": {"unit": "second"},
        "benchmarks": [_benchmark(record) for record in timed],
    }
    Path(path).write_text(json.dumps(suite))
    return Path(path)


def _benchmark(record: dict[str, Any]) -> dict[str, Any]:
    loops = (record.get("loops") or [1])[0]
    return {
        "metadata": {"name": " ".join(map(str, identity(record))), "loops": loops},
        "runs": [{"values": record["samples"]["evaluate_s"]}],
    }

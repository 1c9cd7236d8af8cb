"""The cases put to methods, each method in a process of its own, which is replaced where a case
crashes it or gets no answer.
"""

import csv
import json
import math
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from typing import IO, Any

from diffbench.bench.comparing.own_function import told
from diffbench.bench.conform import nasty, programs
from diffbench.bench.conform.asked import Asked
from diffbench.bench.conform.cases import Case, Outcome, Verdict
from diffbench.bench.processes.isolation import Limits, Worker, WorkerLost
from diffbench.bench.processes.own_forks import OwnForks
from diffbench.bench.processes.patience import at_most
from diffbench.bench.runner.cells import contestants
from diffbench.bench.runner.worker import confine, obey
from diffbench.errors import BadInput, NotInstalled

GROUPS = ("nasty", "rules", "identities", "programs")
PROGRAMS = 300
PATIENCE_S, GRACE_S, MEMORY_BYTES = 30.0, 5.0, 8 << 30
Record = dict[str, Any]


def chosen_cases(groups: Iterable[str] = GROUPS, number: int = PROGRAMS) -> list[Case]:
    """The cases of these groups; `number` of the random programs."""
    makers: dict[str, Callable[[], Iterator[Case]]] = {
        "nasty": nasty.cases,
        "rules": programs.of_the_rules,
        "identities": programs.of_identities,
        "programs": lambda: programs.drawn_ones(number),
    }
    return [*chain.from_iterable(makers[group]() for group in GROUPS if group in set(groups))]


@dataclass(frozen=True)
class Trial:
    """What became of the cases with one method: a record each."""

    method: str
    version: str
    records: tuple[Record, ...]

    def counts(self, group: str | None = None) -> dict[str, int]:
        """How many ended in each way, in a group or in all."""
        mine = Counter(r["outcome"] for r in self.records if group in (None, r["group"]))
        return {str(outcome): mine[outcome] for outcome in Outcome}

    def of(self, outcome: Outcome) -> list[Record]:
        """The records that ended so, those that are furthest off first."""
        mine = [r for r in self.records if r["outcome"] == outcome]
        return sorted(mine, key=lambda r: -1.0 if r["error"] is None else -r["error"])


def tried(
    methods: Sequence[Any],
    cases: Sequence[Case],
    tolerance: float | None = None,
    seen: Callable[[Record], None] = lambda record: None,
) -> Iterator[Trial]:
    """A trial a method; `seen` is told each record. Raises NotInstalled for a package that is not
    here.
    """
    for name, method in contestants(methods).items():
        if not getattr(method, "is_installed", True):
            raise NotInstalled(
                f"the method {name} needs a package that is not installed; "
                'pip install "diffbench[peers]", or the package of that name'
            )
        records = []
        for record in _records(name, method, cases, tolerance):
            seen(record)
            records.append(record)
        yield Trial(name, version_of(name), tuple(records))


def version_of(name: str) -> str:
    """That of the package of this name; empty where there is none."""
    for package in (name, f"{name}-ad", "diffbench"):
        try:
            return f"{package} {version(package)}"
        except PackageNotFoundError:
            continue
    return ""


def _records(
    name: str, method: Any, cases: Sequence[Case], tolerance: float | None
) -> Iterator[Record]:
    with ExitStack() as hired:
        worker = None
        for k, case in enumerate(cases):
            worker = worker or hired.enter_context(_hired(method, cases, tolerance))
            record = {"method": name, "group": case.group, "case": case.name, "why": case.why}
            try:
                facts = worker.ask(
                    {"do": "case", "k": k}, Limits(PATIENCE_S + GRACE_S, MEMORY_BYTES)
                )
            except WorkerLost as lost:
                worker.kill()
                worker, facts = None, asdict(Verdict(Outcome.LOST, reason=lost.reason))
            if "outcome" not in facts:  # the order itself failed
                facts = asdict(Verdict(Outcome.LOST, reason=facts.get("reason", "")))
            yield record | facts


def _hired(method: Any, cases: Sequence[Case], tolerance: float | None) -> Worker:
    guest = Guest(Asked(method), cases, tolerance)

    def duty(orders: IO[str], answer: Any) -> None:
        confine(None, None)
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        for line in orders:
            obey(guest, json.loads(line), answer)

    return Worker(OwnForks(duty))


@dataclass(frozen=True)
class Guest:
    """The far side: asks the method, and judges."""

    asked: Asked
    cases: Sequence[Case]
    tolerance: float | None

    def case(self, k: int) -> Iterator[Record]:
        """The verdict on one case."""
        verdict = judged(self.asked, self.cases[k], self.tolerance or self.asked.tolerance)
        yield {**asdict(verdict), "outcome": str(verdict.outcome)}


def judged(asked: Asked, case: Case, tolerance: float) -> Verdict:
    """Whatever the method raises is a refusal, and whatever it takes too long for is lost."""
    try:
        with at_most(PATIENCE_S):
            answer = case.ask(asked, case.function, case.x)
    except TimeoutError as late:
        return Verdict(Outcome.LOST, reason=str(late))
    except Exception as error:
        return Verdict(case.on_refusal, reason=told(error)[:300])
    return case.judge(answer, tolerance)


def known_wrong(text: str) -> set[tuple[str, str, str]]:
    """The cases that a saved answer of `--json` says to be wrong or lost: method, group, case."""
    try:
        return {
            (r["method"], r["group"], r["case"])
            for r in json.loads(text)["cases"]
            if r["outcome"] in (Outcome.WRONG, Outcome.LOST)
        }
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"what is known does not read as an answer of conform ({error}); save one with "
            "diffbench conform METHOD --json"
        ) from None


def new_faults(trials: Iterable[Trial], known: set[tuple[str, str, str]]) -> list[Record]:
    """The records that are wrong or lost, but for those that are known to be."""
    return [
        record
        for trial in trials
        for outcome in (Outcome.WRONG, Outcome.LOST)
        for record in trial.of(outcome)
        if (record["method"], record["group"], record["case"]) not in known
    ]


def to_json(trials: Sequence[Trial]) -> str:
    """Counts by method and group, and every case; what JSON has no word for is null."""
    methods = [
        {"method": t.method, "version": t.version, **{g: t.counts(g) for g in _groups(t)}}
        for t in trials
    ]
    cases = [
        {key: None if value in (math.inf, -math.inf) or value != value else value
         for key, value in record.items()}
        for t in trials for record in t.records
    ]  # fmt: skip
    return json.dumps({"format": 1, "methods": methods, "cases": cases}, indent=1)


def table(trials: Iterable[Trial]) -> list[Record]:
    """A line a method and group: how many ended in each way."""
    return [
        {"method": t.method, "version": t.version, "group": group, **t.counts(group)}
        for t in trials
        for group in _groups(t)
    ]


def write_table(trials: Iterable[Trial], folder: Path) -> Path:
    """Leave the table among those of a run, where its page shows it."""
    path = folder / "tables" / "conform.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        lines = table(trials)
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    return path


def _groups(trial: Trial) -> list[str]:
    return [*dict.fromkeys(record["group"] for record in trial.records)]

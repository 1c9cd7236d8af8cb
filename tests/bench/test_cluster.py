"""The matrix on a real Dask scheduler with two workers on the loopback address, one of which is
killed half way.
"""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip("distributed")

from distributed import Client

from diffbench.bench.rows.results import Results
from diffbench.bench.runner.cells import Suite, groups
from diffbench.bench.runner.suite import run
from diffbench.errors import BadInput

pytestmark = pytest.mark.alone  # its measurements and its workers have limits of time
TINY = Suite("tiny", sizes=1, rounds=3, sample_s=1e-3, cell_s=0.02, timeout_s=5)
PROBLEMS = (
    "rosenbrock",
    "logistic_l4",
    "speelpenning",
    "baydin",
    "griewank_walther",
    "cubic_product",
)
METHODS = ("forward-difference", "central-difference")


@pytest.fixture
def scheduler(tmp_path):
    """The address of a scheduler that lives as long as the test."""
    contact = tmp_path / "scheduler.json"
    command = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--port",
        "0",
        "--no-dashboard",
        "--scheduler-file",
        str(contact),
    ]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=tmp_path)
    while not (contact.exists() and contact.read_text().endswith("}")):
        assert process.poll() is None
        time.sleep(0.05)
    yield contact
    process.terminate()
    process.wait()


@pytest.fixture
def start_worker(scheduler, tmp_path):
    """Starts a worker without a nanny, so that killing it kills it for good, and waits until it has
    come.
    """
    started = []

    def start(*options):
        command = [
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            "--scheduler-file",
            str(scheduler),
            "--nthreads",
            "1",
        ]
        process = subprocess.Popen(
            [*command, "--no-nanny", "--no-dashboard", *options],
            stderr=subprocess.DEVNULL,
            cwd=tmp_path,
        )
        started.append(process)
        # a run waits 5 s, in which a loaded machine starts none
        with Client(address(scheduler)) as client:
            client.wait_for_workers(len(started), timeout=120)
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait()


def address(scheduler):
    return json.loads(scheduler.read_text())["address"]


def test_a_cluster_that_loses_a_worker_half_way_gives_the_complete_matrix(
    scheduler, start_worker, tmp_path
):
    workers = [start_worker("--resources", "bench=1") for _ in range(2)]
    killed = []

    def kill_one_when_half_is_done(done, total, row):
        if done >= total // 2 and not killed:
            killed.append(os.kill(workers[0].pid, signal.SIGKILL))

    folder = tmp_path / "run"
    results = run(
        PROBLEMS,
        METHODS,
        suite=TINY,
        scheduler=address(scheduler),
        folder=folder,
        progress=kill_one_when_half_is_done,
    )
    assert killed and workers[0].wait() == -signal.SIGKILL
    whole = {
        (cell.problem, cell.size, cell.method)
        for group in groups(PROBLEMS, METHODS, TINY)
        for cell in group.cells()
    }
    assert {(row["problem"], row["size"], row["method"]) for row in results.rows} == whole
    assert {row["status"] for row in results.rows} == {"ok"} and all(
        row["ratio"] > 0 for row in results.rows
    )
    assert len(Results.load(folder).rows) == len(whole)
    assert all(
        record["machine"]["kernel_before_s"] > 0 and record["machine"]["host"]
        for record in results.records
    )


def test_a_cluster_whose_workers_do_not_measure_is_refused_with_the_cure(scheduler, start_worker):
    start_worker()
    with pytest.raises(
        BadInput,
        match=r"no worker at tcp://.* measures; start them with `dask worker .* --resources bench=1`",
    ):
        run(PROBLEMS, METHODS, suite=TINY, scheduler=address(scheduler))


def test_an_address_where_no_scheduler_answers_is_refused():
    with pytest.raises(BadInput, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        run(PROBLEMS, METHODS, suite=TINY, scheduler="tcp://127.0.0.1:9")


def test_a_scheduler_without_any_worker_is_refused_with_the_cure(scheduler):
    address = json.loads(scheduler.read_text())["address"]
    with pytest.raises(BadInput, match=r"no worker at tcp://.* measures; start them with"):
        run(PROBLEMS[:1], METHODS[:1], suite=TINY, scheduler=address)

"""What is prepared or recorded is saved, sent to other processes, and read without foreign code."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import BadInput, BadPoint, Unsupported

X = np.array([2.0, 5.0])
TAKEN = db.Symbolic(branch="taken")


def formula(x):
    return np.log(x[0]) + x[0] * x[1] - np.sin(x[1])


def branches(x):
    return x[0] ** 2 * x[1] if x[0] > 1 else x[0] * x[1]


def with_arrays(x):
    return np.sum(np.tanh(np.outer(x, x)) ** 2)


def loss(p, batch, k=2):
    return np.sum((batch @ p["w"]) ** k)


@pytest.mark.parametrize("f", [formula, branches, with_arrays])
@pytest.mark.parametrize("operator", ["gradient", "value_and_gradient", "hessian"])
@pytest.mark.parametrize(
    "method",
    ["compiled", db.Compiled(native=False), "reverse", "forward", TAKEN, "richardson"],
    ids=["native", "python", "reverse", "forward", "symbolic", "richardson"],
)
def test_a_prepared_answer_that_was_pickled_answers_as_before(f, operator, method):
    answer = db.prepare(f, X, operator=operator, method=method)
    again = pickle.loads(pickle.dumps(answer))
    for point in (X, X * 1.5):
        np.testing.assert_array_equal(_flat(again(point)), _flat(answer(point)))
    assert getattr(again, "route", None) == getattr(answer, "route", None)


def _flat(answer):
    return np.concatenate([np.ravel(part) for part in answer])


def test_a_pickled_answer_keeps_its_options_and_its_keywords():
    answer = db.prepare(loss, {"w": X}, np.eye(2), k=3, operator="hessian")
    again = pickle.loads(pickle.dumps(answer))
    assert again.operator == "hessian" and again.keywords == {"k": 3}
    batch = np.ones((2, 2))
    np.testing.assert_array_equal(
        again({"w": X}, batch)["w"]["w"], answer({"w": X}, batch)["w"]["w"]
    )


def test_a_generated_function_is_called_with_out_as_before():
    answer, out = db.prepare(with_arrays, X, method=db.Compiled(native=False)), np.empty(2)
    assert answer(X, out=out) is out and answer.route == "numpy" and answer.threads == 1


def test_a_function_without_a_name_is_refused_by_pickle_itself():
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(db.prepare(lambda x: x**2, 1.0))


def test_a_part_of_an_answer_is_not_pickled_without_a_word():
    inner = db.Compiled().prepare(formula, X, "gradient")
    with pytest.raises((TypeError, pickle.PicklingError), match=r"diffbench\.prepare"):
        pickle.dumps(inner)


# ---------------------------------------------------------------- programs as JSON


def test_a_program_that_was_read_is_prepared_and_differentiated():
    read = db.Program.from_json(db.record(formula, X).to_json())
    answer = db.prepare(read, X)
    for point in (X, X * 3):
        np.testing.assert_array_equal(answer(point), db.gradient(formula, point))
        np.testing.assert_array_equal(db.hessian(read, point), db.hessian(formula, point))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(answer))(X), answer(X))


@pytest.mark.parametrize("method", ["reverse", "forward", "compiled"])
def test_a_program_that_was_read_refuses_where_another_branch_is_taken(method):
    read = db.Program.from_json(db.record(branches, X).to_json())
    answer = db.prepare(read, X, method=method)
    for ask in (lambda x: db.gradient(read, x, method=method), answer):
        np.testing.assert_array_equal(ask(X * 2), db.gradient(branches, X * 2))
        with pytest.raises(BadPoint, match=r"another branch is taken \(test_saved\.py:"):
            ask(X / 4)


def test_a_primitive_of_the_user_s_own_is_not_saved():
    own = db.primitive(lambda x: x**2, jvp=lambda x_dots, y, x: 2 * x * x_dots[0])
    with pytest.raises(Unsupported, match="of your own"):
        db.record(lambda x: own(x) + 1, 1.0).to_json()


def _changed(change):
    read = json.loads(db.record(branches, X).to_json())
    change(read)
    return json.dumps(read)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 1}',
        _changed(lambda read: read.update(format=2)),
        _changed(lambda read: read["equations"][0].__setitem__(0, "os.system")),
        _changed(lambda read: read["equations"][0].__setitem__(0, ["exp", "system", []])),
        _changed(lambda read: read["equations"][0].__setitem__(0, ["exp", "SystemExit", []])),
        _changed(lambda read: read["equations"][0][1].__setitem__(0, {"v": 99})),
        _changed(lambda read: read["equations"][0][1].__setitem__(0, {"import": "os"})),
        _changed(lambda read: read["variables"][0].__setitem__(2, "O")),
        _changed(lambda read: read["variables"][0].__setitem__(2, "S8")),
    ],
)
def test_a_text_that_is_no_program_is_refused(text):
    with pytest.raises(BadInput):
        db.Program.from_json(text)


# ---------------------------------------------------------------- other processes

SENT = """
import numpy as np
import diffbench as db

def loss(x, a):
    return np.sum(np.sin(x) ** 2) * a

def work(task):
    answer, x = task
    return answer(x, 3.0)

if __name__ == "__main__":
    answer = db.prepare(loss, np.ones(2), 1.0)
    tasks = [(answer, np.full(2, k / 4)) for k in range(4)]
    expected = [answer(x, 3.0) for _, x in tasks]
    {how}
    np.testing.assert_array_equal(found, expected)
    print("the same")
"""
WAYS = {
    "multiprocessing": """
    from multiprocessing import get_context
    with get_context("spawn").Pool(1) as pool:
        found = pool.map(work, tasks)
    """,
    "joblib": """
    from joblib import Parallel, delayed
    local = lambda x, a: loss(x, a)  # that no module names
    tasks = [(db.prepare(local, np.ones(2), 1.0), x) for _, x in tasks]
    found = Parallel(n_jobs=2)(delayed(work)(task) for task in tasks)
    """,
    "dask": """
    from distributed import Client, LocalCluster
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            [sent] = client.scatter([answer], broadcast=True)
            futures = [client.submit(lambda g, x: g(x, 3.0), sent, x) for _, x in tasks]
            found = client.gather(futures)
    """,
}


@pytest.mark.parametrize("way", WAYS)
def test_other_processes_take_a_prepared_answer(way, tmp_path):
    script = tmp_path / "sent.py"
    script.write_text(SENT.replace("    {how}\n", WAYS[way].rstrip(" ").lstrip("\n")))
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path, timeout=300
    )
    assert done.stdout.strip() == "the same", done.stderr

"""What can be differentiated is found where the user says, and called once to see that it works
there.
"""

import numpy as np
import pytest

from diffbench.cli.target import read_function, read_target
from diffbench.errors import BadInput

MODULE = """
import numpy as np
from beside import TWO
SCALE = 3
def loss(x): return np.sum(x**TWO)
def counted(x): return 7
def complex_valued(x): return 1j * x
def pair(x, y): return x * y
def broken(x): raise RuntimeError("the sensor is off")
def spoiling(x):
    x[:] = 0
    return np.sum(x)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "losses_of_mine.py").write_text(MODULE)
    (tmp_path / "beside.py").write_text("TWO = 2\n")
    (tmp_path / "spoilt.py").write_text("1 / 0\n")
    (tmp_path / "random.py").write_text("def f(x): return x * 3\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(__import__("sys").path))
    return tmp_path


@pytest.mark.parametrize(
    "text", ["losses_of_mine:loss", "losses_of_mine.py:loss", "./losses_of_mine.py:loss"]
)
def test_a_function_is_found_in_a_module_or_in_a_file(folder, text):
    assert read_function(text)(np.array([3.0, 4.0])) == 25


def test_a_file_is_found_by_its_whole_path(folder, monkeypatch):
    monkeypatch.chdir("/")
    assert read_function(f"{folder}/losses_of_mine.py:loss")(np.array([3.0])) == 9


def test_a_file_named_like_a_module_of_python_takes_nobody_s_place(folder):
    import random

    assert read_function("random.py:f")(2.0) == 6
    assert __import__("random") is random


def test_a_target_has_its_name_its_function_and_its_point():
    target = read_target("x*y", "y=2,x=1", dtype="float32")
    assert target.name == "x*y" and target.function.names == ("x", "y")
    np.testing.assert_array_equal(target.point, np.array([1, 2], dtype=np.float32), strict=True)


def test_the_point_is_handed_over_as_a_copy(folder):
    np.testing.assert_array_equal(read_target("losses_of_mine:spoiling", "1,2").point, [1, 2])


REFUSED = {
    ("no_such_module:f", "1"): "no module 'no_such_module'",
    ("no_such_file.py:f", "1"): "no_such_file.py; give its path",
    ("losses_of_mine:los", "1"): "did you mean loss",
    ("losses_of_mine:SCALE", "1"): "no function 'SCALE'",
    ("spoilt:f", "1"): "spoilt.py can't be imported: ZeroDivisionError",
    ("spoilt.py:f", "1"): "ZeroDivisionError: division by zero, at spoilt.py:1; mend that first",
    ("losses_of_mine:counted", "1"): "returns int64",
    ("losses_of_mine:complex_valued", "1"): "complex128",
    ("losses_of_mine:pair", "1"): "missing 1 required positional argument",
    ("losses_of_mine:broken", "1"): "RuntimeError: the sensor is off",
    ("losses_of_mine:loss", "y=1"): "has no such name; it has x",
    ("losses_of_mine:pair", "y=1"): "leaves out x",
    ("log(x)", "-1"): "nan at -1., outside its domain",
    ("1/x", "0"): "inf at 0., outside its domain",
    ("log(exp(2*x**3+10))", "42"): "inf at 42., outside its domain or beyond the floats",
    ("x*y", "1,2,3"): "2 names",
    ("x > 1", "2"): "returns bool",
    ("x:=1", "2"): "can't be read",
}


@pytest.mark.parametrize(
    ("words", "cure"),
    REFUSED.items(),
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_used_is_refused_in_one_sentence(folder, words, cure):
    with pytest.raises(BadInput) as caught:
        read_target(*words)
    assert cure in str(caught.value) and "\n" not in str(caught.value)

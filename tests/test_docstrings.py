"""Every public function and method says how it is used by an example, which is run."""

import doctest
import importlib
import inspect

import numpy as np
import pytest

import diffbench as db

# which act on files or on the registry, or are what another function returns: README.md runs them
SHOWN_ELSEWHERE = {
    *("Differentiator", "Problem", "Results", "differentiator", "problem", "render", "run"),
    *("Program", "swell", "sweep"),
}
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize("name", db.__all__)
def test_the_example_of_a_public_name_is_true(name, capsys):
    value = getattr(db, name)
    known = vars(importlib.import_module(f"diffbench.{db._HOME[name]}")) | {"np": np}
    text = inspect.getdoc(value)
    test = doctest.DocTestParser().get_doctest(text, dict(known), name, None, None)
    assert test.examples or name in SHOWN_ELSEWHERE, f"{name} has no example in its docstring"
    with np.printoptions(legacy=False):
        result = doctest.DocTestRunner(optionflags=FLAGS).run(test)
    assert result.failed == 0, capsys.readouterr().out

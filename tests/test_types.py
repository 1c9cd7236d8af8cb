"""What editors and type checkers see of the library: every public name with its arguments, and the
names of methods.
"""

import ast
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import jedi
import numpy as np
import pytest

import diffbench as db
from diffbench.asking.words import MethodName, OperatorName
from diffbench.registry import find

STUB = Path(db.__file__).with_suffix(".pyi")
OWN = "diffbench.differentiators."


def test_the_stub_names_what_the_package_names():
    found = {
        alias.asname: f"{node.module}.{alias.name}"
        for node in ast.parse(STUB.read_text()).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert found == {name: f"diffbench.{home}.{name}" for name, home in db._HOME.items()}


def test_the_names_of_methods_and_operators_are_those_registered():
    methods = {name: find("differentiators", name) for name in db.list_methods()}
    # another package may have its file without a word of its own for editors
    own = {n for n, m in methods.items() if type(m).__module__.startswith(OWN) and m.kind != "peer"}
    assert own <= set(get_args(MethodName)) <= set(methods)
    assert get_args(OperatorName) == tuple(map(str, db.Operator))


@pytest.mark.parametrize("name", sorted(db.__all__))
def test_an_editor_completes_a_public_name_with_its_arguments(name):
    code = f"import diffbench as db\ndb.{name}("
    script = jedi.Script(code, path=Path(__file__).with_name("edited.py"))
    assert name in [found.name for found in script.complete(2, len(f"db.{name}"))]
    signatures = script.get_signatures(2, len(f"db.{name}("))
    value = getattr(db, name)
    if inspect.isfunction(value):
        expected = {p.name for p in inspect.signature(value).parameters.values() if _is_one(p)}
        assert any(expected <= {p.name for p in signature.params} for signature in signatures)


def _is_one(parameter):
    """Whether it is no *args or **keywords, for which jedi shows what they are handed to."""
    return parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)


USED = """
import numpy as np
import numpy.typing as npt
import diffbench as db

def f(x: npt.NDArray[np.float64]) -> float:
    return float(x @ x)

x = np.ones(2)
reveal_type(db.derivative(np.sin, 1.0))
reveal_type(db.gradient(f, x))
reveal_type(db.gradient(f, {"a": x}))
reveal_type(db.gradient(f, x, argnums=(0, 1)))
reveal_type(db.value_and_gradient(f, x, method="compiled"))
reveal_type(db.hessian(f, x))
reveal_type(db.prepare(f, x, operator="hessian", method=db.Compiled()))
reveal_type(db.certify(f, x).radius)
reveal_type(db.record(f, x).to_json())
db.gradient(f, x, argnums="first")
db.prepare(f, x, operator="gradiant")
db.nothing
"""


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """What mypy --strict says of a user's file."""
    folder = tmp_path_factory.mktemp("typed")
    (folder / "used.py").write_text(USED)
    environment = os.environ | {"MYPYPATH": str(STUB.parents[1])}
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-incremental",
        "--follow-imports=silent",
        "used.py",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    return done.stdout


def test_mypy_sees_the_types_of_results(checked):
    floats = "numpy.ndarray[Any, numpy.dtype[numpy.floating[Any]]]"
    revealed = [
        re.sub(r"builtins\.|typing\.", "", text).replace(
            "tuple[Any, ...]", "Any"
        )  # before NumPy 2.2
        for text in re.findall(r'type is "(.*)"', checked)
    ]
    assert revealed == [
        *("float", floats, "Any", "Any", f"tuple[float, {floats}]", floats),
        *("def (*Any, **Any) -> Any", "Any", "str"),
    ]


def test_mypy_refuses_wrong_words(checked):
    errors = [line for line in checked.splitlines() if "error:" in line]
    assert len(errors) == 3, checked
    assert "No overload variant" in errors[0] or "argnums" in errors[0]
    assert "gradiant" in errors[1]
    assert '"nothing"' in errors[2]


def test_the_package_is_marked_as_typed_and_ships_its_stub():
    assert STUB.exists() and STUB.with_name("py.typed").exists()
    assert '"*.pyi"' in Path(__file__).parents[1].joinpath("pyproject.toml").read_text()
    assert isinstance(db.gradient(np.sum, np.ones(2)), np.ndarray)

"""Imports point downwards only. This test reads the import statements, wherever in a file they
stand.
"""

import ast
from pathlib import Path

import pytest

import diffbench

ROOT = Path(__file__).parents[1]

# From the top down; what stands on one line may import each other. "diffbench" is the package's own
# __init__: the public names.
LAYERS = [
    {"__main__"},
    {"cli"},
    {"diffbench"},
    {"report"},
    {"bench"},
    {"measure"},
    {"differentiators", "compiling"},
    {"asking", "differences"},
    {"symbolic"},
    {"program"},
    {"arrays", "rules", "formula"},
    {"interface"},
    {"registry"},
    {"ir"},
    {"errors"},
]
UPWARDS = {  # allowed, each with its reason
    # the type of a method's settings, for the type checker
    (
        "diffbench.symbolic.derivation",
        "diffbench.differentiators.symbolic",
    ),
}
HEIGHT = {name: -depth for depth, names in enumerate(LAYERS) for name in names}
FILES = sorted((ROOT / "diffbench").rglob("*.py"))
PROBLEMS = sorted((ROOT / "problems").glob("*.py"))


def imported(path):
    """The diffbench modules that a file imports, by dotted name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (
                alias.name for alias in node.names if alias.name.split(".")[0] == "diffbench"
            )
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; write the full name"
            if node.module == "diffbench":
                yield from (
                    f"diffbench.{alias.name}" if is_module(alias.name) else "diffbench"
                    for alias in node.names
                )
            elif node.module and node.module.startswith("diffbench."):
                yield node.module


def is_module(name):
    return (ROOT / "diffbench" / name).is_dir() or (ROOT / "diffbench" / f"{name}.py").exists()


def layer(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_a_file_imports_only_from_its_own_layer_and_below(path):
    own = HEIGHT[layer(module_name(path))]
    name = module_name(path)
    upwards = [
        module
        for module in imported(path)
        if HEIGHT.get(layer(module), 1) > own and (name, module) not in UPWARDS
    ]
    assert not upwards, f"{name} imports upwards: {', '.join(upwards)}"


@pytest.mark.parametrize("path", PROBLEMS, ids=lambda path: path.stem)
def test_problems_import_nothing_of_diffbench_but_its_interface(path):
    own = {f"diffbench.problems.{file.stem}" for file in PROBLEMS} | {"diffbench.problems"}
    assert set(imported(path)) - own <= {"diffbench.interface"}


def test_the_report_reads_results_and_measures_nothing():
    found = {
        layer(module)
        for path in FILES
        if layer(module_name(path)) == "report"
        for module in imported(path)
        if module != "diffbench.measure.expressions.growth"  # a fit to numbers that are there
    }
    assert found <= {"report", "bench", "interface", "registry", "errors"}


@pytest.mark.parametrize(
    "package",
    [path.parent for path in FILES if path.name == "__init__.py"],
    ids=lambda path: path.name,
)
def test_no_public_name_is_also_the_name_of_a_submodule(package):
    modules = {path.stem for path in package.glob("*.py")} | {
        path.name for path in package.iterdir() if path.is_dir()
    }
    tree = ast.parse((package / "__init__.py").read_text())
    inside = module_name(package / "__init__.py")
    named = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module != inside
        for alias in node.names
    } | {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert not named & modules


def test_no_name_of_the_library_is_also_the_name_of_a_submodule():
    assert not [name for name in diffbench.__all__ if is_module(name)]


def test_the_check_itself_sees_an_import_that_points_upwards(tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text(
        "def f():\n    from diffbench.report.page import render\n    from diffbench import "
        "gradient\n    import diffbench.cli\n"
    )
    found = list(imported(file))
    assert found == ["diffbench.report.page", "diffbench", "diffbench.cli"]
    assert all(HEIGHT[layer(module)] > HEIGHT["measure"] for module in found)

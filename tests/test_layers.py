"""Imports point downwards only and in no circle. This test reads the import statements, wherever in
a file they stand.
"""

import ast
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sparse
from scipy.sparse.csgraph import connected_components

import diffbench

ROOT = Path(__file__).parents[1]

# From the top down; what stands on one line may import each other. "diffbench" is the package's own
# __init__: the public names.
LAYERS = [
    {"__main__"},
    {"cli"},
    {"pytest_plugin"},
    {"testing"},
    {"diffbench"},
    {"report"},
    {"bench"},
    {"measure"},
    {"differentiators", "bridges"},
    {"asking", "differences"},
    {"symbolic"},
    {"program"},
    {"arrays", "rules", "formula"},
    {"interface"},
    {"registry"},
    {"vocabulary"},
    {"ir"},
    {"errors", "markup"},
]
# Imports inside a function below cli/: laziness with a reason, and no hidden circle.
INSIDE = {
    # SymPy takes half a second to import, pandas a third: only who asks for formulas or tables waits
    ("diffbench.differentiators.symbolic", "diffbench.symbolic.derivation"),
    ("diffbench.asking.reading", "diffbench.symbolic.to_sympy"),
    ("diffbench.bridges.sympy_expression", "diffbench.symbolic.to_sympy"),
    ("diffbench.asking.reading", "diffbench.program.read.trace_table"),
    ("diffbench.bench.studies.by_suite", "pandas"),
    ("diffbench.bench.studies.by_suite", "diffbench.measure.expressions.swell"),
    ("diffbench.bench.studies.by_suite", "diffbench.measure.expressions.families"),
    ("diffbench.bench.studies.by_suite", "diffbench.symbolic.engines.systems"),
    ("diffbench.bench.rows.results", "pandas"),
    ("diffbench.bench.rows.changes", "pandas"),
    ("diffbench.bench.rows.speeds", "scipy.stats"),
    # what a study or a cluster needs, and the run without it does not
    ("diffbench.bench.studies.by_suite", "diffbench.measure.step_sweep"),
    ("diffbench.bench.studies.by_suite", "diffbench.bench.calibration.error_bars"),
    ("diffbench.bench.studies.by_suite", "diffbench.bench.studies.paper.tables"),
    ("diffbench.bench.runner.suite", "diffbench.bench.runner.cluster"),
    ("diffbench.program.native.build", "scipy.linalg"),
    ("diffbench.program.native.scipy_functions", "scipy.special"),
    ("diffbench.measure.cost.timing", "scipy.stats"),
    # loaded in every pytest run where diffbench is installed
    ("diffbench.pytest_plugin", "diffbench.testing"),
    # the worker imports the rest of the runner after it is forked
    ("diffbench.bench.processes.forkserver", "diffbench.bench.runner"),
    # packages that need not be installed
    ("diffbench.bridges.torch_function", "torch"),
    ("diffbench.bridges.torch_function", "torch.autograd.function"),
    ("diffbench.bridges.jax_function", "jax"),
    ("diffbench.symbolic.derivation", "symengine"),
    ("diffbench.bench.runner.cluster", "distributed"),
    ("diffbench.bench.rows.export", "pyarrow"),
    ("diffbench.bench.calibration.error_bars", "scipy.differentiate"),
    ("diffbench.bench.calibration.error_bars", "jacobi"),
    ("diffbench.bench.calibration.error_bars", "numdifftools"),
    ("diffbench.bench.calibration.systems", "jacobi"),
    ("diffbench.bench.calibration.systems", "numdifftools"),
    ("diffbench.bench.calibration.systems", "statsmodels.tools.numdiff"),
    ("diffbench.bench.calibration.systems", "derivkit"),
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
    upwards = [module for module in imported(path) if HEIGHT.get(layer(module), 1) > own]
    assert not upwards, f"{name} imports upwards: {', '.join(upwards)}"


def files_imported(path):
    """The files of diffbench that a file imports, for types or inside functions, too."""
    known, own = {module_name(file) for file in FILES}, module_name(path)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                module = submodule if submodule in known else node.module
                if module in known and module != own:
                    yield module


def circles(imports):
    """The groups of files of which each reaches each of the others by its imports."""
    names = sorted(imports)
    number = {name: k for k, name in enumerate(names)}
    edges = [(number[a], number[b]) for a in names for b in imports[a]]
    tails, heads = np.array(edges).T
    graph = sparse.csr_array((np.ones(len(edges)), (tails, heads)), shape=(len(names),) * 2)
    _, component = connected_components(graph, connection="strong")
    groups = [[names[k] for k in np.flatnonzero(component == c)] for c in np.unique(component)]
    return [group for group in groups if len(group) > 1]


def test_files_import_each_other_in_no_circle():
    assert not circles({module_name(path): set(files_imported(path)) for path in FILES})


def test_the_check_itself_sees_a_circle():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def imported_inside(path):
    """What the functions of a file import."""
    tree = ast.parse(path.read_text())
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in (node for function in functions for node in ast.walk(function)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_what_is_imported_inside_a_function_is_on_the_list_with_its_reason():
    found = {
        (module_name(path), module)
        for path in FILES
        if layer(module_name(path)) not in ("cli", "__main__")
        for module in imported_inside(path)
    }
    assert found == INSIDE


def names_in(folder):
    """The modules and packages of a folder, without __init__ and __main__."""
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    return modules | {path.parent.name for path in folder.glob("*/__init__.py")}


# Folders that may be longer than MOST_NAMES, and why.
LONG = {
    "diffbench": "the floors, and what plug-ins and test suites import by name",
    "diffbench.differentiators": "equal rows: one file a method, and a folder for each kind of others",
    "diffbench.differentiators.peers": "equal rows: one file another package",
    "diffbench.cli.commands": "equal rows: one file a command",
    "diffbench.rules.scipy": "equal rows: one file or folder a module of SciPy",
}
MOST_NAMES = 12


def test_a_folder_holds_about_a_dozen_names_or_says_why_it_holds_more():
    found = {
        module_name(path)
        for path in FILES
        if path.name == "__init__.py" and len(names_in(path.parent)) > MOST_NAMES
    }
    assert found == set(LONG)


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
    assert found <= {"report", "bench", "interface", "vocabulary", "registry", "errors"}


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

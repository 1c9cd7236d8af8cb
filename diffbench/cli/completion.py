"""What the shell offers: names of methods and problems, tags, and the functions of a file. Nothing of
the user's is run for it.
"""

import ast
from collections.abc import Iterable
from glob import glob
from pathlib import Path

from click.shell_completion import CompletionItem

import diffbench
from diffbench.bench.runner.cells import SUITES
from diffbench.registry import find


def offer(what: str, begun: str) -> list[CompletionItem]:
    """What may follow what was begun: methods, problems, tags, suites or targets."""
    return {
        "methods": methods,
        "problems": lambda text: _after_commas(diffbench.list_problems(), text),
        "tags": tags,
        "suites": lambda text: _beginning(SUITES, text),
        "targets": targets,
    }[what](begun)


def methods(begun: str) -> list[CompletionItem]:
    """Names of methods, each with its line."""
    found = _after_commas(diffbench.list_methods(), begun)
    for item in found:
        item.help = getattr(find("differentiators", item.value.split(",")[-1]), "about", None)
    return found


def tags(begun: str) -> list[CompletionItem]:
    """Tags and names of problems."""
    problems = diffbench.list_problems()
    carried = {tag for name in problems for tag in find("problems", name).tags}
    return _beginning(sorted(carried | set(problems)), begun)


def targets(begun: str) -> list[CompletionItem]:
    """Python files and folders; after file.py: what the file defines, read and not run."""
    file, colon, name = begun.rpartition(":")
    if colon and file.endswith(".py"):
        return [CompletionItem(f"{file}:{known}") for known in defined(file, name)]
    found = sorted(glob(f"{begun}*"))
    folders = [CompletionItem(f"{place}/") for place in found if Path(place).is_dir()]
    return [CompletionItem(f"{place}:") for place in found if place.endswith(".py")] + folders


def defined(file: str, begun: str) -> list[str]:
    """The functions of a file, and Class.method for what is called without an object."""
    try:
        body = ast.parse(Path(file).expanduser().read_text()).body
    except (OSError, ValueError, SyntaxError):
        return []
    functions = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    for node in body:
        if isinstance(node, ast.ClassDef):
            functions += [f"{node.name}.{method}" for method in _without_object(node)]
    return [n for n in functions if n.startswith(begun) and not n.startswith("_")]


def _without_object(owner: ast.ClassDef) -> list[str]:
    """The methods that are called on the class itself."""
    methods = [node for node in owner.body if isinstance(node, ast.FunctionDef)]
    marks = {m.name: {d.id for d in m.decorator_list if isinstance(d, ast.Name)} for m in methods}
    return [name for name, own in marks.items() if own & {"staticmethod", "classmethod"}]


def _after_commas(names: Iterable[str], begun: str) -> list[CompletionItem]:
    """The last of several names between commas, none twice."""
    before, comma, last = begun.rpartition(",")
    left = [name for name in names if name not in before.split(",")]
    return [CompletionItem(f"{before}{comma}{name}") for name in left if name.startswith(last)]


def _beginning(words: Iterable[str], begun: str) -> list[CompletionItem]:
    return [CompletionItem(word) for word in words if word.startswith(begun)]

"""Names to objects. Built-ins register themselves when their package is imported; third parties
come after, through entry points.

A kind is "differentiators" or "problems"; its built-ins live in `diffbench.<kind>`, its plug-ins in
the entry-point group `diffbench.<kind>`. Nothing is imported before the first look-up.
"""

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from diffbench.errors import UnknownName

_registered: dict[str, dict[str, Any]] = {"differentiators": {}, "problems": {}}


def register(kind: str, name: str, thing: Any) -> None:
    """File `thing` under `name`; a later registration of the same name replaces the earlier one."""
    _registered[kind][name] = thing


def find(kind: str, name: str) -> Any:
    """The object registered as `name`. Raises UnknownName with the nearest known names."""
    _load(kind)
    known = _registered[kind]
    if name not in known:
        near = get_close_matches(name, known, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
        raise UnknownName(f"{name!r} is not a registered {kind[:-1]}; {hint}")
    return known[name]


def namesake(kind: str, name: str) -> Any:
    """What is registered under the longest name that `name` begins with: of a configured method,
    the method; None when there is none.
    """
    known = [known for known in names(kind) if name.startswith(known)]
    return find(kind, max(known, key=len)) if known else None


def names(kind: str) -> list[str]:
    """All registered names in the order of registration, built-ins first."""
    _load(kind)
    return list(_registered[kind])


@cache
def _load(kind: str) -> None:
    # registered by hand before the first look-up: they come after the built-ins, and win
    earlier = dict(_registered[kind])
    import_module(f"diffbench.{kind}")
    for entry in entry_points(group=f"diffbench.{kind}"):
        entry.load()  # importing a plug-in runs its decorators
    _registered[kind].update(earlier)


def list_methods() -> list[str]:
    """Names of all methods, built-ins first.

    >>> {"forward", "reverse", "compiled"} <= set(list_methods())
    True
    """
    return names("differentiators")


def list_problems(*tags: str) -> list[str]:
    """Names of all problems that carry every given tag.

    >>> "kepler" in list_problems(), set(list_problems("scalar", "loop")) <= set(list_problems("loop"))
    (True, True)
    """
    return [name for name in names("problems") if set(tags) <= find("problems", name).tags]

"""What lies in no file that a worker could import: a function of a notebook cell, of standard input, of
`python -c`. It travels as itself, code included, by cloudpickle; between processes of one user only.
"""

import os
import pickle
import sys
from base64 import b64decode, b64encode
from typing import Any

import cloudpickle

from diffbench import registry
from diffbench.bench.runner.plugins import home, is_ours
from diffbench.errors import BadInput


def packed(thing: Any, name: str) -> str:
    """The thing as text. Raises BadInput for what can't travel: an open file, a lock, a generator."""
    for module in [name for name in sys.modules if name.endswith(".py")]:
        cloudpickle.register_pickle_by_value(sys.modules[module])  # known by the path of its file
    try:
        return b64encode(pickle.dumps((places(), cloudpickle.dumps(thing)))).decode()
    except Exception as error:
        raise BadInput(
            f"{name} can't be sent to a process of its own ({type(error).__name__}: {error}); "
            "define it in a file, without what can't be copied, or compare in_process"
        ) from None


def unpacked(text: str) -> Any:
    """The thing again, the modules that it names looked for where the sender would find them."""
    path, whole = pickle.loads(b64decode(text))
    sys.path += [place for place in path if place not in sys.path]
    return pickle.loads(whole)


def places() -> list[str]:
    """Where modules are looked for, the current folder by its name."""
    return [place or os.getcwd() for place in sys.path]


def goes_by_name(kind: str, name: str, thing: Any) -> bool:
    """Whether a worker finds the thing in its own registry, once it has imported what it comes from."""
    registered = name in registry.names(kind) and registry.find(kind, name) is thing
    return registered and (is_ours(thing) or bool(home(thing)))

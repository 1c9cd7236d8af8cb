"""Packages that exclude each other, each in a Python environment of its own: where the package is not
here and its environment is, the same method answers from there (bench/processes/serve.py).

    .venv/peers/NAME/      made by `make bench-peers`; DIFFBENCH_PEERS is another place for them
"""

import os
import sys
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar

from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.processes.elsewhere import Elsewhere
from diffbench.interface import Kind, Look

IMPORTED_WITHIN_S = 400.0  # of a gigabyte, from a cold disk
SERVER = "diffbench.bench.processes.serve"


def python_of(name: str) -> Path:
    """The interpreter of a package's environment, whether it is there or not."""
    place = os.environ.get("DIFFBENCH_PEERS") or Path(sys.prefix) / "peers"
    return Path(place) / name / "bin" / "python"


def command_of(environment: str, name: str) -> list[str]:
    """What starts the method `name` there."""
    return [str(python_of(environment)), "-m", SERVER, name]


@dataclass(frozen=True)
class HereOrThere:
    """A peer, or the same in the environment of this name."""

    peer: Peer
    environment: str
    quiet: tuple[tuple[str, str], ...] = ()  # variables of that environment
    by_name_only: bool = field(default=False)
    kind: ClassVar = Kind.PEER

    @property
    def name(self) -> str:
        """The method's."""
        return self.peer.name

    @property
    def about(self) -> str:
        """The peer's."""
        return self.peer.about

    @property
    def look(self) -> Look:
        """The peer's."""
        return self.peer.look

    @property
    def takes(self) -> str:
        """How it takes f, here or there."""
        return self.peer.takes if self.peer.is_installed else self.there.takes

    @property
    def is_installed(self) -> bool:
        """Whether the package is here, or its environment."""
        return self.peer.is_installed or python_of(self.environment).exists()

    @cached_property
    def there(self) -> Elsewhere:
        """The peer in its environment."""
        return Elsewhere(
            self.name,
            partial(command_of, self.environment, self.name),
            self.about,
            self.look,
            patience_s=IMPORTED_WITHIN_S,
            needs=lambda: python_of(self.environment).exists(),
            install="make bench-peers makes its environment",
            environment=self.quiet,
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.peer if self.peer.is_installed else self.there, name)

"""--tool NAME=COMMAND: a program that speaks the protocol of docs/protocol.md, as a method."""

import shlex

from diffbench.differentiators.processes.elsewhere import Elsewhere
from diffbench.errors import BadInput
from diffbench.registry import register


def register_tools(given: tuple[str, ...]) -> None:
    """Register each as the method of its name."""
    for text in given:
        name, equals, command = text.partition("=")
        words = shlex.split(command)
        if not (name and equals and words):
            raise BadInput(f"--tool {text!r} names no program; write --tool NAME='COMMAND WORDS'")
        register("differentiators", name, Elsewhere(name, words))

"""The command line: words and flags, no mathematics. One file a command in `commands/`, imported when
the command is named, so that help is instant; none is listed.

Exit codes: 0 done, 1 the answer is "wrong" or "regressed", 2 the command could not be understood, 3
something asked for could not run.
"""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click

from diffbench.cli import commands
from diffbench.errors import BadInput, DiffbenchError

COMMANDS = tuple(module.name.replace("_", "-") for module in iter_modules(commands.__path__))


class Misunderstood(click.ClickException):
    """What was given can't be used."""

    exit_code = 2


class CouldNotRun(click.ClickException):
    """What was asked for was understood and refused."""

    exit_code = 3


class Interrupted(click.ClickException):
    """Ctrl-C; by convention 128 + the signal's number."""

    exit_code = 130


class Commands(click.Group):
    """The files of `commands/`, each with its `command`."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = import_module(f"{commands.__name__}.{name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def invoke(self, context: click.Context) -> Any:
        return refusing(super().invoke, context)


def refusing(action: Callable[..., Any], *arguments: Any) -> Any:
    """Call the action; the one place that turns an error into an exit code."""
    try:
        return action(*arguments)
    except BadInput as error:
        raise Misunderstood(str(error)) from None
    except DiffbenchError as error:
        raise CouldNotRun(str(error)) from None
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; what is finished is kept, and `diffbench run --resume` goes on from there"
        ) from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="diffbench")
def main() -> None:
    """Settle by measurement how to differentiate a function: symbolically, numerically or
    automatically.
    """

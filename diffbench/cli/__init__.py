"""The command line: words and flags, no mathematics. One file a command in `commands/`, imported when
the command is named, so that help is instant; none is listed.

Exit codes: 0 done, 1 the answer is "wrong" or "regressed", 2 the command could not be understood, 3
something asked for could not run.
"""

import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click

from diffbench.bench.rows.printable import printable
from diffbench.cli import commands
from diffbench.cli.config import settings_of
from diffbench.errors import BadFormula, BadInput, DiffbenchError

COMMANDS = tuple(module.name.replace("_", "-") for module in iter_modules(commands.__path__))


WHOLE = "diffbench.traceback"  # whether all of an error is wanted


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
        return with_traceback(command)

    def resolve_command(self, context: click.Context, args: list[str]) -> Any:
        """The command, its options set as the project here sets them."""
        name, command, rest = super().resolve_command(context, args)
        if name is not None and command is not None:
            try:
                context.default_map = {name: settings_of(name, command.params)}
            except BadInput as error:
                raise Misunderstood(str(error)) from None
        return name, command, rest

    def invoke(self, context: click.Context) -> Any:
        with notes_in_a_sentence():
            return refusing(super().invoke, context)


@contextmanager
def notes_in_a_sentence() -> Iterator[None]:
    """What was left out of a file is said without the line of code that found it out."""
    before = warnings.formatwarning
    warnings.formatwarning = lambda message, category, *place: (
        f"note: {message}\n"
        if category.__name__ == "LeftOut"  # of rows/journal.py, which help does not import
        else before(message, category, *place)
    )
    try:
        yield
    finally:
        warnings.formatwarning = before


def with_traceback(command: click.Command) -> click.Command:
    """The command with the option --traceback, which every one has."""
    if all(parameter.name != "traceback" for parameter in command.params):
        command.params.append(
            click.Option(
                ["--traceback"],
                is_flag=True,
                expose_value=False,
                callback=lambda context, _, wanted: context.find_root().meta.setdefault(
                    WHOLE, wanted
                ),
                help="Print all of an error, not only its sentence.",
            )
        )
    return command


def refusing(action: Callable[..., Any], context: click.Context) -> Any:
    """Call the action; the one place that turns an error into an exit code."""
    try:
        return action(context)
    except DiffbenchError as error:
        refusal = (Misunderstood if isinstance(error, BadInput) else CouldNotRun)(told(error))
        if context.meta.get(WHOLE):
            click.echo("".join(traceback.format_exception(error)), err=True)
        raise refusal from None
    except OSError as error:
        raise CouldNotRun(
            f"{error.filename or 'a file'}: {error.strerror or error}; choose another place with "
            "--out or --report"
        ) from None
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; what is finished is kept, and `diffbench run --resume` goes on from there"
        ) from None


def told(error: DiffbenchError) -> str:
    """The sentence, and the place of the error in a formula below it."""
    notes = getattr(error, "__notes__", ()) if isinstance(error, BadFormula) else ()
    lines = "\n".join([str(error), *notes]).split("\n")
    return "\n".join(map(printable, lines))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="diffbench")
def main() -> None:
    """Settle by measurement how to differentiate a function: symbolically, numerically or
    automatically.
    """

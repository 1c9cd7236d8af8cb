"""Options that several commands share."""

import shlex
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click


class Names(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on
    """Names separated by commas."""

    name = "a,b,c"

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> list[str]:
        return (
            value
            if isinstance(value, list)
            else [name.strip() for name in value.split(",") if name.strip()]
        )


def offered(what: str) -> Callable[[click.Context, click.Parameter, str], Any]:
    """What the shell completes the value with; the module is imported when a shell asks."""
    return lambda context, parameter, begun: import_module("diffbench.cli.completion").offer(
        what, begun
    )


def names(kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option --<kind>, which may be repeated; None when it is not given."""
    return click.option(
        f"--{kind}",
        type=Names(),
        multiple=True,
        callback=lambda context, parameter, given: (
            [name for part in given for name in part] or None
        ),
        shell_complete=offered(kind),
        help=f"Only these {kind} (diffbench list {kind}).",
    )


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on
    """Seconds, or a number with a unit: 90s, 5m, 1h."""

    name = "TIME"

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> float:
        number, unit = (value[:-1], UNITS[value[-1]]) if str(value)[-1:] in UNITS else (value, 1)
        try:
            seconds = float(number) * unit
        except ValueError:
            seconds = 0
        if not seconds > 0:
            self.fail(f"{value!r} is not a time; write 90s, 5m or 1h", parameter, context)
        return seconds


class Share(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on
    """The i-th of n parts, as i/n."""

    name = "I/N"

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> tuple[int, int]:
        part, slash, parts = str(value).partition("/")
        if not (slash and part.isdecimal() and parts.isdecimal()):
            self.fail(
                f"{value!r} is not a share of a run; write 1/4 for the first of four parts",
                parameter,
                context,
            )
        return int(part), int(parts)


UNITS = {"s": 1, "m": 60, "h": 3600}
function = click.argument("function", shell_complete=offered("targets"))
at = click.option(
    "--at", metavar="POINT", help="2,5 or x=1,y=2 or x=1,2,3,y=4 or point.npy or x=point.npy."
)
size = click.option(
    "--size",
    type=click.IntRange(min=1),
    metavar="N",
    help="The point that the function's own maker (@problem) draws at this size.",
)
point_seed = click.option("--seed", type=int, default=0, help="Seed of that point and its data.")
dtype = click.option(
    "--dtype", type=click.Choice(["float32", "float64"]), help="Differentiate in this precision."
)
methods = names("methods")
problems = names("problems")
plugins = click.option(
    "--plugin",
    "plugins",
    multiple=True,
    metavar="FILE",
    help="A Python file or module that registers more problems or methods.",
)


def _registered(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> None:
    """Each program as the method of its name."""
    for text in given:
        name, _, command = text.partition("=")
        words = shlex.split(command)
        if not (name and words):
            raise click.BadParameter(
                f"{text!r} names no program; write NAME='COMMAND WORDS'", context, parameter
            )
        from diffbench.differentiators.processes.elsewhere import Elsewhere
        from diffbench.registry import register

        register("differentiators", name, Elsewhere(name, words))


tools = click.option(
    "--tool",
    multiple=True,
    metavar="NAME=COMMAND",
    expose_value=False,
    callback=_registered,
    help="A program that speaks JSON Lines (docs/protocol.md), as the method NAME.",
)
problems_from = click.option(
    "--problems-from",
    "folder_of_problems",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Measure the problems that the Python files of this folder register.",
)
FORMULAS = {"ignore_unknown_options": True}  # a formula may begin with a minus sign

picture = click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.svg",
    help="Draw it into this file, too.",
)
timeout = click.option(
    "--timeout",
    "timeout_s",
    type=Duration(),
    help="Give up on one preparation or call after this time.",
)


def form(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: --json and --csv, for programs that read the output."""
    as_json = click.option("--json", "form", flag_value="json", help="Print the rows as JSON.")
    as_csv = click.option("--csv", "form", flag_value="csv", help="Print the rows as CSV.")
    return as_json(as_csv(command))


into = click.option(
    "--into",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The folder to write to.  [default: this one]",
)

"""The programs of programs/, compiled when they are first asked for, and kept where compiled libraries
are kept. Each is there when its compiler and its package are.

    adol-c       libadolc-dev                 a tape, recorded once
    sacado       libtrilinos-sacado-dev ...   a tape at each evaluation
    c-by-hand    nothing                      the gradient as an expert writes it
    numderiv     r-cran-numderiv              differences, extrapolated, in R

All but R's need nlohmann-json3-dev.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from shutil import which
from typing import ClassVar

from diffbench.differentiators.processes.elsewhere import Elsewhere
from diffbench.errors import Unsupported
from diffbench.interface import Look
from diffbench.program.native import cache as libraries
from diffbench.registry import register

PROGRAMS = Path(__file__).with_name("programs")
FLAGS = ("-O3", "-march=native")
TIME_LIMIT_S = 300
R_LIBRARIES = ("/usr/lib/R/site-library", "/usr/lib/R/library", "/usr/local/lib/R/site-library")


@dataclass(frozen=True)
class Source:
    """A program in C++, and what it is made of."""

    name: str
    package: str  # of Debian, whose version is told
    header: str  # without which it can't be compiled
    options: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()  # files in C

    def is_here(self) -> bool:
        """Whether the compiler and the headers are."""
        headers = (self.header, "nlohmann/json.hpp")
        return compiler() is not None and all(map(is_header, headers))

    def command(self) -> Sequence[str]:
        """The program, compiled."""
        return [str(_compiled(self))]


def compiler() -> str | None:
    """The system's C++ compiler."""
    names = (os.environ.get("CXX"), "c++", "g++", "clang++")
    return next((found for name in names if name and (found := which(name))), None)


def is_header(name: str) -> bool:
    """Whether a header lies where compilers look."""
    given = [*os.environ.get("CPATH", "").split(os.pathsep)]
    places = [*filter(None, given), "/usr/include", "/usr/local/include", "/usr/include/trilinos"]
    return any((Path(place) / name).exists() for place in places)


@cache
def _compiled(source: Source) -> Path:
    """Where the program lies; compiled if it is new."""
    command = compiler() or "c++"
    texts = [file.read_text() for file in sorted(PROGRAMS.glob("*.[ch]*"))]
    told = [f'-DTOOL_VERSION="{version(source.package)}"', f'-DTOOL_FLAGS="{" ".join(FLAGS)}"']
    options = [*FLAGS, *source.options, *told]
    key = libraries.key_of(source.name, *texts, command, *options, *source.libraries, _machine())
    return libraries.find(key) or libraries.store(key, _made(source, command, options))


def _made(source: Source, command: str, options: list[str]) -> bytes:
    with tempfile.TemporaryDirectory() as private:
        objects = []
        for part in source.parts:
            objects.append(f"{private}/{part}.o")
            words = [command, "-x", "c", *FLAGS, "-c", str(PROGRAMS / part), "-o", objects[-1]]
            _run(words, source.name)
        made = Path(private) / "program"
        text = str(PROGRAMS / f"{source.name}.cpp")
        _run(
            [
                command,
                "-std=c++17",
                "-w",
                *options,
                text,
                *objects,
                "-o",
                str(made),
                *source.libraries,
            ],
            source.name,
        )
        return made.read_bytes()


def _run(words: list[str], name: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=TIME_LIMIT_S)
    if done.returncode:
        raise Unsupported(f"{name}.cpp does not compile: {done.stderr.strip()[:300]}")


@cache
def version(package: str) -> str:
    """Of a package of Debian; empty elsewhere."""
    if not package or which("dpkg-query") is None:
        return ""
    words = ["dpkg-query", "--show", "--showformat", "${Version}", package]
    done = subprocess.run(words, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def _machine() -> str:
    """What -march=native depends on."""
    flags = Path("/proc/cpuinfo")
    lines = flags.read_text().splitlines() if flags.exists() else []
    return next((line for line in lines if line.startswith("flags")), "")


def has_r() -> bool:
    """Whether R and the packages of numderiv.R are here."""
    found = [
        any((Path(p) / name).is_dir() for p in R_LIBRARIES) for name in ("numDeriv", "jsonlite")
    ]
    return which("Rscript") is not None and all(found)


SOURCES = (
    (
        Source("adolc", "libadolc-dev", "adolc/adolc.h", libraries=("-ladolc",)),
        "adol-c",
        "ADOL-C, in C++: a tape that is recorded once",
        Look("#44403c", "#d6d3d1", "v", "--"),
    ),
    (
        Source(
            "sacado",
            "libtrilinos-sacado-dev",
            "Sacado.hpp",
            ("-DSACADO_DISABLE_FAD_VIEW_SPEC", "-I/usr/include/trilinos"),
            ("-ltrilinos_sacado", "-ltrilinos_teuchoscore"),
        ),
        "sacado",
        "Sacado, in C++: a tape at each evaluation",
        Look("#78350f", "#fcd34d", "^", "--"),
    ),
    (
        Source("by_hand", "", "nlohmann/json.hpp", parts=("by_hand.c",)),
        "c-by-hand",
        "gradients written by hand in C",
        Look("#111827", "#e5e7eb", "o", "--"),
    ),
)
INSTALL = {
    "adol-c": "apt install libadolc-dev nlohmann-json3-dev g++",
    "sacado": "apt install libtrilinos-sacado-dev libtrilinos-kokkos-dev libtrilinos-teuchos-dev "
    "nlohmann-json3-dev g++",
    "c-by-hand": "apt install nlohmann-json3-dev g++",
    "numderiv": "apt install r-base-core r-cran-numderiv r-cran-jsonlite",
}


@dataclass(frozen=True)
class OfAFewProblems(Elsewhere):
    """A program that knows some problems by name: asked for by its own name only."""

    by_name_only: bool = True
    takes: ClassVar = "problems by their names"


def _register(
    name: str,
    command: Callable[[], Sequence[str]],
    about: str,
    look: Look,
    needs: Callable[[], bool],
) -> None:
    method = OfAFewProblems(name, command, about, look, needs=needs, install=INSTALL[name])
    register("differentiators", name, method)


for _source, _name, _about, _look in SOURCES:
    _register(_name, _source.command, _about, _look, _source.is_here)
_register(
    "numderiv",
    partial(list, ["Rscript", "--vanilla", str(PROGRAMS / "numderiv.R")]),
    "R's numDeriv: differences, extrapolated",
    Look("#1e3a8a", "#93c5fd", "8", "--"),
    has_r,
)

"""What a machine offers for measuring: packages, methods, compiler, BLAS, clock, cores, cache."""

import platform
import time
from importlib.metadata import version
from pathlib import Path

from diffbench import registry
from diffbench.errors import DiffbenchError
from diffbench.measure import environment
from diffbench.program.native import cache
from diffbench.program.native.compiler import compiler as found_compiler

MIB = 2**20
GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
FULL_CLOCK = ("performance", "unknown")


def findings() -> dict[str, str]:
    """One line a subject; what is missing says how to get it."""
    cores = environment.usable_cores()
    return {
        "diffbench": f"{version('diffbench')}, Python {platform.python_version()}",
        "packages": ", ".join(f"{name} {v}" for name, v in environment.versions().items()),
        **methods(),
        "compiler": compiler(),
        "BLAS": blas(),
        "processor": f"{environment.cpu_name()}, {len(cores)} cores",
        "governor": governor(),
        "clock": clock(),
        "load": load(len(cores)),
        "cache": cached(),
    }


def methods() -> dict[str, str]:
    """Which methods can be used now, and the command that brings the others."""
    known = {name: registry.find("differentiators", name) for name in registry.list_methods()}
    ready = [name for name, method in known.items() if getattr(method, "is_installed", True)]
    missing = [name for name in known if name not in ready]
    lines = {"methods ready": ", ".join(ready)}
    if missing:
        lines["methods missing"] = (
            f"{', '.join(missing)}; pip install 'diffbench[peers]', or the package of that name"
        )
    return lines


def compiler() -> str:
    """The system's C compiler."""
    try:
        return found_compiler()
    except (DiffbenchError, OSError) as error:
        return f"none ({error}); compiled answers run as generated Python until there is one"


def blas() -> str:
    """NumPy's BLAS and its threads."""
    found = environment.blas()
    limits = ", ".join(f"{name}={value}" for name, value in found["threads"].items())
    return f"{found['name']} {found['version']}, threads {limits or 'not limited'}"


def governor() -> str:
    """Whether the processor's clock holds still."""
    try:
        name = GOVERNOR.read_text().strip()
    except OSError:
        name = "unknown"
    if name in FULL_CLOCK:
        return name
    return f"{name}: times vary with the clock; sudo cpupower frequency-set -g performance"


def clock() -> str:
    """The resolution of the clock that times are taken with."""
    return f"resolution {time.get_clock_info('perf_counter').resolution:g} s"


def load(cores: int) -> str:
    """What else runs here."""
    now = environment.load()
    return " ".join([f"{now:.2f}", *environment.load_warnings(now, cores)])


def cached() -> str:
    """The folder of compiled programs, its size and its bound."""
    try:
        files, left = libraries(), cache.collect()
    except (DiffbenchError, OSError) as error:
        return f"not usable: {error}"
    size = sum(file.stat().st_size for file in files)
    gone = f"; {left} leftovers of killed builds removed" if left else ""
    return (
        f"{cache.folder()}, {len(files)} files, {size / MIB:.1f} of at most "
        f"{cache.MOST_BYTES / MIB:.0f} MiB; --clean empties it{gone}"
    )


def libraries() -> list[Path]:
    """What the cache holds."""
    return [file for file in cache.folder().iterdir() if file.is_file()]


def cleaned() -> str:
    """Empty the cache; what was done, in a sentence."""
    files = libraries()
    for file in files:
        file.unlink(missing_ok=True)
    return f"removed {len(files)} files from {cache.folder()}"


def written(found: dict[str, str]) -> str:
    """The findings as lines."""
    width = max(map(len, found))
    return "\n".join(f"{subject:<{width}}  {line}" for subject, line in found.items())

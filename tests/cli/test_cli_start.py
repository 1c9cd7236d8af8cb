"""Help is there at once: what takes long to import is not imported for it."""

import subprocess
import sys

SLOW = ("numpy", "scipy", "sympy", "pandas", "matplotlib", "rich", "jinja2", "diffbench.interface")
HELPS = f"""
import sys
from click.testing import CliRunner
from diffbench.cli import COMMANDS, main

for words in [["--help"], ["--version"], *[[name, "--help"] for name in COMMANDS]]:
    done = CliRunner().invoke(main, words, prog_name="diffbench")
    assert done.exit_code == 0, done.output
    slow = [name for name in {SLOW} if name in sys.modules]
    assert not slow, f"{{' '.join(words)}} imports {{', '.join(slow)}}"
print(len(COMMANDS))
"""


def test_the_help_of_every_command_imports_neither_numpy_nor_anything_slower():
    done = subprocess.run([sys.executable, "-c", HELPS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 13


def test_the_package_itself_imports_nothing_before_a_name_of_it_is_used():
    code = f"import sys, diffbench; assert not [n for n in {SLOW} if n in sys.modules]"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

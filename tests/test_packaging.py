"""What pip installs is the whole house: every package, every data file, the problems under their
second name, and the command.
"""

import email
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SEEN = """
import pathlib, diffbench, diffbench.problems
from diffbench.registry import names
print(pathlib.Path(diffbench.__file__).parent, pathlib.Path(diffbench.problems.__file__).parent, len(names("problems")), sep="\\n")
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """A copy of what git tracks, so that building leaves nothing behind in the checkout."""
    copy = tmp_path_factory.mktemp("sources")
    for name in tracked():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    return copy


def tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(sources, tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    call(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(out),
            str(sources),
        ]
    )
    return next(out.glob("*.whl"))


@pytest.fixture
def environment(tmp_path):
    """A fresh environment that sees this one's dependencies, but not this one's diffbench."""
    venv.create(tmp_path / "venv", symlinks=True)
    site = next((tmp_path / "venv").glob("lib/python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return tmp_path / "venv"


def call(command, **options):
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, env=clean, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(environment, *what):
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(environment / "bin" / "python"),
        "--quiet",
        "--disable-pip-version-check",
    ]
    call([*pip, "install", "--no-deps", "--no-build-isolation", *map(str, what)])


def places(environment):
    package, problems, count = call(
        [environment / "bin" / "python", "-c", SEEN], cwd=environment
    ).splitlines()
    assert int(count) > 0
    return Path(package), Path(problems)


def test_an_installed_wheel_brings_the_library_its_problems_and_the_command(wheel, environment):
    install(environment, wheel)
    package, problems = places(environment)
    assert package.is_relative_to(environment) and problems == package / "problems"
    assert "compare" in call([environment / "bin" / "diffbench", "--help"], cwd=environment)
    assert "rosenbrock" in call(
        [environment / "bin" / "python", "-m", "diffbench", "list", "problems"], cwd=environment
    )


def test_an_editable_install_reads_the_checkout(sources, environment):
    install(environment, "--editable", sources)
    package, problems = places(environment)
    assert package == sources / "diffbench" and problems == sources / "problems"


def test_the_wheel_holds_every_tracked_file_of_the_library(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    source = [name for name in tracked() if name.startswith(("diffbench/", "problems/"))]
    wanted = {name if name.startswith("diffbench/") else f"diffbench/{name}" for name in source}
    assert wanted - held == set()


def test_every_folder_with_python_in_it_is_listed_as_a_package():
    folders = {
        file.parent for top in ("diffbench", "problems") for file in (ROOT / top).rglob("*.py")
    }
    found = {".".join(folder.relative_to(ROOT).parts) for folder in folders} - {"problems"} | {
        "diffbench.problems"
    }
    assert found == set(PROJECT["tool"]["setuptools"]["packages"])


def test_a_wheel_describes_itself(wheel):
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        said = email.message_from_bytes(archive.read(name))
    assert said["Author"] == "The diffbench developers"
    assert {url.split(",")[0] for url in said.get_all("Project-URL")} >= {
        "Homepage",
        "Documentation",
        "Changelog",
        "Issues",
    }
    assert "Operating System :: POSIX :: Linux" in said.get_all("Classifier")
    assert (
        "](" not in said.get_payload()
        and re.findall(r"^\[\w+\]: (?!https://)", said.get_payload(), re.MULTILINE) == []
    )


def test_the_links_of_the_readme_lead_to_files_and_folders_of_the_repository():
    definitions = dict(re.findall(r"^\[(\w+)\]: https://\S+/main/(\S+)$", README, re.MULTILINE))
    assert set(re.findall(r"\]\[(\w+)\]", README)) == set(definitions)
    assert [path for path in definitions.values() if not (ROOT / path).exists()] == []


def test_the_command_and_the_version_are_those_of_the_project():
    assert PROJECT["project"]["scripts"] == {"diffbench": "diffbench.cli:main"}
    assert PROJECT["project"]["version"] in call([sys.executable, "-m", "diffbench", "--version"])

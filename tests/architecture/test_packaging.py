"""What we ship: pinned requirements that name no index, and a wheel that works away from the checkout."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.project import FOLDER, PACKAGES, TOOLS

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    found = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert isinstance(found, dict)
    return found


def pinned(name: str) -> dict[str, str]:
    text = (FOLDER / name).read_text(encoding="ascii")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_requirements_are_pins_and_hashes_and_nothing_else(name: str) -> None:
    line = re.compile(
        r"[a-z0-9-]+==[A-Za-z0-9.!+]+( ; [a-zA-Z_'. =!<>0-9]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?",
    )
    odd = [text for text in (FOLDER / name).read_text(encoding="ascii").splitlines() if not line.fullmatch(text)]
    assert odd == []


def test_no_package_index_is_named_anywhere() -> None:
    index = re.compile(
        r"(extra-)?index[-_]" + "url|/simple/|" + r"https?://[a-z.]*(pypi|python|npm)[a-z.]*\.org", re.IGNORECASE
    )
    folders = ("script", ".ci", "docs", "deploy", *PACKAGES)
    files = [path for folder in folders for path in (FOLDER / folder).rglob("*") if path.is_file()]
    files += [path for path in FOLDER.iterdir() if path.is_file()]
    named = [path for path in files if path.suffix != ".pyc" and index.search(path.read_text(encoding="utf-8"))]
    assert named == []


def test_every_dependency_is_pinned(project: dict[str, object]) -> None:
    optional = project["optional-dependencies"]
    assert isinstance(optional, dict)
    assert isinstance(project["dependencies"], list)
    wanted = {"requirements.txt": [*project["dependencies"], *optional["postgres"]]}
    wanted["requirements-dev.txt"] = [*wanted["requirements.txt"], *optional["dev"]]
    for name, dependencies in wanted.items():
        for dependency in dependencies:
            assert re.split(r"[\[<>=!~]", dependency)[0].lower() in pinned(name), f"{dependency} is not in {name}"


def test_both_files_pin_the_same_versions() -> None:
    running, testing = (pinned(name) for name in REQUIREMENTS)
    assert running.items() <= testing.items()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=FOLDER,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("congvu-*.whl")
    return built


def test_the_wheel_holds_everything_that_ships(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("templates", "deploy"):
        for path in (FOLDER / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"foundation/{path.relative_to(FOLDER)}" in names
    assert "foundation/config.example.toml" in names
    for package in ("foundation", "provisioner"):
        for path in (FOLDER / package).rglob("*"):
            if path.suffix in (".py", ".sql", ".json"):
                assert str(path.relative_to(FOLDER)) in names
    assert not [name for name in names if name.startswith("tests/")]


def test_the_commands_work_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = tmp_path / "venv/lib" / version / "site-packages"
    zipfile.ZipFile(wheel).extractall(packages)
    # The dependencies come from the environment that runs this test; its own link to the checkout is not followed.
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    python = tmp_path / "venv/bin/python"
    for name, place in TOOLS.items():
        program = f"import sys; sys.argv[0] = {name!r}; from {place.partition(':')[0]} import main; main()"
        done = subprocess.run(
            [python, "-I", "-c", program, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    program = (
        "import foundation; from foundation import resources; from foundation.config import load;"
        "from foundation.rendering import Renderer; load(resources.example_configuration()); assert Renderer().paths();"
        "assert (resources.deploy_folder() / 'openldap/congvu.schema').is_file(); print(foundation.__file__)"
    )
    done = subprocess.run([python, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(packages))

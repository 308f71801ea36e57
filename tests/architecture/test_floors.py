"""The house stands: arrows point down, help is cheap, every module says what it is."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.project import FOLDER, PACKAGES, TOOLS, modules

HEAVY = (
    "ldap3",
    "pydantic",
    "rich",
    "psycopg",
    "holidays",
    "jinja2",
    "python_calamine",
    "xlsxwriter",
    "cryptography",
    "aiosmtpd",
    "dns",
    "uvloop",
    "asyncio",
    "prometheus_client",
)


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=FOLDER, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_has_its_floor() -> None:
    contracts = tomllib.loads((FOLDER / "pyproject.toml").read_text())["tool"]["importlinter"]
    found = {path.parent.name for path in FOLDER.glob("*/__init__.py")}
    assert found == set(PACKAGES) == set(contracts["root_packages"])


@pytest.mark.parametrize("name", TOOLS)
def test_help_imports_nothing_heavy(name: str) -> None:
    module, _, attribute = TOOLS[name].partition(":")
    program = (
        "import sys, importlib; from foundation.command_line import run;"
        f"code = run(getattr(importlib.import_module({module!r}), {attribute!r}), {name!r}, ['--help']);"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_module_opens_with_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path} has no docstring"

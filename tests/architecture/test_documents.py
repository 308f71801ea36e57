"""The documents tell the truth: every command, key and dependency stands in them, and links lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from foundation.config.sections import Configuration
from provisioner.roster.words import ROSTER_HEADERS
from tests.architecture.test_example_configuration import keys
from tests.support.project import FOLDER, TOOLS, commands, documents

SAME_IN_BOTH = {"encodings"}
"""Options whose help consists of names and figures only."""


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def is_to_come(command: click.Command) -> bool:
    """Whether it only says that it is not built yet."""
    return "not built yet" in (command.short_help or "")


@pytest.mark.parametrize("tool", ["congvu", "provision", "meetings"])
def test_every_command_is_documented(tool: str) -> None:
    page = text_of("docs/how-it-works.md")
    missing = [
        name
        for name, command in commands(tool)
        if not isinstance(command, click.Group) and not is_to_come(command) and f"`{name}`" not in page
    ]
    assert missing == []


def test_no_command_is_documented_that_does_not_exist() -> None:
    known = {name for tool in TOOLS for name, _ in commands(tool)}
    table = re.findall(r"^\| (`.*?) \|", text_of("docs/how-it-works.md"), re.MULTILINE)
    named = {name for row in table for name in re.findall(r"`((?:congvu|provision|meetings) [a-z ]+)`", row)}
    assert named - known == set()


@pytest.mark.parametrize("tool", TOOLS)
def test_every_command_explains_itself_in_both_languages(tool: str) -> None:
    for name, command in commands(tool):
        assert command.help, name
        paragraphs = command.help.split("\n\n")
        assert len(paragraphs) in (2, 4), name
        for option in command.params:
            if isinstance(option, click.Option) and option.name not in ("help",):
                assert option.help, f"{name} {option.name}"
                assert " / " in option.help or option.name in SAME_IN_BOTH, f"{name} {option.name}"


def test_every_key_of_the_configuration_is_documented() -> None:
    page = text_of("docs/configuration.md")
    assert [key for key in keys(Configuration) if f"`{key}`" not in page] == []


def test_no_key_is_documented_that_does_not_exist() -> None:
    documented = re.findall(r"^\| `([a-z_.]+)` \|", text_of("docs/configuration.md"), re.MULTILINE)
    assert set(documented) - set(keys(Configuration)) == set()
    assert len(documented) == len(set(documented))


def test_every_field_of_a_roster_is_documented() -> None:
    page = text_of("docs/configuration.md")
    assert [name for name in ROSTER_HEADERS if f"`{name}`" not in page] == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    page = text_of("docs/decisions/0001-dependencies.md")
    optional = [name for names in project["optional-dependencies"].values() for name in names]
    wanted = {re.split(r"[\[<>=!~]", name)[0] for name in [*project["dependencies"], *optional]}
    assert [name for name in sorted(wanted) if f"| `{name}` |" not in page] == []
    documented = set(re.findall(r"^\| `([a-z0-9-]+)` \|", page, re.MULTILINE))
    assert documented - wanted == {"hatchling"}


@pytest.mark.parametrize("page", documents(), ids=lambda path: str(path.relative_to(FOLDER)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text)
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", documents(), ids=lambda path: str(path.relative_to(FOLDER)))
def test_files_that_are_named_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    tops = "foundation|provisioner|congvu|mailrelay|meetings|templates|tests|docs|script|deploy"
    named = re.findall(rf"`((?:{tops})/[A-Za-z0-9_./-]+)`", text)
    assert [name for name in named if not (FOLDER / name).exists()] == []


def test_both_readmes_name_the_two_commands_on_the_first_screen() -> None:
    for name in ("README.md", "README.vi.md"):
        first_screen = "\n".join(text_of(name).splitlines()[:24])
        assert "./script/demo" in first_screen
        assert "./script/test" in first_screen


@pytest.mark.parametrize("name", ["setup", "demo", "test", "check", "bench", "soak", "install-packages", "lock"])
def test_scripts_can_be_run_and_are_sound_bash(name: str) -> None:
    path = FOLDER / "script" / name
    assert path.stat().st_mode & 0o111
    assert path.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n#")

"""The project's own files, for tests that read them: the folder, its documents, its commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

FOLDER = Path(__file__).resolve().parents[2]
PACKAGES = ("foundation", "congvu", "provisioner", "mailrelay", "meetings")
TOOLS = {
    "congvu": "congvu.cli:congvu",
    "provision": "provisioner.cli:provision",
    "mailrelay": "mailrelay.cli:mailrelay",
    "meetings": "meetings.cli:meetings",
}


def tool(name: str) -> click.Group:
    """The command group of one of our console scripts."""
    import importlib

    module, _, attribute = TOOLS[name].partition(":")
    found = getattr(importlib.import_module(module), attribute)
    assert isinstance(found, click.Group)
    return found


def commands(name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command of a tool with its full name, groups first: ("congvu config check", ...)."""
    yield from _walk(name, tool(name))


def _walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None, f"{path} {name}"
            yield from _walk(f"{path} {name}", found)


def modules() -> list[Path]:
    """Every Python module that ships."""
    return [path for package in PACKAGES for path in sorted((FOLDER / package).rglob("*.py"))]


def documents() -> list[Path]:
    """Every page that people read."""
    return [*sorted(FOLDER.glob("*.md")), *sorted((FOLDER / "docs").rglob("*.md"))]

"""A script may say --yes to every verb that writes."""

from __future__ import annotations

from collections.abc import Iterator

import click

from meetings.cli import LATER, meetings

READING = {
    "show",
    "list",
    "serve",
    "held list",
    "held show",
    "deputy list",
    "counter list",
    "links show",
    *LATER,
}


def commands(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    """(the words that call it, the command), through all groups."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from commands(found, f"{above}{name} ")
        else:
            yield f"{above}{name}", found


def test_every_verb_that_writes_takes_yes() -> None:
    taking = {name for name, command in commands(meetings) if any("--yes" in option.opts for option in command.params)}
    everything = {name for name, _ in commands(meetings)}
    assert everything >= READING
    assert taking == everything - READING

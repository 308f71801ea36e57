"""The command line of a tool that does not exist yet: an honest help page, and a clear refusal of every verb.

It keeps the console scripts and their names in place from the first release on. It does nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from foundation.command_line import group
from foundation.errors import UsageError
from foundation.language import Text
from foundation.lazy_commands import Command, LazyGroup

WORKS_TODAY = Text(
    "Phần này chưa có trong phiên bản này. Hôm nay dùng được: provision, mailrelay, congvu.",
    "This part is not built yet in this version. What works today: provision, mailrelay, congvu.",
)


def not_built_yet(name: str, purpose: Text, verbs: Sequence[str]) -> LazyGroup:
    """A group whose help says what will come and whose every verb refuses with exit 2."""

    @group(name, purpose, WORKS_TODAY, version=True)
    def tool() -> None:
        """The group itself does nothing."""

    for verb in verbs:
        tool.add_command(refusing(name, verb))
    return tool


def refusing(name: str, verb: str) -> click.Command:
    """A verb that says, with exit 2, that it is not built yet."""

    def refuse(arguments: tuple[str, ...]) -> None:
        raise UsageError(
            Text("{name} {verb}: chưa có", "{name} {verb}: not built yet").format(name=name, verb=verb), WORKS_TODAY
        )

    return Command(
        verb,
        callback=refuse,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
        short_help="chưa có / not built yet",
        help=f"{WORKS_TODAY.vi}\n\n{WORKS_TODAY.en}",
    )

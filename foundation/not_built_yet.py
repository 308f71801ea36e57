"""A verb that does not exist yet: an honest help page and a clear refusal. It keeps the name in place; nothing else."""

from __future__ import annotations

import click

from foundation.errors import UsageError
from foundation.language import Text
from foundation.lazy_commands import Command

WORKS_TODAY = Text(
    "Phần này chưa có trong phiên bản này. Hôm nay dùng được: provision, mailrelay, meetings, congvu.",
    "This part is not built yet in this version. What works today: provision, mailrelay, meetings, congvu.",
)


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

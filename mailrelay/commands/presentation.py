"""How messages, recipients and instants are shown on a terminal, for `queue` and `trace` alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from foundation import clock
from foundation.language import Text
from foundation.logs import one_line
from mailrelay import terms

COLORS: Final = {"delivered": "green", "relayed": "green", "failed": "red", "expired": "red", "held": "yellow"}


def rfc3339(microseconds: int | None, zone: ZoneInfo) -> str | None:
    """An instant as answers for scripts carry it, with the offset of the province."""
    if microseconds is None:
        return None
    return clock.from_microseconds(microseconds).astimezone(zone).isoformat(timespec="milliseconds")


def shown(text: str | None) -> str:
    """An instant of `rfc3339` as people read it."""
    return datetime.fromisoformat(text).strftime("%d/%m/%Y %H:%M:%S") if text else "—"


def size(count: int) -> str:
    """A number of bytes as people read it, with the decimal mark of the language."""
    if count < 1000:
        return f"{count} B"
    number, unit = (count / 1000, "kB") if count < 1_000_000 else (count / 1_000_000, "MB")
    return str(Text(f"{number:.1f} {unit}".replace(".", ","), f"{number:.1f} {unit}"))


def head(message: dict[str, Any]) -> None:
    """The line by which a message is known, and the one that says what it is."""
    identifier = f"  {message['message_id']}" if message.get("message_id") else ""
    click.echo(click.style(one_line(f"{message['queue_id']}{identifier}"), bold=True))
    facts = [
        f"{Text('từ', 'from')} {message['sender'] or '<>'}",
        size(message["size"]),
        shown(message["accepted_at"]),
    ]
    document = message.get("document")
    if document:
        facts.append(f"{document['kind']} {document['number']}".strip())
    click.echo(one_line(f"  {'  '.join(facts)}"))


def recipient(found: dict[str, Any], *more: str) -> None:
    """One recipient and its state."""
    state = str(terms.word(terms.STATES, found["state"]))
    via = f" ({Text('qua', 'via')} {found['via']})" if found.get("via") else ""
    doubt = f"  {Text('có thể trùng', 'possibly a duplicate')}" if found.get("possible_duplicate") else ""
    rest = "".join(f"  {word}" for word in more if word)
    colored = click.style(state, fg=COLORS.get(found["state"]))
    click.echo(f"  {one_line(found['address'] + via)}  {colored}{one_line(doubt + rest)}")


def reason(code: int, status: str, reply: str, indent: str = "      ") -> None:
    """Why, in plain words, and the reply word by word."""
    from foundation.delivery_reasons import explain

    click.echo(one_line(f"{indent}{explain(code, status, reply)}"))
    click.echo(one_line(f"{indent}{Text('trả lời', 'reply')}: {reply}"))

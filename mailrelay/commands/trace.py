"""`mailrelay trace`: one answer to "what happened to ...", from the database and the journal; nothing is changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import click

from foundation import clock
from foundation.command_line import command, emit_json, invocation, tell
from foundation.errors import UsageError
from foundation.language import Text
from foundation.logs import one_line
from foundation.terminal import counted
from mailrelay import terms
from mailrelay.commands import presentation
from mailrelay.service import SERVICE

if TYPE_CHECKING:
    from mailrelay.store.trace import TracedMessage, TracedRecipient
    from mailrelay.store.trail import TracedEvent

RECIPIENTS_IN_FULL: Final = 12
"""With more recipients a terminal shows only where each one is; `--recipient` shows one in full."""
_AGO: Final = re.compile(r"(\d{1,5})\s*([mhdw])\Z")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SAID: Final = frozenset({"recipient.deferred", "recipient.failed", "recipient.expired", "attempt.unknown"})
"""Events whose reply is explained in plain words."""
_ALTERED: Final[Mapping[str, Text]] = {
    "record": Text("không có bản ghi nhận thư", "no record of its acceptance"),
    "events": Text("bản ghi hay nội dung của bản ghi", "a record or its clear text"),
    "sender": Text("người gửi", "sender"),
    "message_id": Text("Message-ID", "Message-ID"),
    "document_number": Text("số văn bản", "document number"),
    "document_kind": Text("loại văn bản", "kind of document"),
    "size": Text("kích thước", "size"),
    "sha256": Text("mã băm SHA-256", "SHA-256"),
    "origin": Text("nguồn", "origin"),
    "accepted_at": Text("lúc nhận", "time of acceptance"),
    "recipients": Text("số nơi nhận", "number of recipients"),
    "address": Text("địa chỉ", "address"),
    "state": Text("trạng thái", "state"),
    "possible_duplicate": Text("có thể trùng", "possibly a duplicate"),
}
"""What may differ from the journal (`store.attestation`), in words."""


@command(
    "trace",
    Text("Thư ấy đã đi tới đâu, với từng nơi nhận.", "What happened to a message, for each recipient."),
    Text(
        "TRUY_VẤN là mã hàng đợi, Message-ID, địa chỉ người gửi, người nhận hay danh sách thư, hoặc số văn bản. "
        "--since nhận ngày giờ (2026-11-22, 2026-11-22T08:00) hay khoảng thời gian (30m, 2h, 7d). Mã thoát 1 khi "
        "không tìm thấy, hay khi có điều không khớp với nhật ký.",
        "QUERY is a queue id, a Message-ID, an address of a sender, recipient or list, or a document number. --since "
        "takes a date or time (2026-11-22, 2026-11-22T08:00) or how long ago (30m, 2h, 7d). Exit 1 when nothing is "
        "found, or when something differs from the journal.",
    ),
)
@click.argument("query", required=False, default="")
@click.option("--document", default="", help="Số văn bản. / A document number.")
@click.option("--recipient", default="", help="Chỉ nơi nhận này. / Only this recipient, or list.")
@click.option("--since", default="", help="Chỉ thư nhận từ lúc này. / Only mail accepted since then.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Nhiều nhất. / At most.")
def trace(query: str, document: str, recipient: str, since: str, limit: int) -> int:
    """Find, show."""
    current = invocation()
    configuration = current.configuration
    zone = ZoneInfo(configuration.organisation.timezone)
    if not any(word.strip() for word in (query, document, recipient)):
        raise UsageError(
            Text("chưa biết tìm thư nào", "there is nothing to look for"),
            Text(
                "nêu mã hàng đợi, Message-ID, địa chỉ, hoặc --document, --recipient",
                "name a queue id, a Message-ID or an address, or use --document, --recipient",
            ),
        )
    earliest = _instant(since, zone) if since else None
    from foundation.tables import answer_from
    from mailrelay.store.trace import find

    asked = partial(find, query=query, document=document, recipient=recipient, since=earliest, limit=limit)
    found, took_ms = answer_from(configuration.storage, SERVICE.name, asked)
    if current.json:
        told = [message.as_json(zone) for message in found.messages]
        emit_json({"took_ms": took_ms, "messages": told, "more": found.more})
    else:
        for message in found.messages:
            _show(message, zone)
    if found.more:
        tell(
            Text(
                "còn nữa: chỉ hiện {limit} thư; xem thêm bằng --limit, hoặc hẹp lại bằng --recipient, --since",
                "there are more: only {limit} messages are shown; --limit shows more, --recipient or --since fewer",
            ).format(limit=limit)
        )
    if not found.messages:
        tell(Text("không tìm thấy thư nào", "no message was found"))
        return 1
    return 1 if any(message.is_altered() for message in found.messages) else 0


def _instant(text: str, zone: ZoneInfo) -> int:
    """Microseconds of a date, a time or how long ago. Raises UsageError."""
    word = text.strip()
    if ago := _AGO.match(word):
        return clock.microseconds(clock.now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])}))
    try:
        instant = datetime.fromisoformat(word)
    except ValueError:
        raise UsageError(
            Text("không hiểu thời điểm {value}", "cannot read the time {value}").format(value=word[:40]),
            Text(
                "viết 2026-11-22, 2026-11-22T08:00, 30m, 2h hoặc 7d",
                "write 2026-11-22, 2026-11-22T08:00, 30m, 2h or 7d",
            ),
        ) from None
    asked = clock.microseconds(instant if instant.tzinfo else instant.replace(tzinfo=zone))
    return min(max(asked, 0), clock.now_microseconds())


def _show(message: TracedMessage, zone: ZoneInfo) -> None:
    fields = message.as_json(zone)
    presentation.head(fields)
    if message.origin == "operator":
        click.echo(f"  {Text('phát hành bằng mailrelay send', 'issued with mailrelay send')}")
    _warn(message.altered, "  ")
    if len(message.recipients) > 1:
        states = Counter(recipient.state for recipient in message.recipients)
        told = ", ".join(f"{count} {terms.word(terms.STATES, state)}" for state, count in states.most_common())
        click.echo(f"  {counted(len(message.recipients), Text('nơi nhận', 'recipient'))}: {told}")
    in_full = len(message.recipients) <= RECIPIENTS_IN_FULL
    for recipient, shown in zip(message.recipients, fields["recipients"], strict=True):
        presentation.recipient(shown, *([] if in_full else _last(recipient, zone)))
        _warn(recipient.altered, "    ")
        for event in recipient.events if in_full else ():
            _show_event(event, zone)


def _warn(altered: Sequence[str], indent: str) -> None:
    """Loud, because what stands above is not what was recorded."""
    if not altered:
        return
    names = ", ".join(str(_ALTERED.get(name, name)) for name in altered)
    warning = Text(
        "CẢNH BÁO: không khớp với nhật ký, có thể đã bị sửa: {names}",
        "WARNING: differs from the journal, may have been altered: {names}",
    ).format(names=names)
    click.echo(click.style(one_line(f"{indent}{warning}"), fg="red", bold=True))


def _last(recipient: TracedRecipient, zone: ZoneInfo) -> list[str]:
    return [_when(recipient.events[-1], zone)] if recipient.events else []


def _when(event: TracedEvent, zone: ZoneInfo) -> str:
    return event.at.astimezone(zone).strftime("%d/%m/%Y %H:%M:%S")


def _show_event(event: TracedEvent, zone: ZoneInfo) -> None:
    name = terms.word(terms.EVENTS, event.type)
    rest = [name, *_facts(event)]
    click.echo(one_line(f"    {_when(event, zone)}  {'  '.join(str(word) for word in rest)}"))
    if event.type in _SAID and event.reply:
        facts = event.facts
        presentation.reason(int(facts.get("code") or 0), str(facts.get("status") or ""), event.reply, " " * 25)


def _facts(event: TracedEvent) -> list[str]:
    """What else an event says that a person wants to know."""
    facts: dict[str, Any] = dict(event.facts)
    words = []
    if facts.get("host"):
        way = f", {facts['tls']}" if facts.get("tls") else ""
        words.append(f"{facts['host']}{way}")
    if event.type == "report.received" and facts.get("action"):
        words.append(f"{Text('nói là', 'says')} {facts['action']}")
    if event.reply and event.type not in _SAID:
        words.append(event.reply)
    who = facts.get("operator") or facts.get("login")
    if who:
        words.append(f"{Text('bởi', 'by')} {who}")
    if facts.get("report"):
        words.append(f"{Text('báo cáo', 'report')} {facts['report']}")
    if facts.get("possible_duplicate"):
        words.append(str(Text("có thể trùng", "possibly a duplicate")))
    return words

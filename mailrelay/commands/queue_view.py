"""`mailrelay queue list` and `mailrelay queue show`: read the database beside the daemon; nothing is changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from foundation.command_line import command, emit_json, invocation, tell
from foundation.errors import UsageError
from foundation.language import Text
from foundation.terminal import counted
from mailrelay import queue_ids
from mailrelay.commands import presentation
from mailrelay.commands.selections import destination_as_stored
from mailrelay.lifecycle import ENDS, STATES
from mailrelay.service import SERVICE

if TYPE_CHECKING:
    from mailrelay.store.listing import QueuedRecipient, QueueEntry

RECIPIENTS_SHOWN = 10
"""How many recipients of one message a terminal lists; `queue show` and `--json` have all of them."""
_OPEN = [state for state in STATES if state not in ENDS]


@command(
    "list",
    Text("Những thư đang chờ, cũ nhất trước.", "The messages that wait, the oldest first."),
    Text(
        "Chỉ những nơi nhận chưa tới kết cục và khớp mọi điều kiện. Xem hết một thư: mailrelay queue show MÃ.",
        "Only recipients that have come to no end and meet all conditions. A message in full: mailrelay queue show ID.",
    ),
)
@click.option("--sender", default="", help="Chỉ của người gửi này. / Only from this sender.")
@click.option("--recipient", default="", help="Chỉ tới địa chỉ hoặc danh sách này. / Only for this address or list.")
@click.option("--destination", default="", help="Chỉ tới tên miền này, hoặc local. / Only to this domain, or local.")
@click.option("--state", type=click.Choice(_OPEN), help="Chỉ ở trạng thái này. / Only in this state.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Nhiều nhất. / At most.")
def list_(sender: str, recipient: str, destination: str, state: str | None, limit: int) -> int:
    """Read a page, show it."""
    current = invocation()
    configuration = current.configuration
    zone = ZoneInfo(configuration.organisation.timezone)
    from foundation.tables import open_to_read
    from mailrelay.store.listing import QueueFilter, list_queue

    filters = QueueFilter(
        sender.strip(),
        recipient.strip(),
        destination_as_stored(destination),
        state,  # type: ignore[arg-type]  # click lets only states through
    )
    with open_to_read(configuration.storage, SERVICE.name) as database:
        found = database.read(partial(list_queue, filters=filters, limit=limit))
    messages = [message_fields(entry, zone) for entry in found]
    if current.json:
        emit_json({"messages": messages})
        return 0
    for message in messages:
        presentation.head(message)
        for each in message["recipients"][:RECIPIENTS_SHOWN]:
            _show_recipient(each)
        hidden = len(message["recipients"]) - RECIPIENTS_SHOWN
        if hidden > 0:
            more = Text(
                "  … và {count} nữa: mailrelay queue show {id}", "  … and {count} more: mailrelay queue show {id}"
            )
            click.echo(str(more.format(count=hidden, id=message["queue_id"])))
    if not messages and filters != QueueFilter():
        tell(Text("không có thư đang chờ nào khớp điều kiện", "no message that waits meets the conditions"))
    elif not messages:
        tell(Text("không có thư nào đang chờ", "no message waits"))
    elif len(messages) == limit:
        tell(
            Text("chỉ hiện {count}; xem thêm: --limit", "only {count} are shown; for more: --limit").format(
                count=counted(limit, Text("thư", "message"))
            )
        )
    return 0


@command(
    "show",
    Text("Một thư, với mọi nơi nhận của nó.", "One message, with every recipient of it."),
    Text(
        "Cả những nơi đã xong. Lịch sử đầy đủ: mailrelay trace MÃ. Mã thoát 1 khi không có thư ấy.",
        "Also those that are done. The whole history: mailrelay trace ID. Exit 1 when there is no such message.",
    ),
)
@click.argument("queue_id")
def show(queue_id: str) -> int:
    """Find it, show it."""
    current = invocation()
    configuration = current.configuration
    zone = ZoneInfo(configuration.organisation.timezone)
    number = queue_ids.parse(queue_id)
    if number is None:
        raise UsageError(
            Text("{id} không phải mã hàng đợi", "{id} is not a queue id").format(id=queue_id[:40]),
            Text("mã gồm 13 chữ và số, như trong câu trả lời 250", "it has 13 letters and digits, as in the 250 reply"),
        )
    from foundation.tables import open_to_read
    from mailrelay.store.listing import show as find

    with open_to_read(configuration.storage, SERVICE.name) as database:
        entry = database.read(partial(find, number=number))
    messages = [message_fields(entry, zone)] if entry else []
    if current.json:
        emit_json({"messages": messages})
    for message in messages if not current.json else ():
        presentation.head(message)
        for each in message["recipients"]:
            _show_recipient(each)
    if not messages:
        tell(Text("không có thư {id}", "there is no message {id}").format(id=queue_ids.spell(number)))
        return 1
    return 0


def message_fields(entry: QueueEntry, zone: ZoneInfo) -> dict[str, Any]:
    """One message as docs/answers.md has it."""
    return {
        "queue_id": queue_ids.spell(entry.number),
        "message_id": entry.message_id,
        "sender": entry.sender,
        "size": entry.size,
        "accepted_at": presentation.rfc3339(entry.accepted_at, zone),
        "origin": entry.origin,
        "recipients": [_recipient_fields(each, entry.origin, zone) for each in entry.recipients],
    }


def _recipient_fields(found: QueuedRecipient, origin: str, zone: ZoneInfo) -> dict[str, Any]:
    waits = found.state in ("queued", "deferred")
    return {
        "address": found.address,
        "via": found.via,
        "destination": found.destination,
        "state": found.state,
        "attempts": found.attempts,
        "next_attempt_at": presentation.rfc3339(found.next_attempt_at, zone) if waits else None,
        "possible_duplicate": found.possible_duplicate,
        "code": found.last_code,
        "status": found.last_status,
        "reply": found.last_reply,
        "held_because": _why_held(found, origin) if found.state == "held" else None,
    }


def _why_held(found: QueuedRecipient, origin: str) -> str:
    """A report for the postmaster is held by ourselves when nobody is postmaster; everything else an operator held."""
    return "no_postmaster" if origin == "report" and found.destination == "refused" else "operator"


def _show_recipient(found: dict[str, Any]) -> None:
    attempts = str(counted(found["attempts"], Text("lần thử", "attempt"))) if found["attempts"] else ""
    again = f"{Text('thử lại', 'again')} {presentation.shown(found['next_attempt_at'])}" if found["attempts"] else ""
    presentation.recipient(found, attempts, again if found["state"] in ("queued", "deferred") else "")
    if found["reply"] and found["state"] not in ("delivered", "relayed"):
        presentation.reason(found["code"], found["status"], found["reply"])
    if found["held_because"] == "no_postmaster":
        why = Text(
            "báo cáo không có ai để trả về, và chưa ai là postmaster: đặt [relay] postmaster",
            "a report that has nobody to go back to, and nobody is postmaster: set [relay] postmaster",
        )
        click.echo(f"      {why}")

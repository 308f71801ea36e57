"""`mailrelay send`: issues an official document, through the running daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click

from foundation import clock
from foundation.command_line import command, emit_json, invocation, tell
from foundation.errors import CongvuError, InputError
from foundation.language import Text
from foundation.terminal import counted
from mailrelay.commands import document_to_send
from mailrelay.commands.document_to_send import Mistakes

WARNINGS_SHOWN: Final = 20
"""How many mailboxes that nobody can open are told on a terminal; `--json` has all."""
URGENT_WORD: Final = "Khẩn"
"""The mildest of the three degrees of urgency of Decree 30/2020/NĐ-CP: khẩn, thượng khẩn, hỏa tốc."""
_UNREAD: Final = {
    "invited": Text(
        "nhận được, nhưng chưa kích hoạt tài khoản nên chưa đọc được", "gets it, but has not activated the account yet"
    ),
    "suspended": Text("nhận được, nhưng tài khoản đang bị tạm khóa nên không đọc được", "gets it, but is suspended"),
    "unheld": Text("nhận được, nhưng chưa ai giữ hộp thư này đọc được", "gets it, but nobody who holds it can read"),
}
"""Why a mailbox that takes mail cannot be read now, by the state of its account."""


@command(
    "send",
    Text("Phát hành một văn bản tới các địa chỉ và danh sách thư.", "Issue a document to addresses and lists."),
    Text(
        "Mọi lỗi được nêu hết một lần (mã thoát 65) và không gửi gì. Theo dõi: mailrelay trace --document SỐ.",
        "All mistakes are told at once (exit 65) and nothing is sent. Follow it: mailrelay trace --document N.",
    ),
)
@click.option("--from", "sender", required=True, help="Địa chỉ người hoặc đơn vị gửi. / The sender's address.")
@click.option("--number", required=True, help="Số, ký hiệu: 36/TB-UBND. / Number and symbol of the document.")
@click.option("--kind", required=True, help="Loại văn bản: Thông báo. / The kind, by name or abbreviation.")
@click.option("--to", "recipients", required=True, multiple=True, help="Nơi nhận, lặp lại được. / Repeatable.")
@click.option("--subject", required=True, help="Trích yếu. / What it is about.")
@click.option(
    "--attach",
    "attachments",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Tệp đính kèm, lặp lại được. / A file, repeatable.",
)
@click.option("--text", default="", help="Lời trong thư. / The words of the message.")
@click.option("--text-file", type=click.Path(path_type=Path), help="Lời trong thư, từ tệp; - là stdin. / From a file.")
@click.option("--urgent", is_flag=True, help="Khẩn: thử lại dày hơn, báo sớm hơn. / Urgent: tried more often.")
def send(
    sender: str,
    number: str,
    kind: str,
    recipients: tuple[str, ...],
    subject: str,
    attachments: tuple[Path, ...],
    text: str,
    text_file: Path | None,
    urgent: bool,
) -> int:
    """Check everything, compose, hand over, say who cannot read it now and how to follow it."""
    current = invocation()
    configuration = current.configuration
    mistakes = Mistakes()
    reference, named = document_to_send.reference(number, kind, mistakes)
    line = document_to_send.subject_line(subject, mistakes)
    senders = document_to_send.readable_addresses("--from", (sender,), mistakes)
    addresses = document_to_send.readable_addresses("--to", recipients, mistakes)
    files = document_to_send.contents(attachments, configuration.relay.limits.message_bytes, mistakes)
    words = document_to_send.words(text, text_file, mistakes)
    if mistakes.any or reference is None or named is None:
        _ask_about(configuration.relay.control_socket, "".join(senders), addresses, mistakes)
        raise mistakes.error()
    from foundation.control.client import ask
    from mailrelay.messages.compose import official_document
    from mailrelay.service import SERVICE

    message, message_id = official_document(
        sender=senders[0],
        number=reference.canonical,
        kind=named.name,
        recipients=addresses,
        subject=line,
        text=words,
        attachments=files,
        at=clock.now().astimezone(ZoneInfo(configuration.organisation.timezone)),
        domain=configuration.organisation.domain,
        urgency=URGENT_WORD if urgent else "",
    )
    answer = ask(
        SERVICE,
        configuration.relay.control_socket,
        "send",
        body=message,
        sender=senders[0],
        recipients=addresses,
        urgent=urgent,
    )
    queue_id = str(answer["queue_id"])
    warnings = [_warning(fields) for fields in answer["unread"]]
    if current.json:
        emit_json({"queue_id": queue_id, "message_id": message_id, "warnings": warnings})
    else:
        click.echo(queue_id)
        told = Text("văn bản {number} đã vào hàng đợi, {count}", "document {number} is queued for {count}")
        tell(told.format(number=reference.canonical, count=counted(len(recipients), Text("nơi nhận", "recipient"))))
        tell(Text("xem đường đi: mailrelay trace {id}", "follow it: mailrelay trace {id}").format(id=queue_id))
    _tell_warnings(warnings)
    return 0


def _ask_about(socket: Path, sender: str, recipients: list[str], mistakes: Mistakes) -> None:
    """Add what the daemon knows to be wrong with the addresses; without a daemon the rest is told all the same."""
    from foundation.control.client import ask
    from mailrelay.service import SERVICE

    try:
        ask(SERVICE, socket, "check", sender=sender, recipients=recipients)
    except InputError as error:
        mistakes.problems.extend(error.problems)
    except CongvuError:
        return


def _warning(fields: dict[str, str]) -> dict[str, str]:
    """One recipient who gets it but cannot read now, as docs/answers.md has it."""
    message = _UNREAD.get(fields["state"], Text("không mở được hộp thư", "cannot open the mailbox"))
    return {**fields, "message": str(message)}


def _tell_warnings(warnings: list[dict[str, str]]) -> None:
    for warning in warnings[:WARNINGS_SHOWN]:
        via = f" ({Text('qua', 'via')} {warning['via']})" if warning["via"] else ""
        tell(f"{warning['address']}{via}: {warning['message']}", "yellow")
    if len(warnings) > WARNINGS_SHOWN:
        more = Text(
            "… và {count} hộp thư nữa chưa ai đọc được; xem đủ: --json", "… and {count} more; all of them: --json"
        )
        tell(more.format(count=len(warnings) - WARNINGS_SHOWN), "yellow")

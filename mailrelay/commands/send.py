"""`mailrelay send`: issues an official document, through the running daemon."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click

from foundation import clock
from foundation.addresses import normalise
from foundation.command_line import command, emit_json, invocation, tell
from foundation.errors import InputError, Problem, UsageError
from foundation.language import Text
from foundation.terminal import counted

if TYPE_CHECKING:
    from foundation.documents import DocumentNumber, Kind

LARGEST_TEXT_BYTES: Final = 1 << 20
URGENT_WORD: Final = "Khẩn"
"""The mildest of the three degrees of urgency of Decree 30/2020/NĐ-CP: khẩn, thượng khẩn, hỏa tốc."""


@command(
    "send",
    Text("Phát hành một văn bản tới các địa chỉ và danh sách thư.", "Issue a document to addresses and lists."),
    Text(
        "Địa chỉ sai được nêu hết một lần (mã thoát 65) và không gửi gì. Theo dõi: mailrelay trace --document SỐ.",
        "Wrong addresses are all told at once (exit 65) and nothing is sent. Follow it: mailrelay trace --document N.",
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
    """Check everything, compose, hand over, say how to follow it."""
    current = invocation()
    configuration = current.configuration
    files = [(path.name, _bytes_of(path)) for path in attachments]
    words = _words(text, text_file)
    reference, named = _checked(number, kind, sender, recipients, subject)
    from mailrelay.control.client import ask
    from mailrelay.messages.compose import official_document

    message, message_id = official_document(
        sender=sender.strip(),
        number=reference.canonical,
        kind=named.name,
        recipients=[address.strip() for address in recipients],
        subject=subject.strip(),
        text=words,
        attachments=files,
        at=clock.now().astimezone(ZoneInfo(configuration.organisation.timezone)),
        domain=configuration.organisation.domain,
        urgency=URGENT_WORD if urgent else "",
    )
    answer = ask(
        configuration.relay.control_socket,
        "send",
        body=message,
        sender=sender.strip(),
        recipients=[address.strip() for address in recipients],
        urgent=urgent,
    )
    queue_id = str(answer["queue_id"])
    if current.json:
        emit_json({"queue_id": queue_id, "message_id": message_id})
    else:
        click.echo(queue_id)
        told = Text("văn bản {number} đã vào hàng đợi, {count}", "document {number} is queued for {count}")
        tell(told.format(number=reference.canonical, count=counted(len(recipients), Text("nơi nhận", "recipient"))))
        tell(Text("xem đường đi: mailrelay trace {id}", "follow it: mailrelay trace {id}").format(id=queue_id))
    return 0


def _checked(
    number: str, kind: str, sender: str, recipients: tuple[str, ...], subject: str
) -> tuple[DocumentNumber, Kind]:
    """Number and kind as they are spelled. Raises InputError with everything that is wrong."""
    from foundation.documents import kind_of, parse_number

    problems = [problem for address in (sender, *recipients) for problem in _problems_of(address)]
    reference, named = parse_number(number), kind_of(kind)
    if reference is None or reference.is_draft:
        problems.append(
            _problem(
                "--number",
                number,
                Text("không phải số và ký hiệu của một văn bản", "is not the number and symbol of a document"),
                Text("ví dụ: 36/TB-UBND, 12/UBND-VX", "for example: 36/TB-UBND, 12/UBND-VX"),
            )
        )
    if named is None:
        problems.append(
            _problem(
                "--kind",
                kind,
                Text("không có loại văn bản này", "there is no such kind of document"),
                Text("ví dụ: Thông báo, TB, Giấy mời, Công văn", "for example: Thông báo, TB, Giấy mời, Công văn"),
            )
        )
    if not subject.strip():
        problems.append(_problem("--subject", subject, Text("không được rỗng", "must not be empty"), None))
    if problems or reference is None or named is None:
        raise InputError(
            Text("chưa gửi gì: {count}", "nothing was sent: {count}").format(
                count=counted(len(problems), Text("lỗi", "problem"))
            ),
            None,
            tuple(problems),
        )
    return reference, named


def _problems_of(address: str) -> tuple[Problem, ...]:
    try:
        normalise(address)
    except InputError as error:
        return error.problems
    return ()


def _problem(option: str, value: str, message: Text, hint: Text | None) -> Problem:
    return Problem("error", message, column=option, value=value, hint=hint)


def _words(text: str, file: Path | None) -> str:
    if file is None:
        return text
    if text:
        raise UsageError(Text("dùng --text hoặc --text-file, không cả hai", "use --text or --text-file, not both"))
    content = sys.stdin.buffer.read(LARGEST_TEXT_BYTES + 1) if str(file) == "-" else _bytes_of(file)
    if len(content) > LARGEST_TEXT_BYTES:
        raise UsageError(Text("lời trong thư dài quá 1 MiB", "the words of the message are longer than 1 MiB"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            Text("{file} không phải văn bản UTF-8", "{file} is not UTF-8 text").format(file=file)
        ) from error


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            Text("không đọc được tệp {path}: {reason}", "cannot read the file {path}: {reason}").format(
                path=path, reason=error.strerror or type(error).__name__
            ),
            Text("chưa gửi gì; kiểm tra lại đường dẫn", "nothing was sent; check the path"),
        ) from error

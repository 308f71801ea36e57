"""`meetings held`: mail that came in and may not count by itself; the secretary accepts or rejects each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

import click

from foundation.command_line import command, emit_json, group, invocation, tell
from foundation.errors import UsageError
from foundation.language import Text
from foundation.logs import one_line
from meetings.commands import presentation, waiting
from meetings.commands.answer import AnswerWord
from meetings.commands.asking import ask
from meetings.commands.options import takes_yes
from meetings.control_orders.nothing_found import NothingFound

_Mail = dict[str, Any]
_LINES: Final[tuple[tuple[Text, Callable[[_Mail], str]], ...]] = (
    (Text("mã", "id"), lambda mail: str(mail["id"])),
    (Text("nhận lúc", "received"), lambda mail: presentation.instant(mail["received_at"])),
    (Text("từ", "from"), presentation.sender),
    (Text("xác thực", "trusted by"), lambda mail: presentation.trust(mail["trusted_by"])),
    (Text("tiêu đề", "subject"), lambda mail: str(mail["subject"])),
    (Text("họp", "meeting"), lambda mail: " ".join(part for part in (mail["number"], mail["uid"]) if part)),
    (Text("trả lời cho", "answers for"), lambda mail: presentation.whose(mail["attendee"])),
    (Text("trả lời", "answer"), presentation.answer),
    (Text("lời nhắn", "comment"), lambda mail: str(mail["comment"])),
    (Text("kết quả", "verdict"), presentation.verdict),
    (Text("vì sao", "why"), lambda mail: presentation.reason(mail["reason"])),
    (Text("Message-ID", "Message-ID"), lambda mail: str(mail["message_id"])),
)
"""What `show` says of a mail; what is empty is left out."""


@group(
    "held",
    Text("Thư trả lời chờ xem xét: xem, chấp nhận, bỏ.", "Answers that wait for a decision: look, accept, reject."),
    Text(
        "Một thư bị giữ khi chưa xác thực được người gửi, người gửi là người khác, hay người trả lời không có trong "
        "thành phần mời; thư trả lời không đọc được cũng chờ ở đây.",
        "A mail is held when its sender is not authenticated or is somebody else, whoever answers was not invited, or "
        "it cannot be read.",
    ),
)
def held() -> None:
    """The group itself does nothing."""


@command(
    "list",
    Text("Những thư đang chờ, và vì sao.", "The mails that wait, and why."),
    Text("Không nêu HỌP: của mọi cuộc họp.", "Without MEETING: those of all meetings."),
)
@click.argument("meeting", required=False, default="")
@click.option("--all", "everything", is_flag=True, help="Cả thư đã quyết, bỏ qua. / All that came in.")
@click.option("--reports", is_flag=True, help="Với --all: cả báo phát thư. / With --all: delivery reports too.")
def list_(meeting: str, everything: bool, reports: bool) -> int:
    """Read the database."""
    found = waiting.incoming(meeting, everything, reports)
    if invocation().json:
        emit_json({"held": found})
        return 0
    headers = (
        Text("mã", "id"),
        Text("nhận lúc", "received"),
        Text("từ", "from"),
        Text("họp", "meeting"),
        Text("trả lời cho", "answers for"),
        Text("trả lời", "answer"),
        *((Text("kết quả", "verdict"),) if everything else ()),
        Text("vì sao", "why"),
    )
    rows = [
        [
            (str(each["id"]), None),
            (presentation.short(each["received_at"]), None),
            (presentation.sender(each), None),
            (each["number"] or each["uid"] or "—", None),
            (presentation.whose(each["attendee"]), None),
            (presentation.answer(each), None),
            *(((presentation.verdict(each), None),) if everything else ()),
            (presentation.reason(each["reason"]), None),
        ]
        for each in found
    ]
    presentation.table_or_nothing(headers, rows)
    return 0


@command(
    "show",
    Text("Một thư: ai, khi nào, vì sao; --raw in nguyên văn.", "One mail: who, when, why; --raw prints its bytes."),
)
@click.argument("number", metavar="ID", type=int)
@click.option("--raw", is_flag=True, help="In nguyên văn thư ra stdout. / Print the mail itself.")
def show(number: int, raw: bool) -> int:
    """Read the database."""
    found, content = waiting.incoming_mail(number)
    if found is None:
        raise NothingFound(
            Text("không có thư {id}", "there is no mail {id}").format(id=number),
            Text("xem: meetings held list --all", "see: meetings held list --all"),
        )
    if raw:
        if content is None:
            raise NothingFound(
                Text("nguyên văn thư {id} không còn giữ", "the bytes of mail {id} are not kept").format(id=number),
                Text("xem: meetings held show {id}", "see: meetings held show {id}").format(id=number),
            )
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return 0
    if invocation().json:
        emit_json({"held": [found]})
        return 0
    for label, said_of in _LINES:
        said = said_of(found)
        if said not in ("", presentation.NOTHING):
            click.echo(one_line(f"{label!s:<12} {said}"))
    return 0


def _decide(numbers: tuple[int, ...], accept: bool, **said: str) -> int:
    answers = [ask("held_decide", id=number, accept=accept, **said) for number in numbers]
    if invocation().json:
        emit_json({"decided": answers})
    else:
        for answer in answers:
            _tell(answer, accept)
    return 1 if accept and any(answer["verdict"] != "counted" for answer in answers) else 0


def _tell(answer: dict[str, Any], accept: bool) -> None:
    whose = "; ".join(presentation.whose({**one, "invited": True}) for one in answer["attendees"])
    if not accept:
        tell(Text("thư {id}: đã bỏ", "mail {id}: rejected").format(id=answer["id"]))
    elif answer["verdict"] == "counted":
        told = Text("thư {id}: đã tính là trả lời của {whose}", "mail {id}: counted as the answer of {whose}")
        tell(told.format(id=answer["id"], whose=whose))
    else:
        why = presentation.reason(str(answer["reason"]))
        tell(Text("thư {id}: không tính được, {why}", "mail {id}: not counted, {why}").format(id=answer["id"], why=why))


@command(
    "accept",
    Text("Chấp nhận: câu trả lời được tính.", "Accept: the answer counts."),
    Text(
        "Xem trước bằng `meetings held show` là trả lời cho ai. Người trả lời mà chưa được mời thì được mời thêm khi "
        "chấp nhận. Mã thoát 1 khi có thư không tính được. Thư không đọc được thì nêu tính là gì: --as.",
        "See with `meetings held show` first whose answer it is. Whoever answers without having been invited is "
        "invited by it. Exit 1 when a mail does not count. A mail that could not be read counts as you say: --as.",
    ),
)
@click.argument("numbers", metavar="ID...", nargs=-1, required=True, type=int)
@click.option("--as", "counts_as", type=AnswerWord(), default=None, help="Tính là trả lời này. / Counts as.")
@click.option(
    "--for", "attendee", default="", help="Với --as: của người mang địa chỉ này. / With --as: of this address."
)
@takes_yes
def accept(numbers: tuple[int, ...], counts_as: str | None, attendee: str) -> int:
    """Ask the daemon, one by one."""
    if attendee and counts_as is None:
        raise UsageError(Text("--for cần có --as", "--for needs --as"))
    return _decide(numbers, True, **({"as": counts_as, "for": attendee} if counts_as else {}))


@command(
    "reject",
    Text(
        "Bỏ: thư không tính, chỉ còn ghi là ai gửi, lúc nào; cả thư không đọc được.",
        "Reject: the mail does not count, only who sent it and when stays; also one that cannot be read.",
    ),
)
@click.argument("numbers", metavar="ID...", nargs=-1, required=True, type=int)
@takes_yes
def reject(numbers: tuple[int, ...]) -> int:
    """Ask the daemon, one by one."""
    return _decide(numbers, False)


for _command in (list_, show, accept, reject):
    held.add_command(_command)

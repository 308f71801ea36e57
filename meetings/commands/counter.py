"""`meetings counter`: other times that people proposed from their mail program; the secretary answers plainly."""

from __future__ import annotations

import click

from foundation.command_line import command, emit_json, group, invocation, tell
from foundation.language import Text
from foundation.terminal import counted
from meetings.commands import presentation, waiting
from meetings.commands.asking import ask, tell_warnings, warnings_of, while_it_works
from meetings.commands.options import reason_option, takes_yes

_STATES = {
    "open": Text("chờ trả lời", "waits for an answer"),
    "accepted": Text("đã nhận", "taken over"),
    "refused": Text("giữ giờ cũ", "declined"),
    "withdrawn": Text("đã rút", "withdrawn"),
}


@group("counter", Text("Đề xuất thời gian khác: xem, từ chối, nhận.", "Proposed times: look, decline, take over."))
def counter() -> None:
    """The group itself does nothing."""


@command(
    "list",
    Text("Các đề xuất thời gian đang chờ.", "The proposed times that wait."),
    Text("Không nêu HỌP: của mọi cuộc họp.", "Without MEETING: those of all meetings."),
)
@click.argument("meeting", required=False, default="")
@click.option("--all", "everything", is_flag=True, help="Cả những gì đã trả lời. / Answered ones too.")
def list_(meeting: str, everything: bool) -> int:
    """Read the database."""
    found = waiting.counters(meeting, everything)
    if invocation().json:
        emit_json({"counters": found})
        return 0
    headers = (
        Text("mã", "id"),
        Text("họp", "meeting"),
        Text("ai", "who"),
        Text("đề xuất", "proposed"),
        Text("tình trạng", "state"),
        Text("lời nhắn", "comment"),
    )
    rows = [
        [
            (str(each["id"]), None),
            (each["number"] or each["uid"], None),
            (each["address"], None),
            (presentation.instant(each["proposed_start"]), None),
            (presentation.word(_STATES, each["state"]), None),
            (each["comment"], None),
        ]
        for each in found
    ]
    presentation.table_or_nothing(headers, rows)
    return 0


@command(
    "decline",
    Text("Giữ giờ cũ; người đề xuất được báo.", "The time stays; whoever proposed another is told."),
)
@click.argument("meeting")
@click.argument("who", metavar="ADDRESS|ID")
@reason_option
@takes_yes
def decline(meeting: str, who: str, reason: str) -> int:
    """Ask the daemon."""
    answer = ask("counter_decline", meeting=meeting, who=who, reason=reason)
    if invocation().json:
        emit_json({"uid": answer["uid"], "id": answer["id"], "address": answer["address"]})
    else:
        tell(Text("giữ giờ cũ; đang báo cho {who}", "the time stays; telling {who}").format(who=answer["address"]))
    return 0


@command(
    "accept",
    Text("Dời cuộc họp theo đề xuất; mọi người được mời lại.", "Move the meeting there; everybody is invited anew."),
)
@click.argument("meeting")
@click.argument("who", metavar="ADDRESS|ID")
@click.option(
    "--urgent-reason",
    default="",
    help="Lý do khi không đủ ngày làm việc; giấy mời sẽ là khẩn. / Why at short notice; the letter is urgent then.",
)
@takes_yes
def accept(meeting: str, who: str, urgent_reason: str) -> int:
    """Ask the daemon, which checks the new time as any change."""
    with while_it_works(Text("đang kiểm tra và lập thư báo", "checking and promising mail")):
        answer = ask("counter_accept", meeting=meeting, who=who, urgent_reason=urgent_reason)
    warnings = warnings_of(answer)
    if invocation().json:
        told = [warning.as_json() for warning in warnings]
        emit_json({key: answer[key] for key in ("uid", "number", "sequence", "id", "mails")} | {"warnings": told})
    else:
        count = counted(len(answer["mails"]), Text("người được báo", "mail"))
        tell(Text("đã dời; {count}", "moved; {count} on the way").format(count=count))
        tell(Text("xem: meetings show {who}", "see: meetings show {who}").format(who=answer["uid"]))
    tell_warnings(warnings)
    return 0


for _command in (list_, decline, accept):
    counter.add_command(_command)

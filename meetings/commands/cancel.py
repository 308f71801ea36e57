"""`meetings cancel`: a meeting, or one of a series, does not take place; everybody who was invited is told."""

from __future__ import annotations

import sys

import click

from foundation.command_line import command, confirm, emit_json, invocation, tell
from foundation.language import Text
from foundation.terminal import counted
from meetings.commands import presentation
from meetings.commands.asking import ask, while_it_works
from meetings.commands.options import instance_option, reason_option, yes_option

_MAIL = Text("người", "person")


@command(
    "cancel",
    Text("Hủy một cuộc họp và báo cho mọi người.", "Cancel a meeting, and tell everybody."),
    Text(
        "HỌP là UID hoặc số giấy mời; --instance chọn một buổi của cuộc họp định kỳ. Hỏi lại trước khi làm, hoặc cần "
        "--yes khi không có người ở màn hình (mã thoát 2). Không lấy lại được: muốn họp thì lập cuộc họp mới.",
        "MEETING is a UID or a number; --instance chooses one of a series. It asks first, or needs --yes without a "
        "terminal (exit 2). There is no way back but a new meeting.",
    ),
)
@click.argument("meeting")
@instance_option
@reason_option
@yes_option
def cancel(meeting: str, instance: str, reason: str, yes: bool) -> int:
    """Find it, ask, cancel, say who is told."""
    _ = invocation().configuration  # its language and clock apply from here on
    if not yes and not sys.stdin.isatty():
        confirm(
            Text("hủy {meeting} và báo cho mọi người", "cancel {meeting} and tell everybody").format(meeting=meeting),
            False,
        )
    if not yes:
        found = ask("cancel", meeting=meeting, instance=instance, reason=reason, check=True)
        confirm(
            Text("hủy {name} ({start}) và báo cho {count}?", "cancel {name} ({start}) and tell {count}?").format(
                name=found["number"] or found["summary"],
                start=presentation.instant(found["start"]),
                count=counted(len(found["mails"]), _MAIL),
            ),
            False,
        )
    with while_it_works(Text("đang hủy và lập thư báo", "cancelling and promising mail")):
        answer = ask("cancel", meeting=meeting, instance=instance, reason=reason, check=False)
    if invocation().json:
        emit_json(
            {"uid": answer["uid"], "number": answer["number"], "sequence": answer["sequence"], "mails": answer["mails"]}
        )
    else:
        tell(
            Text("đã hủy; đang báo cho {count}", "cancelled; {count} will be told").format(
                count=counted(len(answer["mails"]), _MAIL)
            )
        )
        tell(Text("xem: meetings show {who}", "see: meetings show {who}").format(who=answer["uid"]))
    return 0

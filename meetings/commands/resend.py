"""`meetings resend`: the invitation once more to one person, as it stands now."""

from __future__ import annotations

import click

from foundation.command_line import command, emit_json, invocation, tell
from foundation.language import Text
from meetings.commands.asking import ask


@command(
    "resend",
    Text("Gửi lại giấy mời cho một hay vài người.", "Send the invitation again to one or more people."),
    Text(
        "HỌP là UID hoặc số giấy mời. Câu trả lời đã có không mất; người khác không nhận gì.",
        "MEETING is a UID or a number. Answers are kept; nobody else gets anything.",
    ),
)
@click.argument("meeting")
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
def resend(meeting: str, addresses: tuple[str, ...]) -> int:
    """Ask the daemon, say to whom."""
    answer = ask("resend", meeting=meeting, addresses=list(addresses))
    if invocation().json:
        emit_json({"uid": answer["uid"], "sent": answer["sent"]})
    else:
        for address in answer["sent"]:
            tell(Text("đang gửi lại cho {address}", "on the way again to {address}").format(address=address))
        tell(Text("xem: meetings show {who}", "see: meetings show {who}").format(who=answer["uid"]))
    return 0

"""`meetings resend`: the invitation once more to one person, as it stands now."""

from __future__ import annotations

import click

from foundation.command_line import command, emit_json, invocation, tell
from foundation.language import Text
from meetings.commands.asking import ask
from meetings.commands.options import takes_yes

_SENT = {
    "request": Text("giấy mời", "the invitation"),
    "cancel": Text("thông báo hủy họp (cuộc họp đã hủy)", "the cancellation (the meeting is cancelled)"),
    "neutral": Text(
        "thông báo về giấy mời nhận trực tiếp (họp mật)", "the word about the letter to fetch (a secret meeting)"
    ),
}
"""By the purpose of the mail: a meeting's last word, which is no invitation when it was cancelled."""


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
@takes_yes
def resend(meeting: str, addresses: tuple[str, ...]) -> int:
    """Ask the daemon, say to whom."""
    answer = ask("resend", meeting=meeting, addresses=list(addresses))
    if invocation().json:
        emit_json({name: answer[name] for name in ("uid", "sent", "purpose")})
    else:
        what = _SENT[answer["purpose"]]
        for address in answer["sent"]:
            tell(Text(f"đang gửi lại {what.vi} cho {address}", f"{what.en} is on the way again to {address}"))
        tell(Text("xem: meetings show {who}", "see: meetings show {who}").format(who=answer["uid"]))
    return 0

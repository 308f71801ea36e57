"""`meetings links`: the personal links of one person: what they are, and a new set when somebody else has seen them."""

from __future__ import annotations

from typing import Any

import click

from foundation.command_line import command, emit_json, group, invocation, tell
from foundation.errors import UsageError
from foundation.language import Text
from meetings.commands.asking import ask
from meetings.commands.options import takes_yes

_NAMES = {
    "page": Text("trang riêng", "page"),
    "join": Text("vào họp", "join"),
    "feed": Text("lịch .ics", "feed"),
    "secretary": Text("trang thư ký", "secretary"),
}
_SUBSCRIBE_AGAIN = Text(
    "lịch .ics của người này (mọi cuộc họp): thêm lại vào ứng dụng lịch bằng liên kết mới",
    "this person's .ics feed (all meetings): subscribe to it again with the new link",
)


@group(
    "links",
    Text("Liên kết riêng của một người: xem, thu hồi.", "One person's own links: show, revoke."),
    Text(
        "Ai có liên kết thì trả lời và vào họp được thay người đó: đừng chuyển tiếp.",
        "Whoever has a link can answer and join as that person: do not pass it on.",
    ),
)
def links() -> None:
    """The group itself does nothing."""


@command(
    "show",
    Text("Liên kết riêng của một người; không nêu ai: trang của thư ký.", "One person's links, or the secretary's."),
)
@click.argument("meeting")
@click.argument("address", required=False, default="")
def show(meeting: str, address: str) -> int:
    """Ask the daemon, which has the key."""
    _show(ask("links_show", meeting=meeting, address=address))
    return 0


@command(
    "revoke",
    Text("Thu hồi liên kết cũ, gửi liên kết mới.", "Revoke the old links, send new ones."),
    Text(
        "Liên kết cũ hết hiệu lực ngay, cả liên kết lịch .ics; người đó nhận lại giấy mời với liên kết mới. "
        "Không nêu ai: trang của thư ký.",
        "The old links end at once, that of the .ics feed too; the person gets the invitation again with new ones. "
        "Without an address it is the secretary's page.",
    ),
)
@click.argument("meeting")
@click.argument("address", required=False, default="")
@click.option("--feed", is_flag=True, help="Chỉ liên kết lịch .ics, không gửi thư. / Only the .ics feed, no mail.")
@takes_yes
def revoke(meeting: str, address: str, feed: bool) -> int:
    """Ask the daemon, show the new ones."""
    if feed and not address:
        raise UsageError(Text("--feed: nêu địa chỉ của ai", "--feed: name whose"))
    answer = ask("links_revoke", meeting=meeting, address=address, feed=feed)
    if not invocation().json:
        ended = Text(
            ", ".join(_NAMES[name].vi for name in answer["revoked"]),
            ", ".join(_NAMES[name].en for name in answer["revoked"]),
        )
        tell(Text(f"liên kết cũ đã hết hiệu lực: {ended.vi}", f"the old links have ended: {ended.en}"))
        if "feed" in answer["revoked"]:
            tell(_SUBSCRIBE_AGAIN)
    _show(answer)
    return 0


def _show(answer: dict[str, Any]) -> None:
    if invocation().json:
        emit_json(answer)
        return
    for name, text in _NAMES.items():
        if answer.get(name):
            click.echo(f"{text!s:<14} {answer[name]}")


links.add_command(show)
links.add_command(revoke)

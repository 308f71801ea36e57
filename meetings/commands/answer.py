"""`meetings answer`: what somebody told the secretary by telephone counts as their answer."""

from __future__ import annotations

import click

from foundation.command_line import command, emit_json, invocation, tell
from foundation.language import Text
from meetings.commands import presentation
from meetings.commands.asking import ask
from meetings.commands.options import takes_yes
from meetings.terms import PARTSTATS

ANSWERS = ("accepted", "declined", "tentative")
"""What can be said for somebody."""


@command(
    "answer",
    Text("Ghi câu trả lời mà người được mời báo qua điện thoại.", "Note what somebody answered by telephone."),
    Text(
        "TRẢ LỜI là accepted (tham dự), declined (không dự) hay tentative (chưa chắc). Nhật ký ghi ai đã ghi thay.",
        "ANSWER is accepted, declined or tentative. The journal says who noted it.",
    ),
)
@click.argument("meeting")
@click.argument("who")
@click.argument("answer_", metavar="ANSWER", type=click.Choice(ANSWERS))
@click.option("--reason", default="", help="Lý do. / Why.")
@click.option("--instance", default="", help="Chỉ buổi bắt đầu lúc này. / Only the one that was to begin then.")
@takes_yes
def answer(meeting: str, who: str, answer_: str, reason: str, instance: str) -> int:
    """Ask the daemon."""
    told = ask("answer", meeting=meeting, who=who, answer=answer_, reason=reason, instance=instance)
    if invocation().json:
        emit_json(told)
    else:
        said = presentation.word(PARTSTATS, told["partstat"])
        tell(Text("đã ghi: {who} {said}", "noted: {who} {said}").format(who=told["address"], said=said))
    return 0

"""`meetings answer`: what somebody told the secretary by telephone counts as their answer."""

from __future__ import annotations

from typing import Any, Final

import click

from foundation.command_line import command, emit_json, invocation, tell
from foundation.language import Text
from foundation.vietnamese import nfc
from meetings.commands import presentation
from meetings.commands.asking import ask
from meetings.commands.options import takes_yes
from meetings.terms import PARTSTATS

ANSWERS: Final = ("accepted", "declined", "tentative")
"""What can be said for somebody."""
_IN_VIETNAMESE: Final = {
    "dự": "accepted",
    "tham dự": "accepted",
    "không dự": "declined",
    "không tham dự": "declined",
    "chưa chắc": "tentative",
    "chưa chắc chắn": "tentative",
}


class AnswerWord(click.Choice[str]):
    """One of `ANSWERS`, or its Vietnamese word: `không dự`, or `không-dự` where quotes are a burden."""

    def __init__(self) -> None:
        super().__init__(ANSWERS)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Raises click.BadParameter for any other word."""
        plain = " ".join(nfc(str(value)).casefold().replace("-", " ").split())
        return super().convert(_IN_VIETNAMESE.get(plain, value), param, ctx)


@command(
    "answer",
    Text("Ghi câu trả lời mà người được mời báo qua điện thoại.", "Note what somebody answered by telephone."),
    Text(
        "TRẢ LỜI là dự, không-dự hay chưa-chắc (accepted, declined, tentative). Nhật ký ghi ai đã ghi thay.",
        "ANSWER is accepted, declined or tentative, or its Vietnamese word. The journal says who noted it.",
    ),
)
@click.argument("meeting")
@click.argument("who")
@click.argument("answer_", metavar="ANSWER", type=AnswerWord())
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

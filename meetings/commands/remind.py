"""`meetings remind`: sends the reminder now; nobody is reminded of one meeting twice within an hour."""

from __future__ import annotations

import sys

import click

from foundation.command_line import command, confirm, emit_json, invocation, tell
from foundation.errors import UsageError
from foundation.language import Text
from foundation.terminal import counted
from meetings.commands.asking import LINES_SHOWN, ask, while_it_works
from meetings.commands.options import yes_option

_PEOPLE = Text("người", "person")


@command(
    "remind",
    Text("Nhắc họp ngay bây giờ.", "Send the reminder now."),
    Text(
        "Mặc định chỉ nhắc người chưa trả lời; --all nhắc mọi người còn được mời, trừ người đã báo không dự. Mỗi người "
        "chỉ được nhắc một lần trong một giờ. Mã thoát 1 khi không có ai để nhắc.",
        "By default those who have not answered; --all reminds everybody who is still invited and has not declined. "
        "Each person once an hour at most. Exit 1 when there is nobody to remind.",
    ),
)
@click.argument("meeting")
@click.option(
    "--all", "everybody", is_flag=True, help="Mọi người, trừ người không dự. / Everybody who did not decline."
)
@click.option("--unanswered", is_flag=True, help="Chỉ người chưa trả lời (mặc định). / Only who did not answer.")
@yes_option
def remind(meeting: str, everybody: bool, unanswered: bool, yes: bool) -> int:
    """Ask the daemon, say how many."""
    if everybody and unanswered:
        raise UsageError(Text("dùng --all hoặc --unanswered", "use --all or --unanswered"))
    if sys.stdin.isatty() and not yes:
        _agree(meeting, everybody)
    with while_it_works(Text("đang lập thư nhắc", "promising reminders")):
        answer = ask("remind", meeting=meeting, everybody=everybody)
    reminded, already = answer["reminded"], answer["already"]
    if invocation().json:
        emit_json({"uid": answer["uid"], "reminded": reminded, "already": already})
    else:
        tell(Text("đang nhắc {count}", "reminding {count}").format(count=counted(len(reminded), _PEOPLE)))
        if already:
            tell(
                Text("{count} vừa được nhắc trong giờ này", "{count} reminded within this hour already").format(
                    count=counted(len(already), _PEOPLE)
                )
            )
    return 0 if reminded else 1


def _agree(meeting: str, everybody: bool) -> None:
    """Show who would be reminded, and ask; nobody is asked when there is nobody. Raises UsageError for a no."""
    planned = ask("remind", meeting=meeting, everybody=everybody, check=True)
    people = planned["reminded"]
    if not people:
        return
    for address in people[:LINES_SHOWN]:
        tell(f"  {address}")
    if len(people) > LINES_SHOWN:
        tell(Text("  … và {count} nữa", "  … and {count} more").format(count=len(people) - LINES_SHOWN))
    name = planned["number"] or planned["summary"]
    question = Text("{name}: nhắc {count}?", "{name}: remind {count}?")
    confirm(question.format(name=name, count=counted(len(people), _PEOPLE)), False)

"""`meetings change`: a new edition of a meeting, or of one of a series; only those affected are mailed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from foundation.command_line import command, emit_json, invocation, tell
from foundation.errors import UsageError
from foundation.language import Text
from foundation.terminal import counted
from meetings.commands import presentation
from meetings.commands.asking import (
    agree_on_terminal,
    ask_with_form,
    edition_json,
    tell_warnings,
    warnings_of,
    while_it_works,
)
from meetings.commands.form_flags import form_fields, form_options, source_of
from meetings.commands.options import dry_run_option, instance_option, reason_option, yes_option

EXIT_SOMETHING_TO_DO: Final = 3


@command(
    "change",
    Text("Đổi một cuộc họp; chỉ báo cho người bị ảnh hưởng.", "Change a meeting; only those affected are told."),
    Text(
        "HỌP là UID hoặc số giấy mời. Chỉ nêu những gì đổi, bằng tham số hoặc bằng TỆP. --add, --remove thêm bớt từng "
        "người; --required, --optional thay cả danh sách. --instance chọn một buổi của cuộc họp định kỳ. --dry-run nói "
        "ai sẽ nhận gì (mã thoát 3; 0 khi không có gì khác). Trên màn hình thì hỏi lại trước khi gửi.",
        "MEETING is a UID or a number. Name only what changes, by flags or a FILE. --add and --remove change single "
        "people; --required and --optional replace the whole list. --instance chooses one of a series. --dry-run says "
        "who would get what (exit 3; 0 when nothing is different). At a terminal it asks before it sends.",
    ),
)
@click.argument("meeting")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@form_options
@instance_option
@click.option("--add", multiple=True, help="Mời thêm. / Invite one more, repeatable.")
@click.option("--add-optional", multiple=True, help="Mời thêm, dự để biết. / One more who may come, repeatable.")
@click.option("--remove", multiple=True, help="Không mời nữa. / No longer invited, repeatable.")
@reason_option
@dry_run_option
@yes_option
def change(
    meeting: str,
    file: Path | None,
    instance: str,
    add: tuple[str, ...],
    add_optional: tuple[str, ...],
    remove: tuple[str, ...],
    reason: str,
    dry_run: bool,
    yes: bool,
    **flags: Any,
) -> int:
    """Read, ask the daemon, say who is told."""
    _ = invocation().configuration  # its language and clock apply from here on
    fields = form_fields(file, flags)
    only_here = {"add": list(add), "add_optional": list(add_optional), "remove": list(remove), "reason": reason}
    fields |= {key: value for key, value in only_here.items() if value}
    if not fields.keys() - {"reason"}:
        raise UsageError(
            Text("chưa nêu điều gì thay đổi", "nothing to change was named"),
            Text("ví dụ: --start, --place, --add, hoặc một TỆP", "for example: --start, --place, --add, or a FILE"),
        )
    which = {"meeting": meeting, "instance": instance}
    if not (yes or dry_run):
        agree_on_terminal("change", fields, source_of(file), **which)
    with while_it_works(Text("đang kiểm tra và lập thư báo", "checking and promising mail")):
        answer = ask_with_form("change", fields, source_of(file), check=dry_run, **which)
    warnings = warnings_of(answer, source_of(file))
    if invocation().json:
        emit_json(edition_json(answer, warnings, dry_run))
    elif dry_run and answer["changed"]:
        presentation.plan(answer)
    else:
        _tell(answer)
    tell_warnings(warnings)
    return EXIT_SOMETHING_TO_DO if dry_run and answer["changed"] else 0


def _tell(answer: dict[str, Any]) -> None:
    if not answer["changed"]:
        tell(Text("không có gì khác, không gửi gì", "nothing is different, nothing was sent"))
        return
    count = counted(len(answer["mails"]), Text("người được báo", "mail"))
    tell(Text("đã đổi; {count}", "changed; {count} on the way").format(count=count))
    tell(Text("xem: meetings show {who}", "see: meetings show {who}").format(who=answer["uid"]))

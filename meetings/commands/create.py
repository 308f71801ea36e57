"""`meetings create`: the secretary's form becomes a meeting, and everybody's invitation is promised with it."""

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
from meetings.commands.options import dry_run_option, yes_option

EXIT_SOMETHING_TO_DO: Final = 3


@command(
    "create",
    Text("Lập cuộc họp từ phiếu của thư ký và gửi giấy mời.", "Create a meeting from the secretary's form and invite."),
    Text(
        "TỆP là phiếu họp dạng TOML; tham số có cùng tên và được ưu tiên. Mọi lỗi được nêu hết một lần (mã thoát 65), "
        "và không gửi gì. --dry-run kiểm tra tất cả và nói ai sẽ nhận gì (mã thoát 3). Trên màn hình thì hỏi lại "
        "trước khi gửi.",
        "FILE is the form in TOML; flags have the same names and win. All mistakes are told at once (exit 65), and "
        "nothing is sent. --dry-run checks everything and says who would get what (exit 3). At a terminal it "
        "asks before it sends.",
    ),
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@form_options
@dry_run_option
@yes_option
def create(file: Path | None, dry_run: bool, yes: bool, **flags: Any) -> int:
    """Read, ask the daemon, say what was done and how to see it."""
    _ = invocation().configuration  # its language and clock apply from here on
    fields = form_fields(file, flags)
    if file is None and not fields:
        raise UsageError(
            Text("chưa có phiếu họp", "there is no form"),
            Text("nêu một TỆP TOML, hoặc các tham số: --summary, --chair, ...", "name a TOML FILE, or give flags"),
        )
    if not (yes or dry_run):
        agree_on_terminal("create", fields, source_of(file))
    with while_it_works(Text("đang kiểm tra và lập giấy mời", "checking and promising invitations")):
        answer = ask_with_form("create", fields, source_of(file), check=dry_run)
    warnings = warnings_of(answer, source_of(file))
    if invocation().json:
        emit_json(edition_json(answer, warnings, dry_run))
    elif dry_run:
        presentation.plan(answer)
    else:
        click.echo(answer["uid"])
        _tell(answer)
    tell_warnings(warnings)
    return EXIT_SOMETHING_TO_DO if dry_run else 0


def _tell(answer: dict[str, Any]) -> None:
    count = counted(len(answer["mails"]), Text("giấy mời", "invitation"))
    tell(
        Text("đã lập cuộc họp {name}; {count} đang được gửi", "created {name}; {count} on the way").format(
            name=answer["number"] or answer["summary"], count=count
        )
    )
    tell(Text("xem: meetings show {who}", "see: meetings show {who}").format(who=answer["uid"]))

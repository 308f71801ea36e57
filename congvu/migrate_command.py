"""`congvu migrate`: brings every tool's tables up to date, or with `--check` says what is pending (exit 3)."""

from __future__ import annotations

import click

from congvu import TOOLS
from foundation.command_line import command, emit_json, invocation, tell
from foundation.language import Text
from foundation.tables import open_to_work, pending

EXIT_CHANGES_PENDING = 3


@command(
    "migrate",
    Text("Cập nhật cấu trúc cơ sở dữ liệu.", "Bring the database tables up to date."),
    Text(
        "Mọi lệnh ghi đều tự làm việc này; lệnh này để làm trước, khi nâng cấp.",
        "Every command that writes does this by itself; this is for doing it beforehand, during an upgrade.",
    ),
)
@click.option(
    "--check", is_flag=True, help="Chỉ xem, không đổi; mã thoát 3 nếu còn. / Only look; exit 3 if something is pending."
)
def migrate(check: bool) -> int:
    """Apply or list the pending migrations."""
    current = invocation()
    waiting = {tool: pending(current.configuration.storage, tool) for tool in TOOLS}
    for tool, titles in waiting.items():
        if titles and not check:
            open_to_work(current.configuration.storage, tool).close()
        for title in titles:
            tell(_pending(tool, title) if check else _applied(tool, title))
    if not any(waiting.values()):
        tell(Text("cấu trúc đã mới nhất", "the tables are up to date"))
    if current.json:
        emit_json({"pending" if check else "applied": waiting})
    return EXIT_CHANGES_PENDING if check and any(waiting.values()) else 0


def _pending(tool: str, title: str) -> Text:
    return Text("{tool}: chờ {title}", "{tool}: pending {title}").format(tool=tool, title=title)


def _applied(tool: str, title: str) -> Text:
    return Text("{tool}: đã làm {title}", "{tool}: applied {title}").format(tool=tool, title=title)

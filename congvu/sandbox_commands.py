"""`congvu sandbox up|status|down`: a whole trial province of real servers on this machine, all under one folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from foundation.command_line import command, emit_json, group, invocation, tell
from foundation.language import Text

DEFAULT_PEOPLE = 50
"""Enough for every role and a few agencies, and there in a second."""

EXIT_NOT_RUNNING = 1


def _in_folder(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--dir",
        "directory",
        required=True,
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False),
        help="Thư mục chứa mọi thứ. / The folder that holds everything.",
    )(function)


@group(
    "sandbox",
    Text("Cả một tỉnh thử nghiệm với máy chủ thật.", "A whole trial province of real servers."),
    Text(
        "Chỉ nghe trên máy này, không cần quyền quản trị, không đụng gì ngoài thư mục đã chọn.",
        "Listens on this machine only, needs no root, touches nothing outside the chosen folder.",
    ),
)
def sandbox() -> None:
    """The group itself does nothing."""


@command(
    "up",
    Text("Dựng tỉnh thử nghiệm; trả lời khi mọi máy chủ đã sẵn sàng.", "Start it; answers when every server does."),
    Text(
        "Đang chạy thì in lại các địa chỉ. Một tiến trình giám sát giữ các máy chủ cho tới `down`. Người có sẵn thuộc "
        "nguồn `sandbox`, còn cấu hình ghi nguồn `hr`: danh sách đem thử không đụng tới họ. Lập kế hoạch với chính "
        "danh sách của tỉnh thử nghiệm: CONGVU_ROSTER__SOURCE=sandbox provision plan DIR/roster.csv --agencies "
        "DIR/agencies.csv.",
        "If it runs already, prints the addresses again. One supervisor owns the servers until `down`. Its people "
        "belong to the source `sandbox`, while its configuration says `hr`: a roster that is tried out does not touch "
        "them. To plan the sandbox's own roster: CONGVU_ROSTER__SOURCE=sandbox provision plan DIR/roster.csv "
        "--agencies DIR/agencies.csv.",
    ),
)
@_in_folder
@click.option(
    "--people",
    type=click.IntRange(0, 100_000),
    default=DEFAULT_PEOPLE,
    show_default=True,
    help="Số người. / How many people.",
)
def up(directory: Path, people: int) -> None:
    """Start the sandbox and print every address, port and credential file."""
    from congvu.sandbox import sandbox_up

    _answer(sandbox_up(directory, people))


@command("status", Text("Tỉnh thử nghiệm có đang chạy không, ở đâu.", "Is it running, and where."))
@_in_folder
def status(directory: Path) -> int:
    """The same answer as `up` while it runs; exit 1 when it does not, or when a part of it has ended."""
    from congvu.sandbox import sandbox_status, what_has_ended, what_is_left

    state = sandbox_status(directory)
    if state is None:
        ended = what_has_ended(directory)
        if ended:
            _answer(what_is_left(directory) | {"ended": ended})
        elif invocation().json:
            emit_json({"dir": str(directory), "supervisor_pid": None, "ended": []})
        tell(_what_is_wrong(directory, ended))
        return EXIT_NOT_RUNNING
    _answer(state)
    return 0


@command(
    "down",
    Text("Dừng các máy chủ; dữ liệu vẫn còn trong thư mục.", "Stop the servers; the data stay in the folder."),
)
@_in_folder
def down(directory: Path) -> None:
    """Stop the supervisor and its servers; nothing else is ended."""
    from congvu.sandbox import sandbox_down

    stopped = bool(sandbox_down(directory))
    tell(
        Text("đã dừng {dir}", "stopped {dir}").format(dir=directory)
        if stopped
        else Text("không có gì đang chạy ở {dir}", "nothing was running in {dir}").format(dir=directory)
    )
    if invocation().json:
        emit_json({"dir": str(directory), "stopped": stopped})


def _what_is_wrong(directory: Path, ended: Sequence[str]) -> Text:
    """Nothing runs, or something has ended and the rest is of no use without it."""
    if not ended:
        return Text("không có tỉnh thử nghiệm nào chạy ở {dir}", "no sandbox runs in {dir}").format(dir=directory)
    return Text(
        "đã dừng hoặc không trả lời: {names}; khởi động lại: congvu sandbox up --dir {dir} (nhật ký: {dir}/log)",
        "ended or does not answer: {names}; start again: congvu sandbox up --dir {dir} (logs: {dir}/log)",
    ).format(names=", ".join(ended), dir=directory)


def _answer(state: Mapping[str, Any]) -> None:
    """The state as one JSON document, or as lines for a person."""
    answer = {key: value for key, value in state.items() if key != "schema_version"}
    if invocation().json:
        emit_json(answer)
        return
    for key, value in _lines(answer, ""):
        click.echo(f"{key:<32} {value}")
    if answer.get("people"):
        _tell_whose_people(answer)
    tell(
        Text("dừng bằng: congvu sandbox down --dir {dir}", "stop: congvu sandbox down --dir {dir}").format(
            dir=answer.get("dir", "")
        )
    )


def _tell_whose_people(answer: Mapping[str, Any]) -> None:
    """Nobody should wonder why a roster that is tried out knows none of the people who are there."""
    tell(
        Text(
            "{count} người có sẵn thuộc nguồn `sandbox`, cấu hình ghi nguồn `hr`: danh sách đem thử không đụng tới họ\n"
            "danh sách của chính họ: CONGVU_ROSTER__SOURCE=sandbox provision --config {config} plan {dir}/roster.csv "
            "--agencies {dir}/agencies.csv",
            "the {count} people belong to the source `sandbox`, the configuration says `hr`: a roster that you try out "
            "does not touch them\n"
            "their own roster: CONGVU_ROSTER__SOURCE=sandbox provision --config {config} plan {dir}/roster.csv "
            "--agencies {dir}/agencies.csv",
        ).format(count=answer["people"], config=answer.get("config", ""), dir=answer.get("dir", ""))
    )


def _lines(node: Any, key: str) -> list[tuple[str, Any]]:
    if isinstance(node, Mapping):
        return [line for name, value in node.items() for line in _lines(value, f"{key}.{name}" if key else name)]
    if isinstance(node, list):
        return [line for number, value in enumerate(node) for line in _lines(value, f"{key}[{number}]")]
    return [(key, node)]


for _command in (up, status, down):
    sandbox.add_command(_command)

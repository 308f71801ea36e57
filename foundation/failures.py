"""How an error is shown to a person: the problems, the sentence, the next step; for our bug, where the traceback is.

Everything goes to stderr; the return value is the same as data, for a JSON answer. Values from files and servers are
cut to a screen's width and stripped of what could steer a terminal. Exit codes are not decided here.
"""

from __future__ import annotations

import errno
import os
import tempfile
import traceback
from collections.abc import Iterable
from typing import Any

import click

from foundation.clock import now
from foundation.errors import CongvuError, Declined, Problem, StorageError
from foundation.language import Text
from foundation.logs import masked, one_line
from foundation.system_errors import reason_of
from foundation.terminal import counted, tell

LONGEST_SHOWN_VALUE = 60
"""Characters of an offending value on a screen of 80 to 120 columns."""

FULL_OR_BROKEN = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
"""What says that the machine is in trouble, not the person who named the place."""

_SEVERITY = {
    "error": Text("lỗi", "error"),
    "question": Text("cần trả lời", "question"),
    "warning": Text("lưu ý", "warning"),
}
_COUNTED = {
    "error": Text("lỗi", "error"),
    "question": Text("câu hỏi cần trả lời", "question"),
    "warning": Text("lưu ý", "warning"),
}
_COLOR = {"error": "red", "question": "yellow", "warning": "cyan"}


def report_expected(error: CongvuError) -> dict[str, Any]:
    """Show an expected error: its problems, the message, the next step."""
    show_problems(error.problems)
    if isinstance(error, Declined):
        tell(error.message)
    else:
        tell(Text("Lỗi: {message}", "Error: {message}").format(message=error.message), "red")
    if error.hint:
        tell(Text("Cách xử lý: {hint}", "Next step: {hint}").format(hint=error.hint))
    return {
        "error": {
            "exit_code": error.exit_code,
            "message": str(error.message),
            "hint": str(error.hint) if error.hint else "",
            **({"candidates": list(error.candidates)} if error.candidates else {}),
        },
        "problems": [problem.as_json() for problem in error.problems],
    }


def show_problems(problems: Iterable[Problem]) -> None:
    """List problems, one after another, each with its place, its value and what to do; then how many there are."""
    counts: dict[str, int] = {}
    for problem in problems:
        counts[problem.severity] = counts.get(problem.severity, 0) + 1
        head = click.style(f"{_SEVERITY[problem.severity]}:", fg=_COLOR[problem.severity])
        click.echo(f"{_place(problem)}{head} {one_line(str(problem.message))}{_value(problem)}", err=True)
        if problem.hint:
            click.echo(f"    → {one_line(str(problem.hint))}", err=True)
    if sum(counts.values()) > 1:
        tell(", ".join(str(counted(count, _COUNTED[severity])) for severity, count in counts.items()))


def as_expected(error: Exception) -> CongvuError | None:
    """The error as one of ours, if it is no bug: our own kinds, and a machine that cannot take what we write."""
    if isinstance(error, CongvuError):
        return error
    if isinstance(error, OSError) and error.errno in FULL_OR_BROKEN:
        return StorageError(
            Text("máy này không ghi được nữa: {reason}{file}", "this machine cannot write: {reason}{file}").format(
                reason=reason_of(error), file=f" ({error.filename})" if error.filename else ""
            ),
            Text("dọn đĩa rồi chạy lại; chạy lại là an toàn", "free some space and run again; running again is safe"),
        )
    return None


def report_bug(error: BaseException, program: str, shown: bool = False) -> dict[str, Any]:
    """Write the traceback to a private file and say in one line where it is."""
    trace = "".join(traceback.format_exception(error))
    summary = one_line(masked(f"{type(error).__name__}: {error}"))[:200]
    try:
        place = _keep(f"{now().isoformat()} {program}\n{trace}", program)
    except OSError:
        place, shown = "-", True
    if shown:
        click.echo(trace, err=True)
    tell(
        Text(
            "Lỗi của chương trình (không phải của bạn): {summary}. Chi tiết: {place}",
            "A bug of ours (not your mistake): {summary}. Details: {place}",
        ).format(summary=summary, place=place),
        "red",
    )
    return {
        "error": {"exit_code": CongvuError.exit_code, "message": summary, "hint": place},
        "problems": [],
    }


def _place(problem: Problem) -> str:
    parts = [part for part in (problem.file, str(problem.row or ""), problem.column) if part]
    return one_line(":".join(parts)) + ": " if parts else ""


def _value(problem: Problem) -> str:
    if not problem.value:
        return ""
    shown = one_line(problem.value)
    return f" ({shown[: LONGEST_SHOWN_VALUE - 1]}…)" if len(shown) > LONGEST_SHOWN_VALUE else f" ({shown})"


def _keep(trace: str, program: str) -> str:
    """mkstemp makes the file readable by its owner alone."""
    handle, path = tempfile.mkstemp(prefix=f"{program}-traceback-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(trace)
    return path

"""Asks the running daemon to do something; mistakes of a form are told even when no daemon runs.

The daemon checks everything and answers all problems at once. Without it, whoever wrote the form still learns what can
be seen in the form alone (exit 65), and only a form that reads well ends with "the daemon does not answer" (69).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from foundation.command_line import invocation, tell
from foundation.errors import CongvuError, InputError, Problem, Unreachable
from foundation.language import Text
from foundation.progress import SECONDS_BETWEEN_LINES, progress
from foundation.terminal import confirm, counted
from meetings.commands import presentation
from meetings.control_orders.nothing_found import NothingFound

PATIENCE_SECONDS: Final = 600
"""A meeting of ten thousand takes some seconds to check and to promise; the directory may be slow besides."""
WARNINGS_SHOWN: Final = 20
"""As `mailrelay send`: a screenful; `--json` has all."""
LINES_SHOWN: Final = 20
"""People, or occurrences, before a question: a screenful too; `--dry-run` has all."""


def ask(verb: str, **fields: Any) -> dict[str, Any]:
    """The daemon's answer. Raises Unreachable, NothingFound, and whatever error the daemon answers with."""
    from foundation.control.client import ask as ask_over
    from meetings.service import SERVICE

    socket = invocation().configuration.meetings.control_socket
    answer = ask_over(SERVICE, socket, verb, timeout_seconds=PATIENCE_SECONDS, **fields)
    if "nothing_found" in answer:
        told = answer["nothing_found"]
        raise NothingFound(Text(*told["message"]), Text(*told["hint"]))
    return answer


def ask_with_form(verb: str, form: Mapping[str, Any], source: str, **fields: Any) -> dict[str, Any]:
    """The same for a verb that takes a form; every problem of the form names the file."""
    try:
        return ask(verb, form=dict(form), source=source, **fields)
    except Unreachable as unreachable:
        _tell_what_the_form_shows(form, source)
        raise unreachable
    except CongvuError as error:
        if not error.problems or not source:
            raise
        raise type(error)(error.message, error.hint, _in_file(error.problems, source)) from None


def agree_on_terminal(verb: str, form: Mapping[str, Any], source: str, **fields: Any) -> None:
    """Somebody at a terminal sees what was understood and who will be mailed, and may still say no; a script has
    decided, and nobody is asked about a change that changes nothing. Raises what `ask_with_form` raises, UsageError
    for a no."""
    if not sys.stdin.isatty():
        return
    with while_it_works(Text("đang kiểm tra", "checking")):
        planned = ask_with_form(verb, form, source, check=True, **fields)
    if planned.get("changed") is False:
        return
    presentation.plan(planned, LINES_SHOWN, err=True)
    tell_warnings(warnings_of(planned, source))
    question = Text("{name}: gửi {count}?", "{name}: send {count}?")
    count = counted(len(planned["mails"]), Text("thư", "mail"))
    confirm(question.format(name=planned["number"] or planned["summary"], count=count), False)


def _tell_what_the_form_shows(form: Mapping[str, Any], source: str) -> None:
    """Raise InputError for what is wrong with the form itself; an unreachable daemon is the smaller news."""
    from meetings.form.reading import read_form

    problems = tuple(read_form(form, source).problems)
    if any(problem.stops for problem in problems):
        told = Text(
            "phiếu họp chưa đúng (và meetings serve chưa chạy)", "the form is wrong (and no meetings serve runs)"
        )
        raise InputError(told, None, _in_file(problems, source))


def _in_file(problems: tuple[Problem, ...], source: str) -> tuple[Problem, ...]:
    return tuple(problem if problem.file else replace(problem, file=source) for problem in problems)


@contextmanager
def while_it_works(what: Text) -> Iterator[None]:
    """Show that the daemon is at work: a moving bar on a terminal, one line a minute elsewhere."""
    ended = threading.Event()

    def keep_saying() -> None:
        while not ended.wait(SECONDS_BETWEEN_LINES):
            advance(0)

    with progress(what) as advance:
        speaker = threading.Thread(target=keep_saying, daemon=True)
        speaker.start()
        try:
            yield
        finally:
            ended.set()
            speaker.join()


def warnings_of(answer: Mapping[str, Any], source: str = "") -> list[Problem]:
    """The warnings of an answer, each in both languages; those about a key name the form `source`."""
    return [
        Problem(
            "warning",
            Text(*fields["message"]),
            file=source if fields["column"] else "",
            column=fields["column"],
            value=fields["value"],
            hint=Text(*fields["hint"]) if fields["hint"] else None,
        )
        for fields in answer.get("warnings", ())
    ]


def edition_json(answer: Mapping[str, Any], warnings: Sequence[Problem], dry_run: bool) -> dict[str, Any]:
    """What `create` and `change` answer with `--json` (docs/answers.md)."""
    kept = ("uid", "number", "sequence", "start", "end", "timezone", "rrule", "occurrences", "join", "mails")
    told = [warning.as_json() for warning in warnings]
    changed = {"changed": answer["changed"]} if "changed" in answer else {}
    return {**{key: answer[key] for key in kept}, **changed, "warnings": told, "dry_run": dry_run}


def tell_warnings(warnings: Sequence[Problem]) -> None:
    """Each on a line of its own with what to do, the rest counted."""
    from foundation.failures import show_problems

    show_problems(warnings[:WARNINGS_SHOWN])
    if len(warnings) > WARNINGS_SHOWN:
        more = Text("… và {count} lưu ý nữa; xem đủ: --json", "… and {count} more notes; all of them: --json")
        tell(more.format(count=len(warnings) - WARNINGS_SHOWN), "yellow")

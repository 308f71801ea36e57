"""What a daemon does with what should not happen: bugs in callbacks are told, and some failures end it at once.

A bug is one line each time, with the whole traceback in a file once. What leaves memory untrue (a failed disk, another
daemon in our place) ends the process without another word to anybody.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from typing import Any

from foundation import logs
from foundation.errors import Busy, CongvuError
from foundation.failures import as_expected, report_bug
from foundation.service import Service

MOST_TRACEBACKS = 20
"""Files of tracebacks from one run."""


class Unexpected:
    """Bugs of ours in callbacks of the loop."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._seen: set[tuple[str, str, int]] = set()

    def handle(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What the loop calls when nobody else catches."""
        error, name = context.get("exception"), self._service.name
        logs.event(logging.ERROR, name, str(context.get("message", "unexpected")), error=repr(error) if error else None)
        place = _place(error) if error is not None else None
        if error is not None and place is not None and place not in self._seen and len(self._seen) < MOST_TRACEBACKS:
            self._seen.add(place)
            report_bug(error, name)


def _place(error: BaseException) -> tuple[str, str, int]:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return type(error).__name__, trace.tb_frame.f_code.co_filename if trace else "", trace.tb_lineno if trace else 0


def die(service: Service, error: Exception) -> None:
    """End the process at once, because nothing that is in memory may be told to anybody as true any more: the disk
    failed, or another daemon has taken the database over."""
    expected = as_expected(error)
    code = expected.exit_code if expected else CongvuError.exit_code
    with suppress(Exception):
        what = "another daemon has the database" if isinstance(error, Busy) else "stopped by a failed disk"
        logs.event(logging.CRITICAL, service.name, what, reason=reasons(expected) if expected else repr(error))
    os._exit(code)


def reasons(error: CongvuError) -> str:
    """An error in English on one line, its problems too."""
    problems = "; ".join(f"{problem.column}: {problem.message.en}" for problem in error.problems)
    return f"{error.message.en}: {problems}" if problems else error.message.en

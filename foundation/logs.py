"""One line per event on stderr: a sentence for people, then key=value pairs for tools; secrets masked.

Under systemd (stderr is the journal's own stream) lines carry a `<N>` priority and no time, because journald adds both
better; elsewhere they begin with an RFC 3339 UTC time. Line breaks and control characters inside values are escaped, so
one event is one line whatever a peer sends. Log text is English. This module does not decide what is worth logging.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

from foundation.clock import now

if TYPE_CHECKING:
    from foundation.errors import CongvuError

_SECRET_NAME = re.compile(r"password|passwd|secret|token|authorization|credential|private_key|totp", re.IGNORECASE)
_SECRET_IN_URL = re.compile(r"(?<=://)([^\s/@:]*):[^\s/@]+@")
_TOKEN_IN_ADDRESS = re.compile(r"(\+[A-Za-z0-9]{4})[A-Za-z0-9]{8,}(?=@)")
"""Twelve letters or more drawn by lot: who may write to such an address speaks for whoever it was given to."""
_PLAIN_VALUE = re.compile(r"[^\s\"=\\]+\Z")
_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
"""syslog(3) severities, as sd-daemon(3) reads them at the start of a line."""


def configure(verbosity: int = 0, stream: TextIO | None = None) -> None:
    """Send our log to stderr (or this stream): warnings, with 1 information too, with 2 everything."""
    target = stream or sys.stderr
    handler = LineHandler(target)
    handler.setFormatter(JournalFormatter() if _is_journal(target) else TerminalFormatter())
    logger = logging.getLogger("congvu")
    logger.handlers[:] = [handler]
    logger.setLevel((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)])
    logger.propagate = False


def event(level: int, area: str, sentence: str, **fields: Any) -> None:
    """Log one event of one area (such as `provision.apply`) with its fields, in the order given."""
    logging.getLogger(f"congvu.{area}").log(level, "%s", sentence, extra={"fields": fields})


def trouble(level: int, area: str, sentence: str, error: CongvuError, **fields: Any) -> None:
    """Log one expected error: why, and the next step for whoever reads the log at night."""
    event(level, area, sentence, **fields, reason=error.message.en, next=error.hint.en if error.hint else None)


def masked(text: str) -> str:
    """The text without passwords inside URLs, and of a token in an address (hop+TOKEN@) no more than its beginning."""
    return _TOKEN_IN_ADDRESS.sub(r"\1…", _SECRET_IN_URL.sub(r"\1:***@", text))


def one_line(text: str) -> str:
    """The text with everything escaped that could break a line or steer a terminal (controls, bidi overrides)."""
    return "".join(character if _harmless(character) else ascii(character)[1:-1] for character in text)


def _harmless(character: str) -> bool:
    return character == " " or character.isprintable()


class LineHandler(logging.StreamHandler[TextIO]):
    """Lines that cannot be written (the disk of the log is full, its reader is gone) are lost, without a traceback."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Anything but the stream's own failure is a bug, which the library tells as usual."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


class TerminalFormatter(logging.Formatter):
    """`2026-11-22T01:02:03Z warning provision.apply: sentence key=value`"""

    def format(self, record: logging.LogRecord) -> str:
        moment = now().strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{moment} {record.levelname.lower()} {_body(record)}"


class JournalFormatter(logging.Formatter):
    """`<4>provision.apply: sentence key=value`"""

    def format(self, record: logging.LogRecord) -> str:
        return f"<{_PRIORITY.get(record.levelno, 6)}>{_body(record)}"


def _body(record: logging.LogRecord) -> str:
    area = record.name.removeprefix("congvu.")
    fields: dict[str, Any] = getattr(record, "fields", {})
    pairs = [f"{name}={_value(name, value)}" for name, value in fields.items() if value is not None]
    failure = [f"error={_value('error', repr(record.exc_info[1]))}"] if record.exc_info else []
    return " ".join([f"{area}: {one_line(masked(record.getMessage()))}", *pairs, *failure])


def _value(name: str, value: Any) -> str:
    if _SECRET_NAME.search(name):
        return "***"
    text = one_line(masked(str(value)))
    return text if _PLAIN_VALUE.match(text) else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_journal(stream: TextIO) -> bool:
    """Whether the stream is the one systemd connected to the journal (systemd.exec(5), $JOURNAL_STREAM)."""
    named = os.environ.get("JOURNAL_STREAM", "")
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return named == f"{status.st_dev}:{status.st_ino}"

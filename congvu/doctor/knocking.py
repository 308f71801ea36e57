"""Knocks at doors of servers as any client would: reads a greeting, says QUIT, asks a health page; changes nothing."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from pathlib import Path
from typing import Any, Final

from congvu.doctor.findings import Finding, Subject
from foundation.language import Text
from foundation.system_errors import reason_of

ANSWER_SECONDS: Final = 5
_GREETING_BYTES: Final = 512
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to knock, not where to listen


def door_of(host: str) -> str:
    """Where to knock at a server that listens on this host."""
    return _ANYWHERE.get(host, host)


def running(subject: Subject, control: Path, health: tuple[str, int], start: Text, log: Text) -> Finding:
    """Whether a daemon of ours answers at its control socket and calls itself ready at `health` (host, port; port 0:
    it has no health page). `start` and `log` are the next steps."""
    if not _somebody_listens(control):
        silent = Text("không chạy: không ai trả lời ở {path}", "not running: nobody answers at {path}")
        return subject.failed(silent.format(path=control), start)
    host, port = health
    if not port:
        return subject.ok(Text("đang chạy; metrics_listen tắt", "running; metrics_listen is off"))
    ready = _readiness(host, port)
    if ready is None:
        return subject.warning(
            Text("đang chạy nhưng trang sức khỏe không trả lời", "running, but its health page does not answer"), log
        )
    if wrong := _what_is_wrong(ready):
        return subject.failed(Text(wrong, wrong), log)
    return subject.ok(Text("đang chạy, sẵn sàng", "running, ready"))


def greets(subject: Subject, words: str | Text, log: Text) -> Finding:
    """Whether what a server of ours said is a greeting."""
    return subject.ok(Text("trả lời", "answers")) if welcomes(words) else subject.failed(no_welcome(words), log)


def first_words(host: str, port: int, encrypted: bool = False, unix: bool = False) -> str | Text:
    """The greeting of a server, or as a Text why there is none; says QUIT afterwards."""
    try:
        with _connected(host, port, unix) as plain, _wrapped(plain, encrypted) as connection:
            words = connection.recv(_GREETING_BYTES).decode("ascii", "replace").strip()
            with contextlib.suppress(OSError):
                connection.sendall(b"QUIT\r\n")
            return words
    except OSError as error:
        return reason_of(error)


def welcomes(words: str | Text) -> bool:
    """Whether a greeting is one."""
    return isinstance(words, str) and words.startswith("220")


def no_welcome(words: str | Text) -> Text:
    """A server that says no (421: too many connections) is another matter than one that says nothing."""
    if isinstance(words, str) and words:
        return Text("trả lời nhưng không nhận: {words}", "answers, and takes nothing: {words}").format(words=words)
    return Text("không trả lời: {words}", "does not answer: {words}").format(words=words or "?")


def _somebody_listens(path: Path) -> bool:
    """Whether a daemon has this socket open, perhaps not to us."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_SECONDS)
            connection.connect(str(path))
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _readiness(host: str, port: int) -> dict[str, Any] | None:
    """What the health page of a daemon says; None when it does not answer."""
    connection = http.client.HTTPConnection(door_of(host), port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/readyz")
        found = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return found if isinstance(found, dict) else None


def _what_is_wrong(ready: dict[str, Any]) -> str:
    """What a health page complains of, in its own words; empty when all is well."""
    return "; ".join(f"{name}: {check['detail']}" for name, check in ready.get("checks", {}).items() if not check["ok"])


def _connected(host: str, port: int, unix: bool) -> socket.socket:
    if not unix:
        return socket.create_connection((host, port), ANSWER_SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(ANSWER_SECONDS)
        connection.connect(host)
    except OSError:
        connection.close()
        raise
    return connection


def _wrapped(plain: socket.socket, encrypted: bool) -> socket.socket:
    """With TLS and without a look at the certificate: `relay.certificate` looks at that, and we know whom we call."""
    if not encrypted:
        return plain
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain)

r"""SMTP conversations as text files: reads them, and plays them against a server.

    # a comment; the first one says what the dialogue shows
    listener: submission     where to connect: relay (default), submission, submissions, reinjection
    kept: 1                  how many messages the server has accepted when the dialogue is over
    S: 220 relay.tinh.test *     a line of a reply, `*` stands for anything; lines of one reply follow each other
    S: 250                       a code alone: one whole reply with this code, however many lines
    C: EHLO may.bo.test          a line of the client; CR LF is added. Lines in a row leave in one packet.
    R: .\r\n                     raw bytes of the client, with \r \n \0 \t \\ \xHH; nothing is added
    TLS                          the client shakes hands (after the reply to STARTTLS)
    HALF-CLOSE                   the client sends nothing more
    CLOSED                       the server has closed and said nothing more

A line of a dialogue that belongs to neither is an error of the dialogue.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

_ESCAPE = re.compile(rb"\\(?:([rn0t\\])|x([0-9A-Fa-f]{2}))")
_ESCAPED = {b"r": b"\r", b"n": b"\n", b"0": b"\0", b"t": b"\t", b"\\": b"\\"}
_SETTING = re.compile(r"(listener|kept): (\S+)")


class Talker(Protocol):
    """The client's end of the connection (`reception_stage.Client`)."""

    def send(self, data: bytes) -> None: ...

    def line(self) -> str: ...

    def reply(self) -> str: ...

    def shake_hands(self, context: ssl.SSLContext) -> None: ...

    def half_close(self) -> None: ...

    def expect_end(self) -> None: ...


@dataclass
class Dialogue:
    """One file: what it shows, where to connect, how many messages are kept; turns are (line number, verb, rest)."""

    name: str
    title: str
    listener: str = "relay"
    kept: int = 0
    turns: list[tuple[int, str, str]] = field(default_factory=list)


def read_dialogue(path: Path) -> Dialogue:
    """Parse a file; says file and line of what is no turn."""
    dialogue = Dialogue(path.stem, "")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        setting = _SETTING.fullmatch(line)
        if line.startswith("#"):
            dialogue.title = dialogue.title or line[1:].strip()
        elif setting and setting[1] == "listener":
            dialogue.listener = setting[2]
        elif setting:
            dialogue.kept = int(setting[2])
        elif line[:3] in ("C: ", "S: ", "R: "):
            dialogue.turns.append((number, line[0], line[3:]))
        elif line in ("C:", "S:"):
            dialogue.turns.append((number, line[0], ""))
        elif line in ("TLS", "HALF-CLOSE", "CLOSED"):
            dialogue.turns.append((number, line, ""))
        elif line.strip():
            raise ValueError(f"{path}:{number}: not a line of a dialogue: {line!r}")
    return dialogue


def play(dialogue: Dialogue, talker: Talker, context: Callable[[], ssl.SSLContext]) -> None:
    """Say the client's lines and compare the server's. AssertionError names the line."""
    packet = b""
    for number, verb, rest in dialogue.turns:
        if verb == "C":
            packet += rest.encode() + b"\r\n"
            continue
        if verb == "R":
            packet += _ESCAPE.sub(_unescaped, rest.encode())
            continue
        if packet:
            talker.send(packet)
            packet = b""
        where = f"{dialogue.name}.smtp:{number}"
        if verb == "S":
            _compare(where, rest, talker)
        elif verb == "TLS":
            talker.shake_hands(context())
        elif verb == "HALF-CLOSE":
            talker.half_close()
        else:
            talker.expect_end()
    if packet:
        talker.send(packet)


def _compare(where: str, wanted: str, talker: Talker) -> None:
    try:
        found = talker.reply() if wanted.isdigit() else talker.line()
    except (EOFError, TimeoutError, ConnectionError) as error:
        raise AssertionError(f"{where}: wanted {wanted!r}, but: {error!r}") from error
    pattern = re.escape(wanted).replace(r"\*", ".*")
    matches = found.startswith(wanted) if wanted.isdigit() else re.fullmatch(pattern, found)
    assert matches, f"{where}: wanted {wanted!r}, got {found!r}"


def _unescaped(match: re.Match[bytes]) -> bytes:
    return _ESCAPED[match[1]] if match[1] else bytes.fromhex(match[2].decode())

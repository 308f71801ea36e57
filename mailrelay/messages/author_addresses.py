"""Finds the addresses in a From or Sender field (RFC 5322 3.4), and rather one too many than one too few.

Display names, quoted strings with commas and @ inside, comments, groups and the obsolete spaces are understood. When a
field breaks the grammar, everything in it that looks like an address counts as well, because a mail client that guesses
could show it. It never raises and takes time in proportion to the field.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

from mailrelay.messages.encoded_words import decode_words

_SIMPLE: Final = re.compile(
    rb'(?:(?:[^\x00-\x1f"(),:;<>@\[\]\\\x7f]*|"[^\x00-\x1f"\\\x7f]*"[ \t]*)<)?'
    rb"([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+)(>?)"
)
"""What nearly every From looks like: `name@domain`, `Name <name@domain>` or `"Name" <name@domain>` on one line."""

_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[()<>,:;]|[^"\\()<>,:;]+|.', re.DOTALL)
_DOMAIN: Final = r'(?:\[[^\s<>()\[\]\\]*\]|[^\s"<>(),;:@\[\]\\]+)'
_NOT_LOOSE: Final = r'\s<>(),;:"\[\]@'
_LENIENT: Final = re.compile(rf"(?<![^{_NOT_LOOSE}])([^{_NOT_LOOSE}]+)@(?=({_DOMAIN}))")
"""It begins only where a word begins: else a long word without @ would be tried from each of its letters."""
_SHAPE: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^\s"<>(),;:@\\]+)@' + _DOMAIN, re.DOTALL)
_WHITE: Final = b" \t"
_SPACES: Final = re.compile(r"\s+")


def addresses_in(value: bytes) -> tuple[str, ...]:
    """Every address of the field's value (without its name and colon), in order, NFC, without angle brackets."""
    simple = _SIMPLE.fullmatch(value.strip(_WHITE))
    if simple and (b"<" in value) == (simple[2] == b">"):
        return (simple[1].decode("ascii"),)
    text = _printable(value.decode("utf-8", "replace"))
    found, sound = _parse(text)
    if not found and "=?" in text:
        text = _printable(decode_words(text))
        found, sound = _parse(text)
    if not sound:
        found += [f"{local}@{domain}" for local, domain in _LENIENT.findall(text)]
    return tuple(dict.fromkeys(found))


def _parse(text: str) -> tuple[list[str], bool]:
    """The addresses, and whether the field kept to the grammar."""
    found: list[str] = []
    state = _Mailbox(found)
    depth = 0
    for piece in _PIECE.findall(text):
        if piece == "(":
            depth += 1
        elif piece == ")" and depth:
            depth -= 1
        elif not depth:
            state.take(piece)
    state.end()
    return found, state.sound and depth == 0


class _Mailbox:
    """One mailbox of the list as its pieces come: words before `<` are a name, inside they are the address."""

    __slots__ = ("angle", "found", "sound", "words")

    def __init__(self, found: list[str]) -> None:
        self.found = found
        self.sound = True
        self.words: list[str] = []
        self.angle: list[str] | None = None

    def take(self, piece: str) -> None:
        if piece == "<":
            name = self.words if self.angle is None else self.angle
            self.sound = self.sound and self.angle is None and not any("@" in word and word[0] != '"' for word in name)
            self.angle = []
        elif piece == ">":
            self._close()
        elif piece == ":" and self.angle is not None:
            self.angle = []  # behind an obsolete source route: <@a,@b:name@domain>
        elif piece == "," and self.angle and self.angle[0].lstrip().startswith("@"):
            self.angle.append(piece)
        elif piece == ":":
            self.words = []  # the name of a group
        elif piece in (",", ";"):
            self.end()
        elif piece in (")", "\\", '"'):
            self.sound = False
        else:
            (self.words if self.angle is None else self.angle).append(piece)

    def _close(self) -> None:
        if self.angle is None:
            self.sound = False
            return
        self._add("".join(self.angle))
        self.angle, self.words = None, ["\0"]  # what follows until the comma belongs to nobody

    def end(self) -> None:
        """The mailbox is over, by a comma, a semicolon or the end of the field."""
        if self.angle is not None:
            self.sound = False
            self._add("".join(self.angle))
        elif self.words[:1] == ["\0"]:
            self.sound = self.sound and not "".join(self.words[1:]).strip()
        elif text := "".join(self.words).strip():
            self._add(text)
        self.words, self.angle = [], None

    def _add(self, text: str) -> None:
        address = _without_spaces(text)
        if _SHAPE.fullmatch(address):
            self.found.append(address)
        elif address:
            self.sound = False


def _without_spaces(text: str) -> str:
    """RFC 5322 4.4 allows spaces around the parts of an address; inside quotes they belong to it."""
    text = text.strip()
    if text.startswith('"'):
        local, quote, rest = text.rpartition('"')
        return local.replace("\r\n", "") + quote + _SPACES.sub("", rest)
    return _SPACES.sub("", text) if " @" in text or "@ " in text else text


def _printable(text: str) -> str:
    """NFC without the controls and invisible letters in which an address could hide."""
    composed = normalize("NFC", text)
    if composed.isprintable():
        return composed
    return "".join(letter for letter in composed if letter.isprintable() or letter.isspace())

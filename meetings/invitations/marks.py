"""Places for personal values in a text that is rendered once and filled for each of thousands.

A template prints a mark where the value of a person will stand. Because a single letter goes the same way as ten
thousand, both have the same bytes. A template may print a mark or test whether there is one, nothing else: a mark that
a filter changed is an error of the template, found when it is rendered. The marks are letters of the private use area,
which are taken out of every value, so that no text of a person or an office can pretend to be one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from foundation.errors import ConfigError
from foundation.language import Text

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK: Final = re.compile(f"{_OPEN}([a-z_]+){_CLOSE}")
_STRAY: Final = re.compile(f"[{_OPEN}{_CLOSE}]")
_NOT_TEXT: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u2028\u2029\ufeff\ud800-\udfff\ue000\ue001]"
)
"""Controls, separators that only some programs take for line ends, halves of letters, and our marks."""


def mark(name: str) -> str:
    """The mark of a value."""
    return f"{_OPEN}{name}{_CLOSE}"


def clean(text: str) -> str:
    """The text with line feeds for all line ends, and without controls and marks."""
    if text.isprintable():
        return text
    return _NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\t", " "))


def clean_line(text: str) -> str:
    """The same on one line: runs of white space are one space."""
    return " ".join(clean(text).split())


class Marked:
    """A text cut at its marks: `literals` has one more than `names`, and they alternate, literal first."""

    def __init__(self, source: str, text: str, allowed: Collection[str]) -> None:
        """`source` is the template to blame. Raises ConfigError for marks that were changed or are not `allowed`."""
        parts = _MARK.split(text)
        self.literals: tuple[str, ...] = tuple(parts[::2])
        self.names: tuple[str, ...] = tuple(parts[1::2])
        unknown = [name for name in self.names if name not in allowed]
        if unknown or any(_STRAY.search(literal) for literal in self.literals):
            raise _altered(source)

    def filled(self, values: Mapping[str, Any]) -> str:
        """The text with every mark replaced."""
        pieces = [self.literals[0]]
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            pieces += (values[name], literal)
        return "".join(pieces)


def _altered(source: str) -> ConfigError:
    return ConfigError(
        Text(
            "mẫu {source} biến đổi một giá trị riêng của từng người",
            "the template {source} changes a value that is personal",
        ).format(source=source),
        Text(
            "chỉ in nguyên giá trị (recipient.* và các liên kết cá nhân) hoặc thử xem có hay không",
            "only print the value (recipient.* and the personal links) or test whether it is there",
        ),
    )

"""Where each value of the configuration came from: a line of the file, a variable, a rule or the default.

Lines are found by a plain scan for `[section]` and `key =`, good enough for the way people write TOML; a key the scan
cannot place (an exotic spelling) is reported without its line. Nothing is validated here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

OriginKind = Literal["file", "environment", "derived", "default"]

_HEADER = re.compile(r"\s*\[\s*([A-Za-z0-9_.\s-]+?)\s*\]\s*(#.*)?\Z")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of one value; `detail` is the file and line, the variable, or the key it was derived from."""

    kind: OriginKind
    detail: str = ""
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else self.kind


def key_lines(text: str) -> dict[str, int]:
    """The 1-based line of every `section.key` of a TOML text, and of every `section`."""
    lines: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            section = ".".join(part.strip() for part in header[1].split("."))
            lines.setdefault(section, number)
        elif key := _KEY.match(line):
            name = ".".join(part.strip().strip("\"'") for part in key[1].split("."))
            lines.setdefault(f"{section}.{name}" if section else name, number)
    return lines


def line_of(lines: dict[str, int], dotted: str) -> int | None:
    """The line of a key, or of the nearest table around it."""
    while dotted:
        if dotted in lines:
            return lines[dotted]
        dotted = dotted.rpartition(".")[0]
    return None

"""Reads an iTIP object as strictly as the grammar allows (RFC 5545 3.1 and 3.4), to judge our own writing.

It shares nothing with the library that wrote the bytes, so a fault of one is not forgiven by the other. What strangers
send is never read here: `meetings/replies` is lenient, this is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

LINE_OCTETS: Final = 75
LARGEST_BYTES: Final = 1_000_000
"""What receivers take, ours among them (meetings/replies); an invitation of ours has some kilobytes."""
DEEPEST: Final = 3
"""VCALENDAR, VEVENT, VALARM."""

_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BARE_BREAK: Final = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_SPLIT_LETTER: Final = re.compile(rb"\r\n [\x80-\xbf]")
_VALUE: Final = r'(?:"[^"]*"|[^";:,]*)'
_LINE: Final = re.compile(rf"([A-Z0-9-]+)((?:;[A-Z0-9-]+={_VALUE}(?:,{_VALUE})*)*):(.*)", re.DOTALL)
_PARAMETER: Final = re.compile(rf";([A-Z0-9-]+)=({_VALUE}(?:,{_VALUE})*)")
_ONE_VALUE: Final = re.compile(_VALUE)


@dataclass(frozen=True, slots=True)
class Line:
    """One unfolded content line. `parameters` in their order, values without quotes; `value` as it is written."""

    name: str
    parameters: dict[str, tuple[str, ...]]
    value: str

    def parameter(self, name: str) -> str:
        """The only value of a parameter; empty when it is missing."""
        return self.parameters.get(name, ("",))[0]


@dataclass(slots=True)
class Component:
    """One component with its lines by name, in their order, and the components within it."""

    name: str
    lines: dict[str, list[Line]] = field(default_factory=dict)
    components: list[Component] = field(default_factory=list)

    def first(self, name: str) -> Line | None:
        """The first line of this name."""
        found = self.lines.get(name)
        return found[0] if found else None

    def value(self, name: str) -> str:
        """The value of the first line of this name; empty when there is none."""
        line = self.first(name)
        return line.value if line else ""

    def named(self, name: str) -> list[Component]:
        """The components of this name within it."""
        return [component for component in self.components if component.name == name]


def read_object(data: bytes) -> tuple[Component | None, list[str]]:
    """The one VCALENDAR of these bytes and everything wrong with their form; None when they are no tree at all."""
    wrong = list(_wrong_bytes(data))
    if wrong:
        return None, wrong
    lines: list[Line] = []
    for number, text in enumerate(data.replace(b"\r\n ", b"").decode().split("\r\n")[:-1], 1):
        line = _read_line(text)
        if isinstance(line, str):
            wrong.append(f"content line {number}: {line}")
        else:
            lines.append(line)
    root = None if wrong else _tree(lines, wrong)
    return root, wrong


def _wrong_bytes(data: bytes) -> list[str]:
    """Faults below the level of content lines."""
    if len(data) > LARGEST_BYTES:
        return [f"larger than {LARGEST_BYTES} bytes"]
    wrong = []
    try:
        data.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        wrong.append(f"not UTF-8 at byte {error.start}")
    if _BARE_BREAK.search(data):
        wrong.append("a line break is not CRLF (RFC 5545 3.1)")
    if _CONTROLS.search(data):
        wrong.append("a control character (RFC 5545 3.1)")
    if not data.endswith(b"\r\n") or b"\r\n\r\n" in data or data.startswith(b"\r\n"):
        wrong.append("an empty line, or no CRLF at the end")
    if any(len(line) > LINE_OCTETS for line in data.split(b"\r\n")):
        wrong.append(f"a line is longer than {LINE_OCTETS} octets (RFC 5545 3.1)")
    if _SPLIT_LETTER.search(data):
        wrong.append("a line is folded inside a UTF-8 sequence (RFC 5545 3.1)")
    return wrong


def _read_line(text: str) -> Line | str:
    """The line, or what is wrong with it."""
    found = _LINE.fullmatch(text)
    if not found:
        return "not a content line (RFC 5545 3.1)"
    parameters: dict[str, tuple[str, ...]] = {}
    for name, written in _PARAMETER.findall(found[2]):
        if name in parameters:
            return f"{found[1]} has the parameter {name} twice"
        parameters[name] = (
            tuple(value.strip('"') for value in _ONE_VALUE.findall(written) if value)
            if "," in written
            else (written.strip('"'),)
        )
    return Line(found[1], parameters, found[3])


def _tree(lines: list[Line], wrong: list[str]) -> Component | None:
    """The components as they nest; faults go to `wrong`."""
    root: Component | None = None
    open_components: list[Component] = []
    for line in lines:
        if line.name == "BEGIN":
            component = Component(line.value)
            if not open_components and (root is not None or line.value != "VCALENDAR"):
                wrong.append("more than one VCALENDAR, or something else at the top")
                return None
            if len(open_components) >= DEEPEST:
                wrong.append("components nest too deeply")
                return None
            if open_components:
                open_components[-1].components.append(component)
            else:
                root = component
            open_components.append(component)
        elif not open_components:
            wrong.append(f"{line.name} stands outside the VCALENDAR")
            return None
        elif line.name == "END":
            if open_components.pop().name != line.value:
                wrong.append(f"END:{line.value} ends another component")
                return None
        else:
            open_components[-1].lines.setdefault(line.name, []).append(line)
    if open_components or root is None:
        wrong.append("a component has no END")
        return None
    return root

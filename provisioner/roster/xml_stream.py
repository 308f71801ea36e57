"""Streams XML from parts of a workbook, refusing what a workbook never has: document types, entities, deep nesting.

A thin wrapper over expat with those limits, in place of a tree that would hold the whole part in memory. Namespaces
are dropped: `x:row` and `row` are one name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NoReturn
from xml.parsers import expat  # the parser under defusedxml; its dangerous features are refused below

_DEEPEST: Final = 256
"""Nesting of elements: OpenDocument cells nest about ten deep, LibreOffice itself stops parsing at 256."""

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


class BadXml(ValueError):
    """The part is not well-formed XML, or holds what no workbook has."""


def parse_xml(chunks: Iterable[bytes], start: Start, end: End, text: Text) -> None:
    """Call `start`, `end` and `text` for the elements of a document given in chunks. Raises BadXml."""
    parser = expat.ParserCreate()
    depth = 0

    def refuse(*_: object) -> NoReturn:
        raise BadXml("document type or entity declaration")

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise BadXml("nested too deeply")
        start(name.rpartition(":")[2], attributes)

    def finish(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name.rpartition(":")[2])

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler = begin
    parser.EndElementHandler = finish
    parser.CharacterDataHandler = text
    parser.buffer_text = True
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise BadXml(str(error)) from None


def attribute(attributes: dict[str, str], name: str) -> str:
    """An attribute whatever its prefix, "" when absent."""
    found = attributes.get(name)
    if found is None:
        found = next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), "")
    return found

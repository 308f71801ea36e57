"""How an edition and a guest stand in a column: JSON without what is empty, and back. Pure.

`read_meeting(meeting_text(meeting)) == meeting` for every meeting (a property test). Instants are RFC 3339 with offset;
the timezone of the meeting gives them their zone again. Keys are the names of the fields: a field that a later program
no longer knows is dropped in reading, one that it has in addition takes its default.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from meetings.meeting import Contact, Guest, Meeting, Paper, Place

T = TypeVar("T")

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_INSTANTS = ("start", "end", "answer_by")


def storable(text: str) -> str:
    """The text without what a database or canonical JSON refuses: NUL and lone surrogates."""
    if text.isascii():
        return text if "\0" not in text else text.replace("\0", "\ufffd")
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def meeting_text(meeting: Meeting) -> str:
    kept = _kept(meeting)
    for name in _INSTANTS:
        if name in kept:
            kept[name] = kept[name].isoformat()
    if meeting.places:
        kept["places"] = [_kept(place) for place in meeting.places]
    if meeting.papers:
        kept["papers"] = [_kept(paper) for paper in meeting.papers]
    if "contact" in kept:
        kept["contact"] = _kept(meeting.contact)
    return json_text(kept)


def read_meeting(text: str) -> Meeting:
    given = json.loads(text)
    zone = ZoneInfo(given.get("timezone", "Asia/Ho_Chi_Minh"))
    for name in _INSTANTS:
        if name in given:
            given[name] = datetime.fromisoformat(given[name]).astimezone(zone)
    given["places"] = tuple(_made(Place, place) for place in given.get("places", ()))
    given["papers"] = tuple(_made(Paper, paper) for paper in given.get("papers", ()))
    given["contact"] = _made(Contact, given.get("contact", {}))
    return _made(Meeting, given)


def guest_text(guest: Guest) -> str:
    return json_text(_kept(guest))


def read_guest(text: str) -> Guest:
    return _made(Guest, json.loads(text))


def texts_text(texts: Sequence[str]) -> str:
    """A list of texts; the empty one is the usual one."""
    return json_text(list(texts)) if texts else "[]"


def read_texts(text: str) -> tuple[str, ...]:
    return () if text == "[]" else tuple(json.loads(text))


def json_text(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return storable(_encode(value))


def _kept(value: Any) -> dict[str, Any]:
    """The fields of a dataclass that differ from their defaults."""
    found = ((field.name, getattr(value, field.name), field.default) for field in fields(value))
    return {name: own for name, own, default in found if default is MISSING or own != default}


def _made(kind: type[T], given: Mapping[str, Any]) -> T:
    known = _names(cast(Hashable, kind))
    return kind(**{name: _frozen(value) for name, value in given.items() if name in known})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@lru_cache(maxsize=16)
def _names(kind: Any) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))

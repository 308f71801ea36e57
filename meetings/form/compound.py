"""Values of the form that have parts: places, papers and the contact, each as one string or as a table.

    "Hội trường;for=sxd,stc;url=https://..."   {name = "Hội trường", for = ["sxd", "stc"], url = "https://..."}
    "Báo cáo=https://..."                      {title = "Báo cáo", url = "https://..."}
    "Trần Thị B; 0255 3822 000; b@tinh.test"   {name = "Trần Thị B", telephone = "...", address = "..."}

Parts that are no strings, unknown parts and values that cannot be used are problems with the place of the part.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from foundation.addresses import normalise
from foundation.errors import InputError
from foundation.language import Text
from meetings.form.endpoints import h323_address, https_url, pin, sip_address, telephone_number
from meetings.form.texts import Reporter, line
from meetings.meeting import Contact, Paper, Place

MOST_PLACES: Final = 500
"""More communes than any province has after 2025 (Hà Nội 126, Hồ Chí Minh City 168), with room for halls."""
MOST_PAPERS: Final = 100

MOST_NAMES: Final = 10_000
"""As many as a meeting may have attendees ([meetings.limits])."""

_Part = TypeVar("_Part", Place, Paper)
_PLACE_KEYS: Final = ("name", "for", "url", "sip", "h323", "telephone", "pin")
_SYNONYMS: Final = {"groups": "for", "tel": "telephone", "phone": "telephone", "email": "address", "mail": "address"}


def places(value: object, report: Reporter) -> tuple[Place, ...]:
    """All places in their order."""
    return tuple(_each(value, "places", MOST_PLACES, report, _place))


def papers(value: object, report: Reporter) -> tuple[Paper, ...]:
    """All papers in their order."""
    return tuple(_each(value, "papers", MOST_PAPERS, report, _paper))


def contact(value: object, report: Reporter) -> Contact:
    """Whom to ask."""
    if isinstance(value, str):
        value = _contact_parts(line(value, "contact", "content", report), report)
    found = _table(value, "contact", ("name", "telephone", "address"), report)
    return Contact(
        line(found.get("name", ""), "contact.name", "contact", report),
        line(found.get("telephone", ""), "contact.telephone", "telephone", report),
        address(found.get("address", ""), "contact.address", report),
    )


def address(value: object, column: str, report: Reporter) -> str:
    """One mail address in its normal spelling; `<...>` around it is taken away."""
    text = line(value, column, "address", report)
    text = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    if not text:
        return ""
    try:
        return normalise(text)
    except InputError as error:
        report.error(column, error.message, text, error.hint)
        return ""


def names(value: object, column: str, report: Reporter) -> tuple[str, ...]:
    """A list of people, offices, lists or agencies as written; one string is a list of one."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, Sequence) or isinstance(listed, str | bytes):
        report.error(column, Text("phải là danh sách [ ... ]", "must be a list [ ... ]"))
        return ()
    if len(listed) > MOST_NAMES:
        report.error(column, Text("quá {most} tên", "more than {most} names").format(most=MOST_NAMES))
        return ()
    found = [line(each, column, "person", report) for each in listed]
    return tuple(each for each in found if each)


def _place(value: object, column: str, report: Reporter) -> Place | None:
    if isinstance(value, str):
        value = _place_parts(value)
    found = _table(value, column, _PLACE_KEYS, report)
    name = line(found.get("name", ""), f"{column}.name", "place", report)
    if not name and found:
        report.error(f"{column}.name", Text("địa điểm phải có tên", "a place needs a name"))
    return Place(
        name,
        _groups(found.get("for", ()), f"{column}.for", report),
        https_url(found.get("url", ""), f"{column}.url", report),
        sip_address(found.get("sip", ""), f"{column}.sip", report),
        h323_address(found.get("h323", ""), f"{column}.h323", report),
        telephone_number(found.get("telephone", ""), f"{column}.telephone", report),
        pin(found.get("pin", ""), f"{column}.pin", report),
    )


def _paper(value: object, column: str, report: Reporter) -> Paper | None:
    if isinstance(value, str):
        title, _, address_part = value.partition("=http") if "=http" in value else ("", "", value)
        value = {"title": title.strip(), "url": f"http{address_part}".strip() if title else value.strip()}
    found = _table(value, column, ("title", "url"), report)
    if not found:
        return None
    url = https_url(found.get("url", ""), f"{column}.url", report)
    if not found.get("url"):
        report.error(f"{column}.url", Text("tài liệu phải có địa chỉ https", "a paper needs an https address"))
    title = line(found.get("title", ""), f"{column}.title", "title", report)
    return Paper(title or url.rstrip("/").rpartition("/")[2] or url, url)


def _groups(value: object, column: str, report: Reporter) -> tuple[str, ...]:
    listed = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not isinstance(listed, Sequence):
        report.error(column, Text("phải là danh sách [ ... ]", "must be a list [ ... ]"))
        return ()
    found = (line(each, column, "group", report) for each in listed)
    return tuple(dict.fromkeys(each for each in found if each))


def _place_parts(text: str) -> Mapping[str, object]:
    """The parts of a place between semicolons; what has no key of ours belongs to the part before it
    (`sip:room@mcu;transport=tls`)."""
    name, *pieces = text.split(";")
    parts: dict[str, object] = {"name": name.strip()}
    last = ""
    for piece in pieces:
        key, _, value = piece.partition("=")
        key = _SYNONYMS.get(key.strip().lower(), key.strip().lower())
        if key in _PLACE_KEYS and key != "name":
            parts[key] = value.strip()
            last = key
        elif last and last != "for" and piece.strip():
            parts[last] = f"{parts[last]};{piece.strip()}"
        elif piece.strip():
            parts[piece.partition("=")[0].strip() or piece.strip()] = value.strip()
    return parts


def _contact_parts(text: str, report: Reporter) -> Mapping[str, object]:
    """Name, telephone and address between semicolons or commas: an address has an @, a telephone is all digits. Words
    of the name stand together."""
    parts: dict[str, str] = {}
    for piece in re.split(r"[;,]", text):
        piece = piece.strip()
        inside = re.fullmatch(r"(.*?)\s*<([^<>\s]+@[^<>\s]+)>", piece)
        if inside:
            parts["address"] = inside[2]
            piece = inside[1]
        if "@" in piece:
            parts["address"] = piece
        elif re.fullmatch(r"(?i)(?:(?:điện thoại|đt|tel)\s*[.:]?\s*)?\+?[0-9(][0-9 ().\-/]{4,}", piece):
            parts["telephone"] = re.sub(r"^[^0-9+(]+", "", piece)
        elif piece and not inside and "name" in parts and parts.keys() & {"telephone", "address"}:
            message = Text("không phải số điện thoại, cũng không phải địa chỉ thư", "is neither telephone nor address")
            hint = Text("viết: TÊN; ĐIỆN_THOẠI; ĐỊA_CHỈ_THƯ", "write: NAME; TELEPHONE; ADDRESS")
            report.error("contact", message, piece, hint)
        elif piece:
            parts["name"] = ", ".join(filter(None, (parts.get("name", ""), piece)))
    return dict(parts)


def _table(value: object, column: str, keys: tuple[str, ...], report: Reporter) -> Mapping[str, object]:
    """The table with our keys; a key that is none of ours is a problem."""
    if not isinstance(value, Mapping):
        report.error(column, Text("phải là chuỗi hoặc bảng {{ ... }}", "must be a text or a table {{ ... }}").format())
        return {}
    found: dict[str, object] = {}
    for key, held in value.items():
        known = _SYNONYMS.get(str(key), str(key))
        if known in keys:
            found[known] = held
        else:
            report.error(f"{column}.{key}", *unknown_key(str(key), keys))
    return found


def unknown_key(key: str, keys: Iterable[str]) -> tuple[Text, str, Text]:
    """(message, value, hint) for a key that nobody knows; the hint names the nearest."""
    nearest = difflib.get_close_matches(key.lower().replace("-", "_"), list(keys), n=1, cutoff=0.5)
    hint = (
        Text("có phải là: {name}?", "did you mean: {name}?").format(name=nearest[0])
        if nearest
        else Text("các khóa có: {names}", "the keys there are: {names}").format(names=", ".join(keys))
    )
    return Text("không có khóa này", "there is no such key"), "", hint


def _each(
    value: object, column: str, most: int, report: Reporter, read: Callable[[object, str, Reporter], _Part | None]
) -> Iterator[_Part]:
    listed = [value] if isinstance(value, str | Mapping) else value
    if not isinstance(listed, Sequence):
        report.error(column, Text("phải là danh sách [ ... ]", "must be a list [ ... ]"))
        return
    if len(listed) > most:
        report.error(column, Text("quá {most} mục", "more than {most} items").format(most=most))
        return
    for index, each in enumerate(listed, 1):
        part = read(each, f"{column}[{index}]", report)
        if part is not None:
            yield part

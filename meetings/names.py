"""What a name in a form may be: a mail address, with or without a name before it, a short word, a full name. Pure.

    an.sxd@tinh.test    "Trần Văn An <an@ngoai.test>"    sxd    agency:sxd    lanhdao    CB000123    Trần Văn An

A short word is the code of an agency, else the name of a list or an office without its domain, else an employee id.

Whoever reads names reads them here, so that the form, the people and the places mean the same. Who that is, the
directory knows (`meetings.people`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from foundation.addresses import normalise
from foundation.errors import InputError, Problem
from foundation.language import Text
from foundation.vietnamese import equality_key, nfc

_DISPLAY_NAME: Final = re.compile(r'(?P<name>(?:"(?:[^"\\]|\\.)*"|[^"<>])*)<(?P<address>[^<>]*)>')
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED: Final = re.compile(r"\\(.)")
_AGENCY_MARK: Final = re.compile(r"\Aagency\s*:\s*", re.IGNORECASE)
_CODE: Final = re.compile(r"[^\s@<>:,;]{1,64}")
_FULL_NAME: Final = re.compile(r"[^\W\d_][^@<>:,;\"]{0,98}")
_HINT: Final = Text(
    "viết địa chỉ thư, danh sách, mã đơn vị, mã cán bộ hoặc họ tên đầy đủ: an.sxd@tinh.test, lanhdao, sxd",
    "write a mail address, a list, the code of an agency, an employee id or a full name: an@tinh.test, lanhdao, sxd",
)


_WITH_NAME: Final = Text(
    "viết: Tên <an@noikhac.example>; mỗi dấu nháy kép trong tên phải có đôi",
    "write: Name <an@elsewhere.example>; each double quote in the name needs its pair",
)


@dataclass(frozen=True, slots=True)
class Named:
    """One name of a form: `address` (normalised), `agency` (a code that says so), `short` (a word that may be one) or
    `full_name` of a person; and the name that stood before the address."""

    text: str
    address: str = ""
    agency: str = ""
    display_name: str = ""
    short: str = ""
    full_name: str = ""


def display_name(text: str) -> tuple[str, str]:
    """("Name", "address") of "Name <address>"; ("", text) when there is no name. Quotes around words of the name are
    signs, a quote with a backslash inside them is a letter (RFC 5322 3.2.4, 3.2.5)."""
    found = _DISPLAY_NAME.fullmatch(text.strip())
    if found is None:
        return "", text.strip()
    name = _QUOTED.sub(lambda quoted: _ESCAPED.sub(r"\1", quoted[1]), found["name"])
    return " ".join(name.split()), found["address"].strip()


def group_key(text: str) -> str:
    """How a name is compared with addresses, lists and codes: without display name and `agency:`, in lower case."""
    _, meant = display_name(text)
    return _AGENCY_MARK.sub("", meant.lower())


def is_called(word: str, address: str, name: str) -> bool:
    """Whether a word means this person among few: their address, the part of it before @, or their full name."""
    wanted = group_key(word)
    known = address.lower()
    return wanted in (known, known.partition("@")[0]) or (
        " " in wanted and equality_key(nfc(wanted)) == equality_key(name.lower())
    )


def read_name(text: str) -> Named | Problem:
    """What one name means, or why it means nothing."""
    text = text.strip()
    name, meant = display_name(text)
    if meant != text or "@" in text:
        try:
            return Named(text, address=normalise(meant), display_name=name)
        except InputError as error:
            return Problem("error", error.message, value=text, hint=_WITH_NAME if "<" in text else error.hint)
    code = _AGENCY_MARK.sub("", text)
    if _CODE.fullmatch(code):
        return Named(text, short=code) if code == text else Named(text, agency=code)
    if " " in text and _FULL_NAME.fullmatch(text):
        return Named(text, full_name=" ".join(nfc(text).split()))
    return Problem("error", Text("không rõ là ai", "unclear who this is"), value=text, hint=_HINT)

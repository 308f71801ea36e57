"""What a name in a form may be: a mail address, with or without a name before it, or the code of an agency. Pure.

    an.sxd@tinh.test    "Trần Văn An <an@ngoai.test>"    sxd    agency:sxd

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

_DISPLAY_NAME: Final = re.compile(r'"?(?P<name>[^"<>]*?)"?\s*<(?P<address>[^<>]*)>')
_AGENCY_MARK: Final = re.compile(r"\Aagency\s*:\s*", re.IGNORECASE)
_CODE: Final = re.compile(r"[^\s@<>:,;]{1,64}")
_HINT: Final = Text(
    "viết địa chỉ thư, địa chỉ danh sách hoặc mã đơn vị: an.sxd@tinh.test, lanhdao@tinh.test, sxd",
    "write a mail address, the address of a list or the code of an agency: an.sxd@tinh.test, sxd",
)


@dataclass(frozen=True, slots=True)
class Named:
    """One name of a form: `address` (normalised) or `agency`, and the name that stood before the address."""

    text: str
    address: str = ""
    agency: str = ""
    display_name: str = ""


def display_name(text: str) -> tuple[str, str]:
    """("Name", "address") of "Name <address>"; ("", text) when there is no name."""
    found = _DISPLAY_NAME.fullmatch(text.strip())
    return (found["name"].strip(), found["address"].strip()) if found else ("", text.strip())


def group_key(text: str) -> str:
    """How a name is compared with addresses, lists and codes: without display name and `agency:`, in lower case."""
    _, meant = display_name(text)
    return _AGENCY_MARK.sub("", meant.lower())


def read_name(text: str) -> Named | Problem:
    """What one name means, or why it means nothing."""
    text = text.strip()
    name, meant = display_name(text)
    if meant != text or "@" in text:
        try:
            return Named(text, address=normalise(meant), display_name=name)
        except InputError as error:
            return Problem("error", error.message, value=text, hint=error.hint)
    code = _AGENCY_MARK.sub("", text)
    if not _CODE.fullmatch(code):
        return Problem("error", Text("không rõ là ai", "unclear who this is"), value=text, hint=_HINT)
    return Named(text, agency=code)

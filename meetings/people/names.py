"""What a name in a form may be: a mail address, with or without a name before it, or the code of an agency. Pure.

an.sxd@tinh.test    "Trần Văn An <an@ngoai.test>"    sxd    agency:sxd
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from foundation.addresses import normalise
from foundation.errors import InputError, Problem
from foundation.language import Text

_DISPLAY_NAME: Final = re.compile(r'"?(?P<name>[^"<>]*?)"?\s*<(?P<address>[^<>]*)>')
_AGENCY: Final = re.compile(r"(?:agency\s*:\s*)?(?P<code>[^\s@<>:,;]{1,64})", re.IGNORECASE)
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


def read_name(text: str) -> Named | Problem:
    """What one name means, or why it means nothing."""
    text = text.strip()
    display = _DISPLAY_NAME.fullmatch(text)
    if display or "@" in text:
        try:
            address = normalise(display["address"] if display else text)
        except InputError as error:
            return Problem("error", error.message, value=text, hint=error.hint)
        return Named(text, address=address, display_name=display["name"].strip() if display else "")
    agency = _AGENCY.fullmatch(text)
    if agency is None:
        return Problem("error", Text("không rõ là ai", "unclear who this is"), value=text, hint=_HINT)
    return Named(text, agency=agency["code"])

"""Reading a form that our own page sent: same origin, a token of that page, few and clean fields.

Three guards against forged requests (OWASP CSRF cheat sheet), each enough by itself where the browser supports it:
Sec-Fetch-Site must be same-origin; Origin must be ours (our own pages send `null`, because they have
`Referrer-Policy: no-referrer`, Fetch standard 3.2); and each form carries a token, HMAC over what the form is about and
the hour, which nobody else can make. It keeps no session and sets no cookie.
"""

from __future__ import annotations

import base64
import hmac
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request

from foundation import clock

TOKEN_HOURS: Final = 12
"""A working day: the page is opened in the morning and sent before going home."""

FIELDS: Final = 64
"""Our longest form has a dozen; Starlette's own limit is 1,000."""

_HOUR_MICROSECONDS: Final = 3600 * 1_000_000
_TOKEN: Final = re.compile(r"(?P<hour>[0-9]{1,9})\.(?P<mac>[A-Za-z0-9_-]{43})\Z", re.ASCII)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Controls but tab and line ends, and what turns the direction of writing."""


class FormTokens:
    """Makes and checks the tokens in forms. `secrets`: newest first; all of them check."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets:
            raise ValueError("form tokens need a secret")
        self._secrets = tuple(secrets)

    def issue(self, subject: str) -> str:
        """A token for a form about `subject`, such as a link; good for `TOKEN_HOURS`."""
        hour = _hour_now()
        return f"{hour}.{_mac(self._secrets[0], hour, subject)}"

    def holds(self, token: str, subject: str) -> bool:
        """Whether this token was issued for this subject, not longer ago than it may be."""
        found = _TOKEN.match(token)
        if found is None:
            return False
        hour = int(found["hour"])
        good = any(hmac.compare_digest(_mac(secret, hour, subject), found["mac"]) for secret in self._secrets)
        return good and 0 <= _hour_now() - hour <= TOKEN_HOURS


def comes_from_us(headers: Headers, origin: str) -> bool:
    """Whether the browser says that one of our own pages sent this, as far as it says anything."""
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    return headers.get("origin") in (None, "null", origin)


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a form as clean text: NFC, line ends as \\n, no controls. Of repeated names the first counts.

    Raises HTTPException 415 for anything but a plain HTML form, 400 for what is none. Files are never taken.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    body = await request.body()
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=FIELDS,
        )
    except ValueError:
        raise HTTPException(400) from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, clean(value))
    return fields


def clean(text: str) -> str:
    """Text from outside without controls and direction marks, in NFC, with \\n as line end, trimmed."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROLS.sub("", lines)).strip()


def _mac(secret: bytes, hour: int, subject: str) -> str:
    mac = hmac.digest(secret, f"{hour}\0{subject}".encode(), "sha256")
    return base64.urlsafe_b64encode(mac).decode("ascii").rstrip("=")


def _hour_now() -> int:
    return clock.now_microseconds() // _HOUR_MICROSECONDS

"""How a room is entered, and where a paper lies: https, sip, h323 and tel, in one spelling each, or a problem.

An https URL has a host, no user and no password in it, and nothing but printable ASCII, so that it can stand in a
header, in HTML and in iCalendar. A bare SIP address gets its scheme; an H.323 alias stays as the MCU names it. Nothing
is connected to.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlsplit

from foundation.language import Text
from meetings.form.texts import Reporter, line

_SIP: Final = re.compile(r"(?:(sips?):)?([A-Za-z0-9!$&'()*+,\-./:;=?@_~%\[\]#]+)", re.IGNORECASE)
_H323: Final = re.compile(r"(?:h323:)?[A-Za-z0-9!$&'()*+,\-./:;=?@_~%\[\]#]+", re.IGNORECASE)
_TELEPHONE: Final = re.compile(r"(?:tel:)?(\+?[0-9(][0-9 ().\-/]{1,40}(?:\s*(?:,|;ext=|ext\.?|máy lẻ)\s*[0-9]{1,8})?)")
_PIN: Final = re.compile(r"[0-9A-Za-z*#\-]{1,32}")
_SAFE_IN_URL: Final = "%/:=&?~#+!$,;'@()*[]"


def https_url(value: object, column: str, report: Reporter) -> str:
    """An https URL as it may be sent; letters outside ASCII are percent-encoded (RFC 3986 2.5)."""
    text = line(value, column, "url", report)
    if not text:
        return ""
    if " " in text or any(sign in text for sign in '<>"\\^`{|}'):
        _refuse(
            column, Text("có dấu cách hoặc ký tự không được phép", "has a blank or a forbidden character"), text, report
        )
        return ""
    if re.match(r"(?i)http:", text):
        message = Text("chỉ nhận https, không nhận http", "only https is accepted, not http")
        _refuse(column, message, text, report, Text("sửa thành https://...", "write https://..."))
        return ""
    try:
        parts = urlsplit(text)
        good = parts.scheme.lower() == "https" and bool(parts.hostname) and parts.port != 0
        host = (parts.hostname or "").encode("idna").decode() if good else ""
    except ValueError:
        good = False
    if not good or parts.username is not None or parts.password is not None:
        _refuse(column, Text("không phải địa chỉ https hợp lệ", "is not a proper https address"), text, report)
        return ""
    if text.isascii():
        return text
    port = f":{parts.port}" if parts.port else ""
    rest = quote(text.split(parts.netloc, 1)[1], safe=_SAFE_IN_URL)
    return f"https://{host}{port}{rest}"


def sip_address(value: object, column: str, report: Reporter) -> str:
    """`sip:` or `sips:` and who (RFC 3261 19.1); a bare `room@mcu.tinh.test` gets `sip:`."""
    text = line(value, column, "url", report)
    match = _SIP.fullmatch(text)
    if not text or (match and "@" in match[2]) or (match and match[1]):
        return f"{(match[1] or 'sip').lower()}:{match[2]}" if match else ""
    hint = Text("ví dụ: sip:9001@mcu.tinh.test", "for example: sip:9001@mcu.tinh.test")
    _refuse(column, Text("không phải địa chỉ SIP", "is not a SIP address"), text, report, hint)
    return ""


def h323_address(value: object, column: str, report: Reporter) -> str:
    """`h323:` address (RFC 3508), or the alias or IP##number that the MCU shows."""
    text = line(value, column, "url", report)
    if text and not _H323.fullmatch(text):
        hint = Text("ví dụ: h323:9001@mcu.tinh.test hoặc 10.1.2.3##9001", "for example: 10.1.2.3##9001")
        _refuse(column, Text("không phải địa chỉ H.323", "is not an H.323 address"), text, report, hint)
        return ""
    return text


def telephone_number(value: object, column: str, report: Reporter) -> str:
    """A number as people write it, without `tel:`."""
    text = line(value, column, "telephone", report)
    match = _TELEPHONE.fullmatch(text)
    if text and match is None:
        hint = Text("ví dụ: 0255 3822 000 hoặc +84 255 3822 000", "for example: +84 255 3822 000")
        _refuse(column, Text("không phải số điện thoại", "is not a telephone number"), text, report, hint)
    return match[1].strip() if match else ""


def pin(value: object, column: str, report: Reporter) -> str:
    """The code of a room: digits, Latin letters, * and #."""
    if isinstance(value, int) and not isinstance(value, bool):
        message = Text("mã PIN phải để trong dấu nháy, kẻo mất số 0 ở đầu", "a PIN stands in quotes, or zeros get lost")
        _refuse(column, message, "", report)
        return ""
    text = line(value, column, "pin", report).replace(" ", "")
    if text and not _PIN.fullmatch(text):
        _refuse(column, Text("mã PIN chỉ gồm chữ số", "a PIN has digits only"), "", report)
        return ""
    return text


def _refuse(column: str, message: Text, value: str, report: Reporter, hint: Text | None = None) -> None:
    report.error(column, message, value, hint)

"""What a person put beside an answer: words of their own in the mail's text, and files.

Their own words are the first plain text without what it quotes and without a signature, on one line. Files are all
parts but the text, the calendar, signatures, and pictures that the text shows. Programs write such texts too, some in
every answer ("An has accepted"); whoever asks leaves out mails that call themselves automatic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Final

from meetings.replies.header_fields import decoded, first, one_line
from meetings.replies.mime import Leaf

LONGEST_WORDS: Final = 500
"""Characters: a paragraph. Whoever writes more attaches it, or telephones."""
_SEARCHED_BYTES: Final = 16_384
_SIGNATURES: Final = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
_CALENDARS: Final = ("text/calendar", "application/ics", "text/x-vcalendar", "application/calendar")
_END: Final = re.compile(
    r"--\s*$|_{8,}\s*$|-{2,}\s*(Original Message|Forwarded message|Thư gốc|Tin nhắn gốc)"
    r"|(Sent from my|Get Outlook for|Gửi từ|Được gửi từ)\s|(From|Từ|Người gửi):\s.*@",
    re.IGNORECASE,
)
_INTRODUCES: Final = re.compile(r"(On|Vào|Ngày)\s.{4,300}(wrote|viết)\s*:\s*$", re.IGNORECASE | re.DOTALL)
"""What mail programs write above what they quote; long ones are broken into two lines."""


def own_words(mail: bytes, leaves: Iterable[Leaf]) -> str:
    """What the person wrote, at most `LONGEST_WORDS` characters; empty when there is no plain text of theirs."""
    text = next((leaf for leaf in leaves if leaf.kind == "text/plain" and _is_body(leaf)), None)
    if text is None:
        return ""
    beginning = text.beginning(mail, _SEARCHED_BYTES)
    if len(beginning) == _SEARCHED_BYTES:
        beginning = beginning[: max(beginning.rfind(b"\n"), beginning.rfind(b" ")) + 1]
    lines = decoded(beginning, text.parameters.get("charset", "").strip()).splitlines()
    return one_line(" ".join(_unquoted(lines)), LONGEST_WORDS)


def has_files(leaves: Iterable[Leaf]) -> bool:
    """Whether anything is attached that only a person can judge."""
    return any(_is_file(leaf) for leaf in leaves)


def _unquoted(lines: list[str]) -> Iterator[str]:
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        if _END.match(line) or _INTRODUCES.match(line) or _INTRODUCES.match(f"{line} {following}"):
            return
        if not line.lstrip().startswith(">"):
            yield line


def _disposition(leaf: Leaf) -> str:
    return first(leaf.fields, "content-disposition").partition(";")[0].strip().lower()


def _is_body(leaf: Leaf) -> bool:
    return not leaf.in_report and not leaf.name and _disposition(leaf) != "attachment"


def _is_file(leaf: Leaf) -> bool:
    if leaf.kind in _CALENDARS or leaf.kind in _SIGNATURES or leaf.name.lower().endswith((".ics", ".vcs")):
        return False
    if leaf.kind.startswith("image/"):
        return _disposition(leaf) == "attachment" and not first(leaf.fields, "content-id")
    return not (leaf.kind.startswith(("text/", "multipart/")) and _is_body(leaf))

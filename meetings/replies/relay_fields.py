"""What our own relay says of a mail in the fields that it put on top (RFC 8601, RFC 5321 4.4).

The relay puts its fields in front of the bytes that it accepted and changes none of them: what stands above the first
Received field was written by the relay, everything below may have been written by anybody, in our name too. So of the
Authentication-Results above the first Received only the topmost of our own relay's name counts (two may disagree), and
only if that Received field is our relay's. Nothing else in a mail says who sent it.

What the relay made itself (a delivery report) came from nowhere: its Received has no `from`. The relay writes one for
every mail that anybody hands it, so no stranger's report looks like its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from meetings.replies.header_fields import Fields, address_of
from meetings.replies.values import Authentication

_FIELDS: Final = 20
_RESULTS: Final = 20
_VALUE_LIMIT: Final = 4096
_COMMENT: Final = re.compile(r"\([^()]*\)")
_METHOD: Final = re.compile(r"([A-Za-z0-9-]{1,40})(?:/\d+)?\s*=\s*([A-Za-z0-9-]{1,40})")
_PROPERTY: Final = re.compile(r"\s([a-z]{1,20}\.[a-z0-9-]{1,40})\s*=\s*([^\s;=]{1,400})(?=[\s;]|$)", re.IGNORECASE)
_IDENTITIES: Final = {
    "auth": ("smtp.auth",),
    "dmarc": ("header.from",),
    "dkim": ("header.d",),
    "spf": ("smtp.mailfrom",),
}


def authentication_of(fields: Fields, authserv_id: str) -> tuple[Authentication, ...]:
    """The results that our relay wrote about this mail; none when it did not pass through our relay."""
    above: list[str] = []
    if not authserv_id:
        return ()
    for name, value in fields[:_FIELDS]:
        if name == "received":
            return tuple(_topmost_results(above, authserv_id)) if _is_ours(value, authserv_id) else ()
        if name == "authentication-results":
            above.append(value[:_VALUE_LIMIT])
    return ()


def is_made_by_relay(fields: Fields, authserv_id: str) -> bool:
    """Whether our relay made this mail itself, by its topmost Received."""
    topmost = next((value for name, value in fields[:_FIELDS] if name == "received"), "")
    words = " ".join(topmost[:_VALUE_LIMIT].lower().split())
    return bool(authserv_id) and words.startswith(f"by {authserv_id.lower()} (congvu) id ")


def login_of(results: tuple[Authentication, ...]) -> str:
    """The address that logged in to hand the mail over, or empty."""
    return next((each.identity for each in results if each.method == "auth" and each.result == "pass"), "")


def _is_ours(received: str, authserv_id: str) -> bool:
    """Whether a Received field is one that our relay writes. (What a peer says of itself in it has no spaces.)"""
    return f" by {authserv_id.lower()} (congvu)" in " " + received[:_VALUE_LIMIT].lower().replace("\t", " ")


def _topmost_results(values: list[str], authserv_id: str) -> Iterator[Authentication]:
    for value in values:
        server = value.partition(";")[0].split()
        if server and server[0].lower() == authserv_id.lower():
            return _results(_without_comments(value).partition(";")[2])
    return iter(())


def _without_comments(value: str) -> str:
    """The field without its comments; empty if it has quotes, escapes or parentheses that do not match.

    With those, whoever chose an address in it (a strange local part in smtp.mailfrom, or told of in a comment) could
    make it say more than its writer meant. Honest fields have none.
    """
    bare = _COMMENT.sub(" ", _COMMENT.sub(" ", value))
    return "" if any(letter in value for letter in '"\\') or "(" in bare or ")" in bare else bare


def _results(text: str) -> Iterator[Authentication]:
    for part in text.split(";")[:_RESULTS]:
        method = _METHOD.match(part.strip())
        if method is None:
            continue
        properties = {match[1].lower(): match[2] for match in _PROPERTY.finditer(part)}
        name = method[1].lower()
        identity = next((properties[key] for key in _IDENTITIES.get(name, ()) if key in properties), "")
        yield Authentication(name, method[2].lower(), address_of(identity) or identity.strip().lower())

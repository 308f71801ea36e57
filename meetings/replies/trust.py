"""Whether a mail may speak for an attendee, and how we know.

| how     | what was seen                                                                                         |
|---------|-------------------------------------------------------------------------------------------------------|
| `auth`  | our relay says that somebody logged in to hand it over, by an address of this attendee                |
| `token` | it came to the sub-address that only this attendee's letter names (organiser+TOKEN@)                  |
| `dmarc` | our relay (or its filter) says that DMARC passed for the domain of From, and From is this attendee    |
| `dkim`  | the same of a DKIM signature by exactly that domain                                                   |
| `spf`   | the same of SPF, and the envelope's sender is of exactly that domain                                  |
| ``      | nothing of this: it is held until the secretary has looked                                            |

A login that is none of this attendee's says `auth` and no: whatever sub-address it came to, it is somebody else. A
sub-address opens to a private mailbox too; whoever shows the answer says from where it came.

Our own people log in, or answer to their own sub-address: DMARC, DKIM and SPF of our own domains prove nothing about a
person. `relay_fields` tells why no stranger can write what is believed here. Pure.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from typing import Final, NamedTuple

from meetings.replies.values import Authentication, Envelope, Reading

SHORTEST_TOKEN: Final = 10
"""Characters below which a token is none: 80 bits in base32 are 16, and an empty one must never match."""


class Trust(NamedTuple):
    """The answer; `how` is `auth`, `token`, `dmarc`, `dkim` or `spf`. When it is not trusted, `auth` means that
    somebody else logged in, and empty that nobody vouches."""

    trusted: bool
    how: str = ""


def trusted(
    reading: Reading,
    envelope: Envelope,
    attendee_addresses: Collection[str],
    own_domains: Collection[str] = (),
    reply_token: str = "",
) -> Trust:
    """Whether this mail may answer for the attendee with these addresses (normalised: primary, former, of an office's
    holders) and this reply token."""
    if reading.received_account and reading.received_account in attendee_addresses:
        return Trust(True, "auth")
    if "@" in reading.received_account:  # a program's login is a name without one; it sends for people
        return Trust(False, "auth")
    if len(reply_token) >= SHORTEST_TOKEN and hmac.compare_digest(
        envelope.detail.encode(), reply_token.lower().encode()
    ):
        return Trust(True, "token")
    domain = reading.sender.rpartition("@")[2]
    if reading.sender in attendee_addresses and domain not in own_domains:
        for method in ("dmarc", "dkim", "spf"):
            if any(_vouches(each, method, domain, envelope) for each in reading.authentication):
                return Trust(True, method)
    return Trust(False)


def _vouches(result: Authentication, method: str, domain: str, envelope: Envelope) -> bool:
    if (result.method, result.result) != (method, "pass"):
        return False
    of = result.identity.rpartition("@")[2]
    return of == domain and (method != "spf" or envelope.sender.rpartition("@")[2].lower() == domain)

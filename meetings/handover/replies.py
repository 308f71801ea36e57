"""What the relay's answer to one letter means, and when it is tried again. Pure.

| the relay says                             | the letter                                                              |
|--------------------------------------------|-------------------------------------------------------------------------|
| 2xx                                        | is handed over                                                          |
| 550 5.6.0, another message under this      | is handed over: an earlier try got through, with templates that have    |
| Message-ID                                 | changed since                                                           |
| 4xx                                        | waits: 5 s, 10 s ... 5 min, until it is too old                         |
| 5xx to the recipient or to the bytes       | is refused for good                                                     |
| 421, 5xx to login or sender, no connection | waits with all others: the door is shut (`gate`)                        |

A refused sender is a matter of the configuration ([relay.applications]): no letter may be lost for it.
"""

from __future__ import annotations

import random
from typing import Final, Literal, NamedTuple

from meetings.store.mail_values import Claimed
from meetings.store.outbox import HandedOver, PutOff, Refused

Ended = HandedOver | PutOff | Refused

FIRST_SECONDS: Final = 5.0
LONGEST_SECONDS: Final = 300.0
JITTER: Final = 0.2
_REPEATED: Final = (550, "5.6.0")
"""RFC 3463 3.7, as our relay says it: "You sent another message under this Message-ID to this recipient"."""
_TOO_BIG: Final = 552

Step = Literal["sender", "recipient", "content"]
"""MAIL, RCPT, the end of the data: what the reply speaks of."""


class Reply(NamedTuple):
    """What the relay answered in the end, and to what. `remembers`: it is our own relay, which knows a repeat."""

    code: int
    text: str
    step: Step = "content"
    remembers: bool = True

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


class DoorShut(Exception):
    """Nothing can be handed over just now, whatever it is; the text says why."""


def means(reply: Reply, claimed: Claimed, now: int, expire_seconds: float) -> Ended:
    """What becomes of this letter. Raises DoorShut."""
    if 200 <= reply.code < 300:
        return HandedOver(claimed.id, now, str(reply), claimed.unfinished and not reply.remembers)
    if reply.code == _REPEATED[0] and reply.text.startswith(_REPEATED[1]):
        return HandedOver(claimed.id, now, str(reply))
    if reply.code == 421 or (reply.step == "sender" and reply.code >= 500 and reply.code != _TOO_BIG):
        raise DoorShut(str(reply))
    if reply.code >= 500:
        return Refused(claimed.id, now, str(reply))
    return put_off(claimed, now, expire_seconds, str(reply), backoff_seconds(claimed.attempts))


def put_off(claimed: Claimed, now: int, expire_seconds: float, why: str, seconds: float) -> PutOff | Refused:
    """Later, unless it has waited too long already."""
    if now - claimed.promised_at >= expire_seconds * 1e6:
        return Refused(claimed.id, now, why, expired=True)
    return PutOff(claimed.id, now, now + int(seconds * 1e6), why)


def backoff_seconds(attempts: int) -> float:
    """How long to wait after so many attempts: doubled each time, within bounds, give or take a fifth."""
    seconds = min(FIRST_SECONDS * 2.0 ** min(max(attempts - 1, 0), 10), LONGEST_SECONDS)
    return seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # spreads tries; guards nothing

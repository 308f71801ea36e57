"""What the relay's answers mean for one letter."""

from __future__ import annotations

from typing import Any

import pytest

from meetings.handover.replies import (
    FIRST_SECONDS,
    JITTER,
    LONGEST_SECONDS,
    DoorShut,
    Reply,
    backoff_seconds,
    means,
    put_off,
)
from meetings.store.mail_values import Claimed
from meetings.store.outbox import HandedOver, PutOff, Refused

NOW = 1_800_000_000_000_000
HOUR = 3600 * 1_000_000


def claimed(**changes: Any) -> Claimed:
    values: dict[str, Any] = {
        "id": 7,
        "token": "abc",
        "address": "an@tinh.test",
        "purpose": "request",
        "attempts": 1,
        "promised_at": NOW - HOUR,
        "unfinished": False,
    }
    return Claimed(**values | changes)


def judged(code: int, text: str, *, expire_hours: float = 48, **changes: Any) -> Any:
    reply = Reply(code, text, changes.pop("step", "content"), changes.pop("remembers", True))
    return means(reply, claimed(**changes), NOW, expire_hours * 3600)


def test_taken_is_handed_over() -> None:
    assert judged(250, "2.0.0 Queued as x") == HandedOver(7, NOW, "250 2.0.0 Queued as x", False)


def test_an_earlier_try_that_got_through_is_handed_over() -> None:
    told = "5.6.0 You sent another message under this Message-ID to this recipient"
    assert judged(550, told, unfinished=True) == HandedOver(7, NOW, f"550 {told}", False)


@pytest.mark.parametrize(
    ("unfinished", "remembers", "twice"), [(True, True, False), (True, False, True), (False, False, False)]
)
def test_a_repeat_to_a_relay_that_does_not_remember_may_be_a_duplicate(
    unfinished: bool, remembers: bool, twice: bool
) -> None:
    assert judged(250, "ok", unfinished=unfinished, remembers=remembers).possible_duplicate is twice


@pytest.mark.parametrize(("code", "step"), [(550, "recipient"), (554, "content"), (552, "sender"), (550, "content")])
def test_a_letter_may_be_refused_for_good(code: int, step: str) -> None:
    assert judged(code, "5.1.1 no", step=step) == Refused(7, NOW, f"{code} 5.1.1 no")


@pytest.mark.parametrize(("code", "step"), [(421, "content"), (421, "sender"), (530, "sender"), (550, "sender")])
def test_what_is_not_about_the_letter_shuts_the_door(code: int, step: str) -> None:
    with pytest.raises(DoorShut):
        judged(code, "no", step=step)


def test_trouble_that_passes_is_waited_for_and_not_for_ever() -> None:
    later = judged(451, "4.3.0 later", attempts=1)
    assert isinstance(later, PutOff)
    assert FIRST_SECONDS * (1 - JITTER) <= (later.next_attempt_at - NOW) / 1e6 <= FIRST_SECONDS * (1 + JITTER)
    assert judged(451, "4.3.0 later", expire_hours=1) == Refused(7, NOW, "451 4.3.0 later", expired=True)


def test_waiting_grows_to_five_minutes() -> None:
    waits = [backoff_seconds(attempts) for attempts in (1, 2, 3, 10, 10_000)]
    assert waits[0] < waits[1] < waits[2] <= 30
    assert all(LONGEST_SECONDS * (1 - JITTER) <= each <= LONGEST_SECONDS * (1 + JITTER) for each in waits[3:])


def test_what_is_put_off_says_why_and_until_when() -> None:
    assert put_off(claimed(), NOW, 3600 * 48, "no route", 5) == PutOff(7, NOW, NOW + 5_000_000, "no route")

"""Mails that go on to the secretary: whole, as mail of ours, once the relay takes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest

from foundation import clock, journal
from foundation.clock import from_microseconds
from foundation.rendering import Renderer
from foundation.storage import Database, open_database
from meetings.handover import passing_on as passing_on_module
from meetings.handover.gate import Gate
from meetings.handover.passing_on import PassingOn
from meetings.handover.replies import DoorShut, Reply
from meetings.handover.wrapping import wrapped
from meetings.store import incoming
from meetings.store.incoming import NewIncoming, ToForward
from meetings.store.mail_values import Incoming
from tests.support.meetings_settings import meetings_settings

AT = 1_795_000_000_000_000
RAW = "From: An <an@bo.test>\r\nSubject: hoi\r\n\r\nHọp ở đâu?\r\n".encode()
SECRETARY = "thuky@tinh.test"


def about(**changes: Any) -> Incoming:
    values: dict[str, Any] = {
        "id": 3,
        "message_id": "1@bo.test",
        "sender": "an@bo.test",
        "recipient": "hop+r4@tinh.test",
        "subject": "Hỏi về cuộc họp",
        "received_at": AT,
        "verdict": "passed_on",
        "reason": "no_calendar",
        "meeting_id": None,
    }
    return Incoming(**values | changes)


def wrap(raw: bytes = RAW, **changes: Any) -> tuple[bytes, EmailMessage]:
    mail = ToForward(3, "1@bo.test", SECRETARY, raw, 0, AT)
    made = wrapped(mail, about(**changes), from_microseconds(AT), meetings_settings(), Renderer())
    return made, cast(EmailMessage, message_from_bytes(made, policy=policy.default))


def test_the_original_travels_inside_and_the_reply_goes_to_whoever_wrote_it() -> None:
    made, parsed = wrap()
    assert parsed["From"].addresses[0].addr_spec == "hop@tinh.test"
    assert parsed["To"] == SECRETARY
    assert parsed["Reply-To"] == "an@bo.test"
    assert parsed["Subject"] == "Chuyển tiếp: Hỏi về cuộc họp"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert not parsed.defects
    text, original = parsed.iter_parts()
    assert "Người gửi:  an@bo.test" in text.get_content()
    assert "ordinary mail without a calendar" in text.get_content()
    assert original.get_content_type() == "message/rfc822"
    assert RAW in made


def test_the_same_mail_is_the_same_bytes() -> None:
    assert wrap()[0] == wrap()[0]
    assert wrap()[0] != wrap(RAW + b"x\r\n")[0]


@pytest.mark.parametrize("raw", [b"x" * 2000 + b"\r\n", b"a\nb\r\n", b"a\0b\r\n", b"a\rb\r\n"])
def test_what_no_message_may_hold_travels_as_a_file(raw: bytes) -> None:
    made, parsed = wrap(raw)
    _, original = parsed.iter_parts()
    assert original.get_content_type() == "application/octet-stream"
    assert original.get_content() == raw
    assert max(map(len, made.split(b"\r\n"))) <= 998


def test_nothing_of_a_mail_can_write_our_head() -> None:
    made, parsed = wrap(subject="x\r\nBcc: ai@bo.test\r\n\r\nthan", sender="an@bo.test>\r\nX: y")
    assert parsed["Bcc"] is None
    assert parsed["Reply-To"] is None
    assert parsed["X"] is None
    assert made.partition(b"\r\n\r\n")[2].startswith(b"--=_passed-on-")


# ---- the thread --------------------------------------------------------------------------------------------------


class Relay:
    def __init__(self) -> None:
        self.taken: list[tuple[str, str, bytes]] = []
        self.replies: list[Reply] = []
        self.down = ""


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> Relay:
    found = Relay()

    class FakeDoor:
        def __init__(self, *_: object) -> None:
            if found.down:
                raise DoorShut(found.down)

        def send(self, sender: str, recipient: str, token: str, mail: bytes) -> Reply:
            reply = found.replies.pop(0) if found.replies else Reply(250, "2.0.0 Queued")
            if reply.code == 250:
                found.taken.append((sender, recipient, mail))
            return reply

        def close(self) -> None:
            return None

    monkeypatch.setattr(passing_on_module, "Door", FakeDoor)
    monkeypatch.setattr(passing_on_module, "LOOK_SECONDS", 0.01)
    return found


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite://{tmp_path}", "meetings", [journal.MIGRATIONS, "meetings.migrations"]) as opened:
        yield opened


def arrived(database: Database, count: int) -> None:
    def work(unit: Any) -> None:
        for n in range(count):
            new = NewIncoming(
                f"{n}@bo.test", b"d", "an@bo.test", "hop@tinh.test", "hỏi", AT, "passed_on", "no_calendar", raw=RAW,
                forward_to=SECRETARY,
            )  # fmt: skip
            incoming.insert(unit, new)

    database.run(work)


def await_true(condition: Callable[[], bool], what: str) -> None:
    deadline = clock.monotonic() + 20
    while not condition():
        assert clock.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.005)


def running(database: Database) -> PassingOn:
    def poisoned(error: Exception) -> None:
        raise AssertionError(error)

    settings, renderer = meetings_settings(), Renderer()
    found = PassingOn(database, lambda: settings, lambda: renderer, Gate(), poisoned)
    found.start()
    return found


def test_everything_that_waits_goes_on_once(database: Database, relay: Relay) -> None:
    arrived(database, 25)
    passing = running(database)
    await_true(lambda: not database.read(incoming.to_forward), "all passed on")
    passing.stop()
    assert [(sender, to) for sender, to, _ in relay.taken] == [("hop-bao-phat@tinh.test", SECRETARY)] * 25
    assert database.read(lambda unit: incoming.raw_of(unit, 1)) is None


def test_what_the_relay_refuses_waits_and_holds_nobody_up(
    database: Database, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passing_on_module, "FIRST_SECONDS", 0.05)
    relay.replies = [Reply(550, "5.2.1 This mailbox takes no mail", "recipient")]
    arrived(database, 3)
    passing = running(database)
    await_true(lambda: len(relay.taken) == 3, "the first was tried again")
    passing.stop()
    assert not database.read(incoming.to_forward)


def test_an_earlier_try_that_got_through_is_enough(database: Database, relay: Relay) -> None:
    relay.replies = [Reply(550, "5.6.0 You sent another message under this Message-ID to this recipient")]
    arrived(database, 1)
    passing = running(database)
    await_true(lambda: not database.read(incoming.to_forward), "it counts as passed on")
    passing.stop()


def test_an_outage_loses_nothing(database: Database, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    from meetings.handover import gate

    monkeypatch.setattr(gate, "backoff_seconds", lambda failures: 0.02)
    relay.down = "Connection refused"
    arrived(database, 2)
    passing = running(database)
    await_true(lambda: bool(passing._gate.why_shut), "the door is known to be shut")
    relay.down = ""
    await_true(lambda: len(relay.taken) == 2, "both passed on")
    passing.stop()

"""Files that come with an answer: it counts, and they go on to the secretary's mailbox."""

from __future__ import annotations

from foundation.storage import Database
from meetings.desk import answers, deciding
from meetings.replies.values import Envelope, Reading
from meetings.store import incoming
from tests.support.meeting_book import (
    AT,
    BINH,
    HOUR,
    a_meeting,
    answered,
    context,
    create,
    line,
    person,
    records,
    reply,
)


def waiting(database: Database) -> list[tuple[str, bytes]]:
    return [(mail.forward_to, mail.raw) for mail in database.read(incoming.to_forward)]


def test_a_counted_answer_with_files_is_passed_on_too(database: Database) -> None:
    created = create(database)
    done = reply(database, created, answered(BINH.address), attached=True)
    assert (done.verdict, done.reason, done.forward_to) == ("counted", "", "thuky@tinh.test")
    assert line(database, created, BINH.address).partstat == "ACCEPTED"
    assert waiting(database) == [("thuky@tinh.test", b"raw bytes")]
    assert records(database)[-2:] == ["answer.counted", "answer.passed_on"]
    database.run(lambda unit: incoming.forwarded(unit, done.incoming_id, AT + 3 * HOUR))
    assert database.read(lambda unit: incoming.raw_of(unit, done.incoming_id)) is None


def test_without_files_nothing_of_it_is_kept(database: Database) -> None:
    done = reply(database, create(database), answered(BINH.address))
    assert not done.forward
    assert database.read(lambda unit: incoming.raw_of(unit, done.incoming_id)) is None


def test_of_a_secret_meeting_nothing_goes_on(database: Database) -> None:
    created = create(database, a_meeting(secret=True, places=(), papers=(), content="", requirements=""))
    done = reply(database, created, answered(BINH.address), attached=True)
    assert (done.verdict, done.forward, waiting(database)) == ("counted", False, [])


def test_a_winmail_dat_goes_on_also_when_it_is_decided_first(database: Database) -> None:
    created = create(database)
    mail = Reading("tnef", "tnef", "x@y.example", BINH.address, digest=b"1")
    envelope = Envelope("", f"hop+{person(database, created, BINH.address).attendee.reply_token}@tinh.test")
    done = database.run(lambda unit: answers.take_in(unit, mail, envelope, b"raw bytes", context(AT + HOUR, "mail")))
    assert (done.verdict, done.forward) == ("held", True)
    decided = context(AT + 3 * HOUR)
    database.run(lambda unit: deciding.decide_held(unit, done.incoming_id, False, decided))
    assert waiting(database) == [("thuky@tinh.test", b"raw bytes")]

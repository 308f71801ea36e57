"""Editions survive their JSON, answers commute, and the outbox loses nothing and sends nothing twice when killed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from foundation.clock import microseconds
from foundation.storage import Database, open_database
from meetings.desk.ordering import Order, standing
from meetings.desk.people_change import people_change
from meetings.meeting import Contact, Guest, Meeting, Paper, Place
from meetings.store import outbox
from meetings.store.as_json import guest_text, meeting_text, read_guest, read_meeting
from meetings.store.values import Answer, StoredAttendee
from tests.support.meeting_book import (
    AT,
    BINH,
    CHAIR,
    HOUR,
    MIGRATIONS,
    MINUTE,
    START,
    a_meeting,
    all_mails,
    answered,
    change,
    create,
    line,
    person,
    reply,
)

WORDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
ZONES = st.sampled_from(["Asia/Ho_Chi_Minh", "UTC", "Europe/Paris", "America/New_York"])
LOCAL = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001 the zone is put on below
PLACES = st.builds(Place, WORDS, st.lists(WORDS, max_size=2).map(tuple), WORDS, WORDS, WORDS, WORDS, WORDS)
GUESTS = st.builds(
    Guest,
    WORDS,
    WORDS,
    st.sampled_from(["CHAIR", "REQ-PARTICIPANT", "OPT-PARTICIPANT"]),
    WORDS,
    WORDS,
    WORDS,
    WORDS,
    st.lists(WORDS, max_size=3).map(tuple),
    st.lists(WORDS, max_size=3).map(tuple),
)


@st.composite
def meetings(draw: st.DrawFn) -> Meeting:
    zone = draw(ZONES)
    instants = [draw(LOCAL).replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)) for _ in range(3)]
    return Meeting(
        uid=draw(WORDS),
        summary=draw(WORDS),
        start=instants[0],
        end=instants[1],
        timezone=zone,
        number=draw(WORDS),
        kind=draw(WORDS),
        replaces_letter=draw(st.booleans()),
        chair=draw(WORDS),
        content=draw(WORDS),
        rrule=draw(WORDS),
        places=tuple(draw(st.lists(PLACES, max_size=3))),
        papers=tuple(draw(st.lists(st.builds(Paper, WORDS, WORDS), max_size=2))),
        urgency=draw(st.sampled_from(["", "khẩn", "hỏa tốc"])),
        contact=Contact(draw(WORDS), draw(WORDS), draw(WORDS)),
        answer_by=draw(st.none() | st.just(instants[2])),
        full_list=draw(st.booleans()),
        secret=draw(st.booleans()),
        status=draw(st.sampled_from(["CONFIRMED", "CANCELLED"])),
    )


@given(meetings())
def test_an_edition_is_what_it_was(meeting: Meeting) -> None:
    again = read_meeting(meeting_text(meeting))
    assert again == meeting
    assert (str(again.start), str(again.end)) == (str(meeting.start), str(meeting.end))


@given(GUESTS)
def test_a_guest_is_what_it_was(guest: Guest) -> None:
    assert read_guest(guest_text(guest)) == guest


ORDERS = st.tuples(st.integers(0, 3), st.integers(0, 5), st.sampled_from(["a", "b", "c"]))


@given(st.lists(ORDERS, max_size=12), st.integers(0, 3), st.randoms())
def test_the_order_of_arrival_does_not_matter(arrived: list[Order], asked: int, dice: object) -> None:
    shuffled = list(arrived)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert last_word(arrived, asked) == last_word(shuffled, asked)


def last_word(arrived: Sequence[Order], asked: int) -> Answer:
    known = Answer(1)
    for sequence, dtstamp, digest in arrived:
        if standing(known, asked, (sequence, dtstamp, digest)) == "counts":
            known = replace(known, sequence=sequence, dtstamp=dtstamp, digest=digest)
    return known


SAID = st.tuples(
    st.sampled_from(["ACCEPTED", "DECLINED", "TENTATIVE"]), st.integers(0, 1), st.integers(0, 4), st.booleans()
)


@settings(max_examples=25)
@given(st.lists(SAID, min_size=1, max_size=6, unique=True), st.randoms())
def test_replies_commute_at_the_desk(said: list[tuple[str, int, int, bool]], dice: object) -> None:
    """The same mails in two orders, some of them twice: everybody ends where they said last."""
    shuffled = [*said, *said[:2]]
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert standing_after(said) == standing_after(shuffled)


def standing_after(said: Sequence[tuple[str, int, int, bool]]) -> list[tuple[str, str]]:
    with opened() as database:
        created = create(database, guests=(CHAIR, BINH))
        change(database, created, start=START + timedelta(hours=1), end=START + timedelta(hours=3))
        for partstat, sequence, seconds, chair in said:
            who = CHAIR.address if chair else BINH.address
            mail = answered(who, partstat, sequence, seconds=seconds, comment=f"{partstat} {seconds}")
            reply(database, created, mail, message_id=f"{partstat}.{sequence}.{seconds}.{chair}@thu.test")
        found = [line(database, created, guest.address) for guest in (CHAIR, BINH)]
        return [(one.partstat, one.comment) for one in found]


@contextmanager
def opened() -> Iterator[Database]:
    with TemporaryDirectory() as folder, open_database(f"sqlite://{folder}", "meetings", MIGRATIONS) as database:
        yield database


NAMES = st.integers(0, 6).map(lambda number: f"nguoi{number}@tinh.test")


@given(st.sets(NAMES), st.sets(NAMES), st.sets(NAMES), st.sets(NAMES))
def test_who_stays_who_comes_and_who_goes(
    before: set[str], after: set[str], gone: set[str], unreachable: set[str]
) -> None:
    """Everybody is in exactly one of them, nobody twice, and nobody leaves for being suspended."""
    everybody = [attendee(number, address) for number, address in enumerate(sorted(before), 1)]
    moves = people_change(everybody, [Guest(address, "") for address in sorted(after)], gone, frozenset(unreachable))
    stay = {one.attendee.guest.address for one in moves.staying}
    leave = {one.attendee.guest.address for one in moves.going}
    come = {guest.address for guest in moves.new}
    assert stay | leave == before
    assert not stay & leave
    assert come == after - before - gone
    assert leave == before - (after | unreachable) | (before & gone)
    assert not moves.returning


def attendee(number: int, address: str) -> StoredAttendee:
    from meetings.meeting import Attendee

    return StoredAttendee(Attendee(number, Guest(address, ""), f"p{number}", f"r{number}"), 1, AT)


class Handover(RuleBasedStateMachine):
    """A courier that is killed now and then: what it had in hand is tried again with the same token, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.database = open_database(f"sqlite://{Path(self.folder.name)}", "meetings", MIGRATIONS)
        self.created = create(self.database, a_meeting(), guests=(CHAIR, BINH))
        self.now = AT
        self.in_hand: list[outbox.Claimed] = []
        self.taken: dict[str, list[str]] = {CHAIR.address: [], BINH.address: []}
        """What the relay took, by address: tokens in order, a repeat once."""
        self.changes = 0

    @rule(limit=st.integers(1, 3))
    def claim(self, limit: int) -> None:
        lease = self.now + HOUR
        self.in_hand += self.database.run(lambda unit: outbox.claim_due(unit, self.now, limit, lease, "courier"))

    @precondition(lambda self: self.in_hand)
    @rule(known=st.booleans())
    def hand_over(self, known: bool) -> None:
        """The relay takes it; we may be killed before we note it."""
        mail = self.in_hand.pop(0)
        if mail.token not in self.taken[mail.address]:
            self.taken[mail.address].append(mail.token)
        if known:
            ended = outbox.HandedOver(mail.id, self.now, "250")
            self.database.run(lambda unit: outbox.handed_over(unit, [ended]))
        else:
            self.kill()

    @precondition(lambda self: self.in_hand)
    @rule()
    def relay_away(self) -> None:
        mail = self.in_hand.pop(0)
        later = outbox.PutOff(mail.id, self.now, self.now + MINUTE, "451")
        self.database.run(lambda unit: outbox.put_off(unit, [later]))

    @rule()
    def kill(self) -> None:
        self.in_hand = []
        self.database.run(lambda unit: outbox.release(unit, "courier", self.now))

    @rule()
    def time_passes(self) -> None:
        self.now += 2 * MINUTE

    @precondition(lambda self: self.changes < 4)
    @rule()
    def change_the_meeting(self) -> None:
        self.changes += 1
        change(self.database, self.created, at=self.now, summary=f"Họp lần {self.changes}")

    @invariant()
    def everybody_gets_their_mail_in_order(self) -> None:
        for address, tokens in self.taken.items():
            own = [mail for mail in all_mails(self.database, self.created) if mail.address == address]
            order = [mail.token for mail in own]
            assert [order.index(token) for token in tokens] == sorted(order.index(token) for token in tokens)
            assert len(set(tokens)) == len(tokens)

    def teardown(self) -> None:
        """In the end everything that was not withdrawn has left, once."""
        self.kill()
        self.now += 2 * HOUR
        while claimed := self.database.run(lambda unit: outbox.claim_due(unit, self.now, 10, self.now + HOUR, "x")):
            for mail in claimed:
                if mail.token not in self.taken[mail.address]:
                    self.taken[mail.address].append(mail.token)
            ended = [outbox.HandedOver(mail.id, self.now, "250") for mail in claimed]
            self.database.run(lambda unit: outbox.handed_over(unit, ended))  # noqa: B023
        mails = all_mails(self.database, self.created)
        for address, tokens in self.taken.items():
            left = [mail.token for mail in mails if mail.address == address and mail.state == "handed_over"]
            assert tokens == left
        assert {mail.state for mail in mails} <= {"handed_over", "withdrawn"}
        assert person(self.database, self.created, BINH.address).last_mail == max(
            mail.id for mail in mails if mail.address == BINH.address
        )
        self.database.close()
        self.folder.cleanup()


TestHandover = Handover.TestCase
TestHandover.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)


def test_instants_are_microseconds() -> None:
    assert microseconds(START) % 1_000_000 == 0

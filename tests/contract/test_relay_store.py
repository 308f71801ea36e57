"""The relay's statements on SQLite and PostgreSQL: acceptance, attempts, the queue, orders, trails, erasure."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from foundation import journal
from foundation.storage import ConstraintViolated, Database, Transaction
from mailrelay.envelope import Client
from mailrelay.lifecycle import State
from mailrelay.messages.headers import Headers
from mailrelay.queue_ids import spell
from mailrelay.spool.bodies import BodyStore
from mailrelay.spool.ledger import Ledger
from mailrelay.store import (
    acceptance,
    attempts,
    checks,
    endings,
    erasing,
    interrupted,
    listing,
    notices,
    orders,
    queue,
    returned,
    trace,
)
from mailrelay.store.orders import Selection
from mailrelay.store.values import Accepted, NewMessage, RepeatedIdentifier, StoredBody
from tests.support.databases import Open
from tests.support.relay_messages import (
    AT,
    CLERK,
    MIGRATIONS,
    begun,
    delivery,
    inline_body,
    message,
    outcome,
)

ON_DISK = StoredBody(300_000, b"\x07" * 32, None, b"\x01" * 32, ((3, 0, 200_000), (3, 400_000, 100_000)))


@pytest.fixture
def database(open_tool: Open) -> Database:
    return open_tool("relay", MIGRATIONS)


def accept(database: Database, *messages: NewMessage) -> list[Accepted | RepeatedIdentifier]:
    return database.run(lambda transaction: acceptance.accept(transaction, messages))


def accepted(database: Database, *addresses: str, **facts: Any) -> NewMessage:
    new = message(*addresses, **facts)
    assert accept(database, new) == [Accepted(new.number, False)]
    return new


def attempt(database: Database, new: NewMessage, state: State, *ordinals: int, **facts: Any) -> list[StoredBody]:
    """Begin and end an attempt for some recipients (all by default)."""
    chosen = ordinals or tuple(range(len(new.deliveries)))
    database.run(lambda transaction: attempts.start(transaction, [begun(new, *chosen)]))
    ended = [outcome(new, ordinal, state, **facts) for ordinal in chosen]
    return database.run(lambda transaction: attempts.finish(transaction, ended))


def states(database: Database, new: NewMessage) -> list[str]:
    entry = database.read(lambda transaction: listing.show(transaction, new.number))
    assert entry is not None
    return [recipient.state for recipient in entry.recipients]


def events(database: Database, new: NewMessage, ordinal: int = 0) -> list[str]:
    (found,) = find(database, spell(new.number))
    return [event.type for event in found.recipients[ordinal].events]


def find(database: Database, query: str = "", **conditions: Any) -> list[trace.TracedMessage]:
    return database.read(lambda transaction: trace.find(transaction, query, **conditions)).messages


def due(database: Database, destination: str = "local", now: int = AT, limit: int = 100) -> list[queue.Waiting]:
    return database.read(lambda transaction: queue.due(transaction, destination, now, limit))


def rows(database: Database, table: str) -> int:
    count: int = database.read(lambda transaction: transaction.execute(f"SELECT count(*) FROM {table}"))[0][0]  # noqa: S608
    return count


def check(database: Database) -> None:
    assert database.read(lambda transaction: list(checks.broken_rules(transaction))) == []


# ---------------------------------------------------------------- acceptance


def test_an_accepted_message_is_queued_and_comes_back_as_it_was(database: Database) -> None:
    headers = Headers(
        message_id="<1@tinh.test>",
        from_addresses=("an.nv@tinh.test",),
        document_number="12/UBND-VP",
        document_kind="CV",
        urgency="urgent",
        subject="Hỏa tốc: họp",
        automatic=True,
        filtered="yes",
    )
    new = accepted(
        database,
        client=CLERK,
        headers=headers,
        identifier="ENV-1",
        deliveries=[delivery("binh.tt@tinh.test", notify=("SUCCESS", "DELAY"), original="rfc822;Binh@tinh.test")],
    )
    (waiting,) = due(database)
    assert (waiting.number, waiting.ordinal, waiting.address) == (new.number, 0, "binh.tt@tinh.test")
    assert (waiting.notify, waiting.original) == (("SUCCESS", "DELAY"), "rfc822;Binh@tinh.test")
    assert (waiting.state, waiting.attempts, waiting.accepted_at, waiting.urgency) == ("queued", 0, AT, "urgent")
    queued = database.read(lambda transaction: queue.message_for_delivery(transaction, [new.number]))[new.number]
    assert queued.body.inline == new.body.inline
    assert queued.body.sha256 == new.body.sha256
    assert not queued.body.verified
    assert queued.client == CLERK
    assert queued.headers == headers
    assert (queued.envelope.sender, queued.envelope.identifier) == ("an.nv@tinh.test", "ENV-1")
    assert (queued.received, queued.size, queued.origin) == (new.received, new.body.size, "client")
    assert events(database, new) == ["message.accepted"]
    check(database)


def test_a_body_on_disk_is_named_by_its_row(database: Database) -> None:
    new = accepted(database, body=ON_DISK)
    queued = database.read(lambda transaction: queue.message_for_delivery(transaction, [new.number]))[new.number]
    assert queued.body == StoredBody(300_000, b"\x07" * 32, None, b"\x01" * 32, ON_DISK.extents, verified=False)
    assert database.read(lambda transaction: list(queue.stored_bodies(transaction))) == [
        (new.number, StoredBody(300_000, b"\x07" * 32, None, b"\x01" * 32, ON_DISK.extents))
    ]


def test_an_empty_message_is_a_message(database: Database) -> None:
    new = accepted(database, body=inline_body(b""))
    queued = database.read(lambda transaction: queue.message_for_delivery(transaction, [new.number]))[new.number]
    assert queued.body.inline == b""


def test_a_large_batch_is_stored_whole(database: Database) -> None:
    messages = [message(f"u{at}@tinh.test", f"v{at}@bo.example") for at in range(150)]
    answers = accept(database, *messages)
    assert answers == [Accepted(new.number, False) for new in messages]
    assert rows(database, "recipient") == 300
    assert len(due(database, "local", limit=1000)) == len(due(database, "domain:bo.example", limit=1000)) == 150
    check(database)


def test_ten_thousand_recipients_are_one_message(database: Database) -> None:
    deliveries = [delivery(f"u{at}@tinh.test", via="tat-ca@tinh.test") for at in range(10_000)]
    new = accepted(database, deliveries=deliveries)
    assert rows(database, "recipient") == 10_000
    (found,) = find(database, "u9999@tinh.test")
    assert [recipient.ordinal for recipient in found.recipients] == [9999]
    (listed,) = find(database, "tat-ca@tinh.test")
    assert [recipient.ordinal for recipient in listed.recipients] == list(range(10_000))
    attempt(database, new, "delivered", *range(9_999))
    attempt(database, new, "failed", 9_999)
    (told,) = [found.as_json(ZoneInfo("Asia/Ho_Chi_Minh")) for found in find(database, spell(new.number))]
    assert told["recipients_total"] == len(told["recipients"]) == 10_000
    assert Counter(recipient["state"] for recipient in told["recipients"]) == {"delivered": 9_999, "failed": 1}
    assert not any(told["altered"] for told in [told, *told["recipients"]])
    assert rows(database, "inline_body") == 0
    check(database)


def test_strange_text_can_be_stored(database: Database) -> None:
    headers = Headers(message_id="<a\0b@x>", subject="lone \ud800 half", document_number="1\0/VP")
    new = accepted(database, headers=headers, client=CLERK, sender="h'hen.niê@bộ.example")
    attempt(database, new, "failed", reply="550 5.1.1 n\0l \udcff and Đắk Lắk")
    (found,) = find(database, spell(new.number))
    assert "Đắk Lắk" in found.recipients[0].events[-1].reply


def test_a_message_without_recipients_is_refused(database: Database) -> None:
    new = message()
    new.deliveries = ()
    with pytest.raises(ValueError):
        accept(database, new)


def test_a_number_is_never_stored_twice(database: Database) -> None:
    new = accepted(database)
    with pytest.raises(ConstraintViolated):
        accept(database, new)
    assert database.read(lambda transaction: acceptance.stored_numbers(transaction, [new.number, 5])) == {new.number}


# ---------------------------------------------------------------- submissions that are repeated


def submitted(*addresses: str, content: bytes = b"x", identifier: str = "<9@tinh.test>", **facts: Any) -> NewMessage:
    return message(*addresses, client=CLERK, headers=Headers(message_id=identifier), body=inline_body(content), **facts)


def test_a_repeated_submission_is_accepted_once(database: Database) -> None:
    first, second = submitted("a@tinh.test", "b@tinh.test"), submitted("A@tinh.test", "b@TINH.test")
    assert accept(database, first) == [Accepted(first.number, False)]
    assert accept(database, second) == [Accepted(first.number, True)]
    assert rows(database, "message") == rows(database, "inline_body") == 1
    assert events(database, first) == ["message.accepted", "message.repeated"]
    check(database)


def test_also_within_one_batch(database: Database) -> None:
    first, second, third = (submitted("a@tinh.test") for _ in range(3))
    answers = accept(database, first, second, message(), third)
    assert answers[0] == Accepted(first.number, False)
    assert answers[1] == answers[3] == Accepted(first.number, True)
    assert rows(database, "message") == 2


def test_only_the_recipients_that_are_new_get_it(database: Database) -> None:
    first, second = submitted("a@tinh.test"), submitted("a@tinh.test", "b@tinh.test")
    accept(database, first)
    assert accept(database, second) == [Accepted(second.number, False)]
    assert [waiting.address for waiting in due(database)] == ["a@tinh.test", "b@tinh.test"]
    assert events(database, first) == ["message.accepted", "message.repeated"]
    check(database)


def test_a_list_is_one_recipient_whoever_its_members_are(database: Database) -> None:
    def to_list(*members: str) -> NewMessage:
        return submitted(deliveries=[delivery(member, via="phong@tinh.test") for member in members])

    first = to_list("a@tinh.test", "b@tinh.test")
    accept(database, first)
    assert accept(database, to_list("a@tinh.test", "b@tinh.test", "c@tinh.test")) == [Accepted(first.number, True)]


def test_another_content_under_the_same_message_id_is_an_error(database: Database) -> None:
    accept(database, submitted("a@tinh.test"))
    (answer,) = accept(database, submitted("a@tinh.test", "b@tinh.test", content=b"y"))
    assert isinstance(answer, RepeatedIdentifier)
    assert rows(database, "message") == 1
    check(database)


def test_another_content_for_others_is_not(database: Database) -> None:
    """A client that sends each blind copy its own bytes."""
    accept(database, submitted("a@tinh.test"))
    (answer,) = accept(database, submitted("b@tinh.test", content=b"y"))
    assert isinstance(answer, Accepted)
    assert not answer.repeated


def test_strangers_and_messages_without_identifier_are_never_repeated(database: Database) -> None:
    headers = Headers(message_id="<same@bo.example>")
    messages = [message(headers=headers), message(headers=headers)]
    messages += [message(client=CLERK, headers=Headers()), message(client=CLERK, headers=Headers())]
    assert accept(database, *messages) == [Accepted(new.number, False) for new in messages]


# ---------------------------------------------------------------- attempts


def test_an_attempt_begins_and_ends(database: Database) -> None:
    new = accepted(database, "a@tinh.test", "b@tinh.test")
    database.run(lambda transaction: attempts.start(transaction, [begun(new)]))
    assert states(database, new) == ["delivering", "delivering"]
    assert due(database, now=AT + 10**9) == []
    ended = [outcome(new, 0, "delivered"), outcome(new, 1, "deferred", next_attempt_at=AT + 500)]
    database.run(lambda transaction: attempts.finish(transaction, ended))
    assert states(database, new) == ["delivered", "deferred"]
    assert due(database, now=AT + 499) == []
    (waiting,) = due(database, now=AT + 500)
    assert (waiting.ordinal, waiting.attempts, waiting.state) == (1, 1, "deferred")
    assert rows(database, "inline_body") == 1
    attempt(database, new, "failed", 1, at=AT + 600)
    assert rows(database, "inline_body") == 0
    assert events(database, new, 1) == ["message.accepted", "recipient.deferred", "recipient.failed"]
    check(database)


def test_the_record_says_what_the_attempt_was(database: Database) -> None:
    new = accepted(database, "a@bo.example")
    attempt(database, new, "relayed", host="mx.bo.example:25", tls="TLSv1.3", possible_duplicate=True)
    records = database.read(lambda transaction: journal.read_records(transaction))
    assert records[-1].public == {
        "queue_id": spell(new.number),
        "recipient": 0,
        "attempt": 1,
        "started_at": AT + 1,
        "code": 250,
        "status": "2.0.0",
        "possible_duplicate": True,
    }
    assert records[-1].private["delivery"].value == {
        "address": "a@bo.example",
        "host": "mx.bo.example:25",
        "tls": "TLSv1.3",
        "reply": "250 2.0.0 as it happens",
    }
    assert all(journal.verify_private(record) == [] for record in records)


def test_beginning_twice_is_beginning_once(database: Database) -> None:
    new = accepted(database)
    for _ in range(2):
        database.run(lambda transaction: attempts.start(transaction, [begun(new)]))
    attempt(database, new, "deferred", next_attempt_at=AT + 3)
    assert [waiting.attempts for waiting in due(database, now=AT + 3)] == [1]


def test_a_late_outcome_changes_nothing(database: Database) -> None:
    new = accepted(database, "a@tinh.test", "b@tinh.test")
    attempt(database, new, "delivered", 0)
    again = outcome(new, 0, "failed", at=AT + 50)
    database.run(lambda transaction: attempts.finish(transaction, [again]))
    unknown = outcome(message(), 0, "failed")
    database.run(lambda transaction: attempts.finish(transaction, [unknown, again]))
    assert states(database, new) == ["delivered", "queued"]
    assert rows(database, "inline_body") == 1
    check(database)


def test_one_batch_may_hold_two_outcomes_of_a_recipient(database: Database) -> None:
    new = accepted(database)
    two = [outcome(new, 0, "deferred", next_attempt_at=AT + 9), outcome(new, 0, "expired", attempt_started_at=0)]
    database.run(lambda transaction: attempts.finish(transaction, two))
    assert states(database, new) == ["expired"]
    assert events(database, new) == ["message.accepted", "recipient.deferred", "recipient.expired"]
    check(database)


def test_what_the_caller_knows_is_not_read_again(database: Database) -> None:
    new = accepted(database)
    database.run(lambda transaction: attempts.start(transaction, [begun(new)]))
    known = outcome(new, 0, "delivered", address="binh.tt@tinh.test", attempt=1)
    database.run(lambda transaction: attempts.finish(transaction, [known]))
    assert states(database, new) == ["delivered"]
    check(database)


def test_the_last_end_releases_the_body_on_disk(database: Database) -> None:
    new = accepted(database, "a@tinh.test", "b@tinh.test", body=ON_DISK)
    assert attempt(database, new, "delivered", 0) == []
    assert attempt(database, new, "failed", 1) == [ON_DISK]
    assert rows(database, "stored_body") == 0
    check(database)


def test_a_body_may_be_kept_for_a_while(database: Database) -> None:
    new = accepted(database, body=ON_DISK)
    other = accepted(database)
    ended = [outcome(new), outcome(other)]
    assert database.run(lambda transaction: attempts.finish(transaction, ended, keep_body_seconds=10)) == []
    check(database)

    def forget(now: int) -> tuple[int, list[StoredBody]]:
        return database.run(lambda transaction: endings.forget_overdue_bodies(transaction, now))

    assert forget(AT + 9_000_000) == (0, [])
    assert forget(AT + 11_000_000) == (2, [ON_DISK])
    assert rows(database, "inline_body") == rows(database, "stored_body") == rows(database, "kept_body") == 0
    check(database)


def test_an_attempt_may_be_withdrawn(database: Database) -> None:
    new = accepted(database)
    attempt(database, new, "queued")
    (waiting,) = due(database, now=AT + 2)
    assert not waiting.possible_duplicate
    assert events(database, new) == ["message.accepted", "attempt.withdrawn"]


def test_interrupted_attempts_wait_again_and_are_flagged(database: Database) -> None:
    messages = [accepted(database, "a@tinh.test", "b@tinh.test") for _ in range(5)]
    finished = accepted(database)
    database.run(lambda transaction: attempts.start(transaction, [begun(new, 0) for new in messages]))
    attempt(database, finished, "delivered")
    total, after = 0, 0
    while True:
        count, after = database.run(
            lambda transaction, after=after: interrupted.settle(transaction, AT + 7, after, 2)  # type: ignore[misc]
        )
        total += count
        if count < 2:
            break
    assert total == 5
    waiting = due(database, now=AT + 7)
    assert sorted((one.number, one.ordinal, one.possible_duplicate) for one in waiting) == sorted(
        (new.number, ordinal, ordinal == 0) for new in messages for ordinal in (0, 1)
    )
    assert events(database, messages[0]) == ["message.accepted", "attempt.unknown"]
    check(database)


def test_reading_tells_whether_outcomes_were_stored(database: Database) -> None:
    new = accepted(database)
    ended = [outcome(new)]
    assert not database.read(lambda transaction: attempts.is_stored(transaction, ended))
    attempt(database, new, "delivered")
    assert database.read(lambda transaction: attempts.is_stored(transaction, ended))


# ---------------------------------------------------------------- the queue


def test_urgent_messages_go_first_then_the_longest_due(database: Database) -> None:
    late = accepted(database, at=AT + 20)
    early = accepted(database, at=AT + 10)
    urgent = accepted(database, at=AT + 30, headers=Headers(urgency="urgent"))
    accepted(database, at=AT + 99)
    assert [one.number for one in due(database, now=AT + 40)] == [urgent.number, early.number, late.number]
    assert [one.number for one in due(database, now=AT + 40, limit=2)] == [urgent.number, early.number]


def test_destinations_say_who_waits_for_them(database: Database) -> None:
    accepted(database, "a@tinh.test", "b@bo.example", at=AT + 5)
    accepted(database, "c@bo.example", at=AT + 3)
    held = accepted(database, "d@so.example", held=True)
    assert database.read(queue.waiting_destinations) == [("domain:bo.example", 2, AT + 3), ("local", 1, AT + 5)]
    assert states(database, held) == ["held"]
    figures = database.read(queue.statistics)
    assert (figures.messages, figures.oldest_accepted_at) == (3, AT)
    assert figures.recipients == {"queued": 3, "delivering": 0, "deferred": 0, "held": 1}


def test_an_empty_queue_has_figures(database: Database) -> None:
    assert database.read(queue.statistics) == queue.QueueStatistics(
        0, 0, None, dict.fromkeys(("queued", "delivering", "deferred", "held"), 0)
    )
    assert database.read(queue.waiting_destinations) == []


def test_the_queue_is_listed_page_by_page(database: Database) -> None:
    messages = [accepted(database, f"u{at}@tinh.test", "b@bo.example") for at in range(5)]
    attempt(database, messages[0], "delivered")
    attempt(database, messages[1], "delivered", 0)

    def listed(after: int = 0, limit: int = 3, **conditions: Any) -> list[listing.QueueEntry]:
        filters = listing.QueueFilter(**conditions)
        return database.read(lambda transaction: listing.list_queue(transaction, filters, after, limit))

    assert [entry.number for entry in listed()] == [new.number for new in messages[1:4]]
    assert [recipient.address for recipient in listed()[0].recipients] == ["b@bo.example"]
    assert [entry.number for entry in listed(messages[3].number)] == [messages[4].number]
    assert [entry.number for entry in listed(recipient="u2@tinh.test")] == [messages[2].number]
    assert len(listed(destination="domain:bo.example", state="queued", limit=9)) == 4
    assert listed(sender="nobody@tinh.test") == []
    assert database.read(lambda transaction: listing.show(transaction, 1)) is None


def test_conditions_mean_open_recipients_without_case_and_by_list(database: Database) -> None:
    new = accepted(database, "An@tinh.test", "b@bo.example", "c@bo.example")
    of_list = delivery("d@tinh.test", via="CanBo@tinh.test")
    other = accepted(database, deliveries=(of_list,))
    attempt(database, new, "delivered", 0)
    order(database, "hold", numbers=(new.number,), recipient="B@bo.example")

    def listed(**conditions: Any) -> list[tuple[int, list[str]]]:
        filters = listing.QueueFilter(**conditions)
        found = database.read(lambda transaction: listing.list_queue(transaction, filters))
        return [(entry.number, [each.address for each in entry.recipients]) for entry in found]

    assert listed(recipient="an@tinh.test") == []  # delivered
    assert listed(state="held") == [(new.number, ["b@bo.example"])]
    assert listed(recipient="C@Bo.Example") == [(new.number, ["c@bo.example"])]
    assert listed(recipient="canbo@tinh.test") == [(other.number, ["d@tinh.test"])]
    assert len(listed(sender="AN.NV@tinh.test")) == 2
    assert count(database, "remove", sender="An.Nv@tinh.test") == (3, 2)
    assert count(database, "release", everything=True) == (1, 1)
    assert count(database, "retry", recipient="canbo@tinh.test") == (0, 0)
    assert order(database, "remove", recipient="canbo@TINH.test").recipients == 1
    assert order(database, "remove", sender="AN.NV@TINH.TEST").recipients == 2
    with pytest.raises(ValueError, match="everything"):
        count(database, "remove")


# ---------------------------------------------------------------- orders


def count(database: Database, verb: orders.Verb, **selection: Any) -> tuple[int, int]:
    return database.read(lambda transaction: orders.affected(transaction, verb, Selection(**selection), AT + 5))


def order(database: Database, verb: orders.Verb, limit: int = 100, **selection: Any) -> orders.Ordered:
    def work(transaction: Transaction) -> tuple[orders.Ordered, list[StoredBody]]:
        return orders.carry_out(transaction, verb, Selection(**selection), "root", AT + 5, limit)

    return database.run(work)[0]


def test_hold_release_retry_and_remove(database: Database) -> None:
    new = accepted(database, "a@tinh.test", "b@bo.example")
    assert order(database, "hold", numbers=(new.number,)) == orders.Ordered(2, 1, ())
    assert due(database, now=AT + 10) == []
    assert order(database, "release", destination="local") == orders.Ordered(1, 1, ("local",))
    attempt(database, new, "deferred", 0, next_attempt_at=AT + 10**9)
    assert order(database, "retry", everything=True) == orders.Ordered(1, 1, ("local",))
    assert len(due(database, now=AT + 5)) == 1
    assert order(database, "remove", recipient="a@tinh.test") == orders.Ordered(1, 1, ())
    assert states(database, new) == ["removed", "held"]
    assert rows(database, "inline_body") == 1
    assert order(database, "remove", sender="an.nv@tinh.test") == orders.Ordered(1, 1, ())
    assert rows(database, "inline_body") == 0
    assert events(database, new) == [
        "message.accepted",
        "recipient.deferred",
        "recipient.held",
        "recipient.released",
        "recipient.retried",
        "recipient.removed",
    ]
    check(database)


def test_orders_leave_alone_what_is_being_attempted(database: Database) -> None:
    new = accepted(database)
    database.run(lambda transaction: attempts.start(transaction, [begun(new)]))
    for verb in ("hold", "release", "retry", "remove"):
        assert order(database, verb, everything=True).recipients == 0
    assert states(database, new) == ["delivering"]


def test_an_order_is_carried_out_piece_by_piece(database: Database) -> None:
    for _ in range(5):
        accepted(database)
    assert [order(database, "hold", 2, everything=True).recipients for _ in range(4)] == [2, 2, 1, 0]
    with pytest.raises(ValueError):
        order(database, "hold")


# ---------------------------------------------------------------- notices and reports


def test_a_notice_is_settled_with_its_report(database: Database) -> None:
    new = accepted(database, "a@bo.example", "b@bo.example")
    attempt(database, new, "failed", 0, notices=("failed",))
    attempt(database, new, "deferred", 1, notices=("delayed",), next_attempt_at=AT + 9)
    assert database.read(lambda transaction: notices.due_notices(transaction, AT)) == {}
    owed = database.read(lambda transaction: notices.due_notices(transaction, AT + 2))[new.number]
    assert [(one.ordinal, one.kind, one.status, one.state) for one in owed] == [
        (0, "failed", "5.1.1", "failed"),
        (1, "delayed", "4.3.0", "deferred"),
    ]
    report = message("an.nv@tinh.test", sender="", origin="report", parent=new.number, at=AT + 3)
    assert database.run(
        lambda transaction: notices.settle_notices(transaction, owed, report, "an.nv@tinh.test")
    ) == Accepted(report.number, False)
    assert database.read(lambda transaction: notices.due_notices(transaction, AT + 99)) == {}
    assert events(database, new)[-1] == "report.sent"
    assert states(database, report) == ["queued"]
    check(database)


def test_a_notice_may_come_to_nothing(database: Database) -> None:
    new = accepted(database)
    database.run(lambda transaction: notices.add_notices(transaction, [(new.number, 0, "failed")] * 1, AT))
    database.run(lambda transaction: notices.add_notices(transaction, [(new.number, 0, "failed")], AT))
    owed = database.read(lambda transaction: notices.due_notices(transaction, AT))[new.number]
    assert database.run(lambda transaction: notices.settle_notices(transaction, owed, None)) is None
    assert rows(database, "notice") == 0


def test_a_double_bounce_is_kept_for_the_postmaster(database: Database) -> None:
    report = accepted(database, "nobody@bo.example", sender="", origin="report")
    copy = message("postmaster@tinh.test", sender="", origin="report", held=True)
    attempt(database, report, "failed")
    database.run(
        lambda transaction: notices.undeliverable(transaction, report.number, "nobody@bo.example", "5.1.1", AT, copy)
    )
    assert "report.undeliverable" in events(database, report)
    assert states(database, copy) == ["held"]


def test_a_client_that_was_gone_is_noted(database: Database) -> None:
    new = accepted(database)
    database.run(lambda transaction: notices.unacknowledged(transaction, new.number, AT + 1))
    assert events(database, new) == ["message.accepted", "message.unacknowledged"]


@dataclass(frozen=True)
class Report:
    kind: str = "dsn"
    envelope_identifier: str = ""
    original_recipient: str = ""
    final_recipient: str = ""
    action: str = "failed"
    status: str = "5.1.1"
    diagnostic: str = "550 5.1.1 no such user"
    original_message_id: str = ""
    disposition: str = ""


def tie(database: Database, report: Report, **facts: Any) -> tuple[int, int] | None:
    return database.run(lambda transaction: returned.tie_report(transaction, report, 77, AT + 9, **facts))


def test_a_returned_report_finds_its_recipient(database: Database) -> None:
    new = accepted(database, "a@bo.example", "b@bo.example", "c@bo.example", identifier="ENV+1")
    attempt(database, new, "relayed")
    message_id = new.headers.message_id.strip("<>")
    assert tie(database, Report(envelope_identifier=spell(new.number), final_recipient="rfc822; A@bo.example")) == (
        new.number,
        0,
    )
    assert tie(
        database, Report(envelope_identifier="ENV+1", original_recipient="rfc822;b@bo.example", action="delivered")
    ) == (new.number, 1)
    assert tie(database, Report("mdn", original_message_id=message_id, final_recipient="c@bo.example")) == (
        new.number,
        2,
    )
    assert states(database, new) == ["relayed", "relayed", "relayed"]
    assert events(database, new)[-1] == "report.received"
    assert altered(database, new) == ((), ())
    check(database)


def test_a_returned_report_of_something_else_is_tied_to_nothing(database: Database) -> None:
    new = accepted(database, "a@bo.example")
    report = Report(envelope_identifier=spell(new.number), final_recipient="b@bo.example")
    assert tie(database, report) is None
    assert tie(database, Report(original_message_id="<unknown@x>", final_recipient="a@bo.example")) is None
    named = Report(envelope_identifier=spell(new.number), final_recipient="a@bo.example")
    assert tie(database, named, sender="other@tinh.test") is None
    assert tie(database, named, sender="AN.nv@tinh.test") == (new.number, 0)
    assert states(database, new) == ["queued"]


# ---------------------------------------------------------------- trails


def test_a_message_is_found_by_everything_that_people_know(database: Database) -> None:
    headers = Headers(message_id="<abc@tinh.test>", document_number="12/UBND-VP", document_kind="CV")
    deliveries = [delivery("a@tinh.test", via="phong@tinh.test"), delivery("b@bo.example")]
    new = accepted(database, headers=headers, client=CLERK, deliveries=deliveries, identifier="QQ314159")
    accepted(database, "other@so.example", sender="other@bo.example")
    queries = [spell(new.number).lower(), "<abc@tinh.test>", "abc@tinh.test", "12/ubnd-vp", "AN.NV@tinh.test"]
    for query in [*queries, "phong@tinh.test", "B@bo.example", "QQ314159"]:
        assert [found.number for found in find(database, query)] == [new.number], query
    assert find(database, document="12/UBND-VP", recipient="a@tinh.test")[0].recipients[0].address == "a@tinh.test"
    for nothing in ("abc", "c@tinh.test", "13/UBND-VP", "", spell(5)):
        assert find(database, nothing) == []
    assert find(database, document="12/UBND-VP", recipient="c@bo.example") == []


def test_a_trail_names_whom_was_asked_for(database: Database) -> None:
    new = accepted(database, "a@tinh.test", "b@tinh.test", "c@tinh.test")

    def addresses(query: str = "", **conditions: Any) -> list[list[str]]:
        return [[one.address for one in found.recipients] for found in find(database, query, **conditions)]

    assert addresses("b@tinh.test") == addresses(recipient="b@tinh.test") == [["b@tinh.test"]]
    assert addresses("an.nv@tinh.test") == [["a@tinh.test", "b@tinh.test", "c@tinh.test"]]
    assert addresses(spell(new.number), recipient="c@tinh.test") == [["c@tinh.test"]]
    assert addresses(recipient="b@tinh.test", since=AT) == [["b@tinh.test"]]
    assert addresses(recipient="b@tinh.test", since=AT + 1) == []


def test_the_newest_come_first_and_the_limit_is_kept(database: Database) -> None:
    messages = [accepted(database, at=AT + at) for at in range(5)]
    assert [found.number for found in find(database, "binh.tt@tinh.test", limit=3)] == [
        new.number for new in messages[:1:-1]
    ]


def test_the_documents_of_strangers_are_not_believed(database: Database) -> None:
    headers = Headers(message_id="<1@tinh.test>", document_number="21/TB-VPUB", document_kind="TB")
    trusted, filtered = Client("relay", "10.0.0.9", trusted=True), Client("reinjection", "127.0.0.1")
    issued = message(client=Client("local"), headers=headers, origin="operator")
    believed = [issued, *(message(client=client, headers=headers) for client in (CLERK, trusted, filtered))]
    ignored = [message(headers=headers), message(client=Client("local"), headers=headers, origin="report")]
    accept(database, *believed, *ignored)
    assert {found.number for found in find(database, document="21/tb-vpub")} == {new.number for new in believed}
    for new in ignored:
        (found,) = find(database, spell(new.number))
        assert (found.document_number, found.document_kind, found.altered) == ("", "", ())
    assert '"document"' not in str(database.read(lambda transaction: journal.read_records(transaction))[-1].private)


def test_what_was_issued_is_found_first_however_many_name_its_number(database: Database) -> None:
    def named(**facts: Any) -> NewMessage:
        new_number = len(everything)
        headers = Headers(message_id=f"<{new_number}@tinh.test>", document_number="21/TB-VPUB")
        everything.append(message(headers=headers, at=AT + new_number, **facts))
        return everything[-1]

    everything: list[NewMessage] = []
    issued = named(client=Client("local"), origin="operator")
    others = [named(client=CLERK) for _ in range(25)]
    claims = [message(at=AT + 90, identifier="21/TB-VPUB", headers=Headers(message_id="<21/TB-VPUB>"))]
    accept(database, *everything, *claims)
    for conditions in ({"query": "21/tb-vpub"}, {"document": "21/TB-VPUB"}):
        found = database.read(lambda transaction: trace.find(transaction, **conditions, limit=20))  # type: ignore[arg-type]  # noqa: B023
        assert len(found.messages) == 20
        assert found.messages[0].number == issued.number
        assert found.more
    everyone = database.read(lambda transaction: trace.find(transaction, document="21/TB-VPUB", limit=26))
    assert [one.number for one in everyone.messages] == [issued.number, *(new.number for new in reversed(others))]
    assert not everyone.more
    assert find(database, document="21/TB-VPUB", recipient="binh.tt@tinh.test", limit=1)[0].number == issued.number
    attempt(database, issued, "delivered")
    database.run(lambda transaction: erasing.erase_message(transaction, issued.number))
    assert issued.number not in {found.number for found in find(database, "21/TB-VPUB")}
    orphans = "SELECT number FROM sought WHERE number = ?"
    assert database.read(lambda transaction: transaction.execute(orphans, (issued.number,))) == []


def test_a_trail_is_told_in_json(database: Database) -> None:
    headers = Headers(message_id="<abc@tinh.test>", document_number="12/UBND-VP", document_kind="CV")
    new = accepted(database, headers=headers, client=CLERK)
    attempt(database, new, "delivered")
    (found,) = find(database, "abc@tinh.test")
    told = found.as_json(ZoneInfo("Asia/Ho_Chi_Minh"))
    assert told["queue_id"] == spell(new.number)
    assert told["document"] == {"number": "12/UBND-VP", "kind": "CV"}
    assert told["accepted_at"].endswith("+07:00")
    assert told["sha256"] == new.body.sha256.hex()
    (recipient,) = told["recipients"]
    assert (recipient["state"], recipient["possible_duplicate"]) == ("delivered", False)
    assert [event["type"] for event in recipient["events"]] == ["message.accepted", "recipient.delivered"]
    assert recipient["events"][1]["reply"] == "250 2.0.0 as it happens"
    assert recipient["events"][1]["facts"] == {
        "attempt": 1,
        "status": "2.0.0",
        "host": "127.0.0.1:24",
        "address": "binh.tt@tinh.test",
        "code": 250,
    }
    client = {"listener": "submission", "address": "10.0.0.7", "helo": "pc7", "account": "u7"}
    assert told["client"] == {**client, "login": "an.nv@tinh.test", "tls": "TLSv1.3 AES"}
    assert told["origin"] == "client"


# ---------------------------------------------------------------- what somebody altered


def altered(database: Database, new: NewMessage) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What trace marks on the message and on its first recipient; the checks must see as much."""
    (found,) = find(database, spell(new.number))
    faults = database.read(lambda transaction: list(checks.journal_faults(transaction)))
    assert bool(faults) == found.is_altered()
    told = found.as_json(ZoneInfo("Asia/Ho_Chi_Minh"))
    assert (told["altered"], told["recipients"][0]["altered"]) == (
        list(found.altered),
        list(found.recipients[0].altered),
    )
    return found.altered, found.recipients[0].altered


CLEAR = ("sender", "message_id", "document_number")


@pytest.mark.parametrize(
    ("statement", "message_names", "recipient_names"),
    [
        ("UPDATE message SET sender = 'chu.tich@tinh.test'", ("sender",), ()),
        ("UPDATE message SET document_number = '91/UBND-VP'", ("document_number",), ()),
        ("UPDATE message SET document_kind = 'QD'", ("document_kind",), ()),
        ("UPDATE message SET size = size + 1", ("size",), ()),
        ("UPDATE message SET sha256 = received", ("sha256",), ()),
        ("UPDATE message SET accepted_at = accepted_at - 1", ("accepted_at",), ()),
        ("UPDATE message SET origin = 'operator'", ("origin",), ()),
        ("UPDATE message SET message_id = '<x@y>'", ("message_id",), ()),
        ("UPDATE recipient SET state = 'failed'", (), ("state",)),
        ("UPDATE recipient SET address = 'ke.khac@bo.example'", (), ("address",)),
        ("UPDATE recipient SET possible_duplicate = 1", (), ("possible_duplicate",)),
        ("DELETE FROM recipient WHERE ordinal = 1", ("recipients",), ()),
        ("DELETE FROM mention WHERE ordinal = -1", ("record",), ()),
        ("DELETE FROM mention WHERE ordinal = 0", (), ("state",)),
        ("UPDATE private SET value = replace(value, '250 2.0.0 as', '250 2.0.0 GIA')", (), ("events",)),
        ("UPDATE private SET value = replace(value, 'pc7', 'pc8')", ("events",), ()),
        ("UPDATE private SET value = 'none'", (*CLEAR, "events"), ("address", "events")),
        ("DELETE FROM private", CLEAR, ("address",)),
    ],
)  # fmt: skip
def test_what_differs_from_the_journal_is_marked(
    database: Database, statement: str, message_names: tuple[str, ...], recipient_names: tuple[str, ...]
) -> None:
    headers = Headers(message_id="<abc@tinh.test>", document_number="90/UBND-VP", document_kind="CV")
    new = accepted(database, "a@bo.example", "b@bo.example", client=CLERK, headers=headers)
    attempt(database, new, "relayed")
    journal.Sequencer(database, "tinh.test/mailrelay").catch_up()
    assert altered(database, new) == ((), ())
    database.run(lambda transaction: transaction.execute(statement))
    assert altered(database, new) == (message_names, recipient_names)


def test_events_of_another_message_are_not_believed(database: Database) -> None:
    new, other = accepted(database), accepted(database)
    attempt(database, other, "delivered")
    move = "UPDATE mention SET number = ? WHERE number = ? AND ordinal = 0"
    database.run(lambda transaction: transaction.execute(move, (new.number, other.number)))
    assert altered(database, new) == ((), ("state", "events"))
    assert altered(database, other) == ((), ("state",))


def test_a_message_that_was_taken_away_is_missed(database: Database) -> None:
    new = accepted(database)
    for table in ("message", "recipient", "inline_body", "sought"):
        database.run(lambda transaction: transaction.execute(f"DELETE FROM {table}"))  # noqa: B023, S608
    faults = database.read(lambda transaction: list(checks.broken_rules(transaction)))
    assert f"{spell(new.number)} is spoken of by the journal but has no row" in faults
    database.run(lambda transaction: transaction.execute("DELETE FROM mention"))
    assert "none of the rows leads to it" in str(
        database.read(lambda transaction: list(checks.journal_faults(transaction)))
    )


def test_no_state_of_a_life_is_taken_for_altered(database: Database) -> None:
    """Every state that a recipient can be in, and every way there."""
    held = accepted(database, held=True)
    new = accepted(database)

    def order(verb: orders.Verb, number: int) -> None:
        selection = Selection(numbers=(number,))
        database.run(lambda transaction: orders.carry_out(transaction, verb, selection, "root", AT + 5))
        assert altered(database, new) == ((), ())

    assert altered(database, held) == altered(database, new) == ((), ())
    order("release", held.number)
    order("remove", held.number)
    assert altered(database, held) == ((), ())
    order("hold", new.number)
    order("release", new.number)
    database.run(lambda transaction: attempts.start(transaction, [begun(new)]))
    assert altered(database, new) == ((), ())
    database.run(lambda transaction: interrupted.settle(transaction, AT + 7))
    assert altered(database, new) == ((), ())
    attempt(database, new, "queued")
    assert altered(database, new) == ((), ())
    attempt(database, new, "deferred", next_attempt_at=AT + 10**9, possible_duplicate=True)
    assert altered(database, new) == ((), ())
    database.run(lambda transaction: attempts.start(transaction, [begun(new)]))
    assert altered(database, new) == ((), ())
    attempt(database, new, "deferred", next_attempt_at=AT + 10**9)
    order("retry", new.number)
    attempt(database, new, "expired")
    assert altered(database, new) == ((), ())
    database.run(lambda transaction: erasing.erase_message(transaction, new.number))
    assert altered(database, new) == ((), ())


# ---------------------------------------------------------------- erasure, checks


def test_erasing_leaves_no_clear_text_and_a_valid_journal(database: Database) -> None:
    new = message(
        "nguyen.an@bo.example",
        client=CLERK,
        headers=Headers(message_id="<secret@tinh.test>", subject="Bí mật", document_number="9/MAT"),
        identifier="ENV-9",
    )
    accept(database, new)
    with pytest.raises(ValueError):
        database.run(lambda transaction: erasing.erase_message(transaction, new.number))
    attempt(database, new, "failed", notices=("failed",))
    assert database.run(lambda transaction: erasing.erase_message(transaction, new.number)) == []
    for table in ("sought", "submission", "private", "notice", "inline_body"):
        assert rows(database, table) == 0, table

    def texts(transaction: Transaction) -> str:
        tables: Sequence[str] = ("message", "recipient")
        return repr([transaction.execute(f"SELECT * FROM {table}") for table in tables])  # noqa: S608

    told = database.read(texts)
    for word in ("nguyen.an", "secret", "Bí mật", "an.nv", "u7", "ENV-9"):
        assert word not in told
    (found,) = find(database, spell(new.number))
    assert [event.type for event in found.recipients[0].events] == ["message.accepted", "recipient.failed"]
    journal.Sequencer(database, "tinh.test/mailrelay").catch_up()
    assert database.read(lambda transaction: list(checks.journal_faults(transaction))) == []
    assert database.run(lambda transaction: erasing.erase_message(transaction, 5)) == []
    check(database)


def test_the_checks_find_what_is_broken(database: Database) -> None:
    new = accepted(database)
    other = accepted(database)
    for statement, number in [
        ("UPDATE message SET open_recipients = 2 WHERE number = ?", new.number),
        ("UPDATE recipient SET state = 'lost' WHERE number = ?", new.number),
        ("DELETE FROM inline_body WHERE number = ?", new.number),
        ("UPDATE recipient SET next_attempt_at = NULL WHERE number = ?", other.number),
    ]:
        database.run(lambda transaction: transaction.execute(statement, (number,)))  # noqa: B023
    faults = database.read(lambda transaction: list(checks.broken_rules(transaction)))
    assert f"{spell(new.number)} has a recipient in an unknown state" in faults
    assert f"{spell(new.number)} is open but has no body" in faults
    assert f"{spell(new.number)} counts its open recipients wrongly" in faults
    assert f"{spell(other.number)} has a waiting recipient that is never due" in faults


def test_the_journal_is_checked_to_its_end(database: Database) -> None:
    for _ in range(3):
        attempt(database, accepted(database), "delivered")
    assert database.read(lambda transaction: list(checks.journal_faults(transaction))) == []
    journal.Sequencer(database, "tinh.test/mailrelay").catch_up()
    assert database.read(lambda transaction: list(checks.journal_faults(transaction))) == []
    assert rows(database, "tree") == 6
    database.run(lambda transaction: transaction.execute("INSERT INTO record (body, leaf) VALUES (?, ?)", (b"x", b"y")))
    assert database.read(lambda transaction: list(checks.journal_faults(transaction))) != []


# ---------------------------------------------------------------- PostgreSQL: two daemons, a cut connection


def test_two_daemons_that_accept_one_submission_agree(open_tool: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (open_tool("relay", MIGRATIONS) for _ in range(2))
    first, second = submitted("a@tinh.test"), submitted("a@tinh.test")
    if one.dialect == "sqlite":  # writers follow each other there
        assert accept(one, first) == [Accepted(first.number, False)]
        assert accept(two, second) == [Accepted(first.number, True)]
        return
    stored, looked, go = threading.Event(), threading.Event(), threading.Event()
    store = acceptance._store

    def store_after_looking(transaction: Transaction, messages: Sequence[NewMessage]) -> None:
        looked.set()
        store(transaction, messages)

    def stall(transaction: Transaction) -> list[Accepted | RepeatedIdentifier]:
        answers = acceptance.accept(transaction, [first])
        stored.set()
        assert go.wait(30)
        return answers

    earlier = one.submit(stall)
    assert stored.wait(30)
    monkeypatch.setattr(acceptance, "_store", store_after_looking)
    later = two.submit(lambda transaction: acceptance.accept(transaction, [second]))
    assert looked.wait(30)
    go.set()
    assert earlier.result(30) == [Accepted(first.number, False)]
    with pytest.raises(ConstraintViolated):
        later.result(30)
    assert accept(two, second) == [Accepted(first.number, True)]
    check(one)


def test_a_cut_connection_loses_nothing_that_was_answered(open_tool: Open, tmp_path: Path) -> None:
    database = open_tool("relay", MIGRATIONS)
    other = open_tool("relay", MIGRATIONS)
    answers: dict[int, Exception | None] = {}
    finished: list[int] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        bodies = BodyStore(tmp_path / "bodies", loop)
        ledger = Ledger(database, loop, bodies, lambda error: None)
        for round_ in range(30):
            for new in [message() for _ in range(10)]:
                ledger.accept(new, partial(answered, ledger, new))
            if round_ % 10 == 5 and database.dialect == "postgresql":
                await loop.run_in_executor(None, cut)
            await asyncio.sleep(0)
        while len(answers) < 300 or len(finished) < sum(error is None for error in answers.values()):
            await asyncio.sleep(0.005)
        await ledger.drain()
        ledger.close()
        bodies.close()

    def answered(ledger: Ledger, new: NewMessage, answer: Accepted | None, error: Exception | None) -> None:
        answers[new.number] = error
        if answer is not None:
            ledger.finish([outcome(new)], lambda error: finished.append(new.number))

    def cut() -> None:
        """End the writer's connection, from another one."""
        other.run(
            lambda transaction: transaction.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname ="
                " current_database() AND application_name LIKE ?",
                (f"relay%pid {os.getpid()} on %",),
            )
        )

    asyncio.run(asyncio.wait_for(work(), 60))
    numbers = [number for number, error in answers.items() if error is None]
    assert database.read(lambda transaction: acceptance.stored_numbers(transaction, list(answers))) >= set(numbers)
    assert sorted(finished) == sorted(numbers)
    ended = database.read(
        lambda transaction: transaction.execute("SELECT number FROM message WHERE open_recipients = 0")
    )
    assert {number for (number,) in ended} == set(numbers)
    check(database)

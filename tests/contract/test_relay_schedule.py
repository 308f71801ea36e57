"""What the dispatcher asks the database about times, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from foundation.storage import Database
from mailrelay.dispatch import claims
from mailrelay.messages.headers import Headers
from mailrelay.store import acceptance, attempts, endings, notices, schedule
from mailrelay.store.values import NewMessage
from tests.support.databases import Open
from tests.support.relay_messages import AT, MIGRATIONS, begun, delivery, message, outcome

HOUR = 3_600_000_000
URGENT = Headers(urgency="urgent")


@pytest.fixture
def database(open_tool: Open) -> Database:
    return open_tool("relay", MIGRATIONS)


def accepted(database: Database, *addresses: str, **facts: Any) -> NewMessage:
    new = message(*addresses, **facts)
    database.run(lambda transaction: acceptance.accept(transaction, [new]))
    return new


def places(found: Sequence[Any]) -> list[tuple[int, int]]:
    return [(each.number, each.ordinal) for each in found]


def test_the_next_due_time_of_a_destination_is_the_earliest_after_now(database: Database) -> None:
    accepted(database, "a@bo.example", at=AT + 2 * HOUR)
    accepted(database, "b@bo.example", at=AT + HOUR, headers=URGENT)
    accepted(database, "c@la.example", at=AT + 5)
    assert database.read(partial(schedule.next_due, destination="domain:bo.example", now=AT)) == AT + HOUR
    assert database.read(partial(schedule.next_due, destination="domain:bo.example", now=AT + HOUR)) == AT + 2 * HOUR
    assert database.read(partial(schedule.next_due, destination="domain:bo.example", now=AT + 9 * HOUR)) is None


def test_whoever_shares_a_mailbox_is_found_while_waiting(database: Database) -> None:
    new = accepted(
        database,
        deliveries=[delivery(f"n{number}@tinh.test", mailbox=f"u{number % 3}") for number in range(9)],
    )
    database.run(lambda transaction: attempts.start(transaction, [begun(new, 3)]))
    found = database.read(lambda transaction: schedule.sharing_mailboxes(transaction, new.number, ["u0", "u2"]))
    assert sorted(places(found)) == [(new.number, ordinal) for ordinal in (0, 2, 5, 6, 8)]


def test_the_too_old_are_told_by_urgency_with_their_sender(database: Database) -> None:
    old = accepted(database, "a@bo.example", "b@bo.example", at=AT - 50 * HOUR)
    urgent = accepted(database, "c@bo.example", at=AT - 30 * HOUR, headers=URGENT, sender="khan@tinh.test")
    accepted(database, "d@bo.example", at=AT - 30 * HOUR)
    accepted(database, "e@la.example", at=AT - 50 * HOUR)
    limits = {"urgent": AT - 24 * HOUR, "normal": AT - 48 * HOUR}
    work = partial(schedule.too_old, destination="domain:bo.example", accepted=limits, limit=10)
    found = {(each.number, each.ordinal): sender for each, sender in database.read(work)}  # type: ignore[arg-type]
    assert found == {
        (old.number, 0): "an.nv@tinh.test",
        (old.number, 1): "an.nv@tinh.test",
        (urgent.number, 0): "khan@tinh.test",
    }


def test_delays_are_owed_once_and_to_those_who_want_to_hear_of_them(database: Database) -> None:
    new = accepted(
        database,
        deliveries=[
            delivery("a@bo.example"),
            delivery("b@bo.example", notify=("NEVER",)),
            delivery("c@bo.example", notify=("FAILURE", "DELAY")),
        ],
    )
    accepted(database, "d@bo.example", sender="")
    accepted(database, "e@bo.example", at=AT + HOUR)
    work = partial(schedule.untold_delays, destination="domain:bo.example", accepted={"normal": AT}, limit=10)
    owed = database.read(work)  # type: ignore[arg-type]
    assert owed == [(new.number, 0, "delayed"), (new.number, 2, "delayed")]
    database.run(lambda transaction: notices.add_notices(transaction, owed, AT))
    assert database.read(work) == []  # type: ignore[arg-type]


def test_what_another_clock_put_far_ahead_is_spread_over_the_longest_wait(database: Database) -> None:
    for number in range(20):
        accepted(database, f"a{number}@bo.example", at=AT + 90 * HOUR)
    near = accepted(database, "b@bo.example", at=AT + HOUR // 2)
    database.run(lambda transaction: schedule.bring_nearer(transaction, AT, HOUR))
    rows = database.read(lambda transaction: transaction.execute("SELECT number, next_attempt_at FROM recipient"))
    due = dict(rows)
    assert due.pop(near.number) == AT + HOUR // 2
    assert all(AT <= each < AT + HOUR for each in due.values())
    assert len(set(due.values())) > 10


def test_a_body_stays_until_its_report_is_settled(database: Database) -> None:
    new = accepted(database, "a@bo.example")
    database.run(lambda transaction: attempts.start(transaction, [begun(new)]))
    failed = outcome(new, state="failed", notices=("failed",))
    database.run(lambda transaction: attempts.finish(transaction, [failed]))
    assert _bodies(database) == 1
    ((_, owed),) = database.read(lambda transaction: notices.due_notices(transaction, AT + 10)).items()
    database.run(lambda transaction: notices.settle_notices(transaction, owed, None))
    database.run(lambda transaction: endings.forget_when_told(transaction, new.number, AT + 11))
    assert _bodies(database) == 0


def test_delays_told_of_what_has_ended_are_forgotten(database: Database) -> None:
    ended, waiting = accepted(database, "a@bo.example"), accepted(database, "b@bo.example")
    told = [(new.number, 0, "delayed") for new in (ended, waiting)]
    database.run(lambda transaction: notices.add_notices(transaction, told, 1 << 62))  # type: ignore[arg-type]
    database.run(lambda transaction: attempts.start(transaction, [begun(ended)]))
    database.run(lambda transaction: attempts.finish(transaction, [outcome(ended, state="relayed")]))
    assert _bodies(database) == 1
    database.run(schedule.forget_told_delays)
    assert database.read(lambda transaction: transaction.execute("SELECT number FROM notice")) == [(waiting.number,)]


def test_a_claim_reads_what_is_due(database: Database) -> None:
    new = accepted(database, "binh@tinh.test", "chi@tinh.test")
    work = partial(claims.read, destination="local", now=AT, limit=10, in_memory={(new.number, 1)})
    claim = database.read(work)
    ((found, waiting),) = claim.waiting
    assert (found.number, places(waiting), claim.exhausted) == (new.number, [(new.number, 0)], True)


def _bodies(database: Database) -> int:
    return int(database.read(lambda transaction: transaction.execute("SELECT count(*) FROM inline_body"))[0][0])

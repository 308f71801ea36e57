"""The queue never loses a recipient: whatever is done in whatever order, each is in exactly the state it should be."""

from __future__ import annotations

import shutil
import tempfile
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from foundation.journal import Sequencer
from foundation.storage import open_database
from mailrelay.lifecycle import ENDS, State, may_become
from mailrelay.messages.headers import Headers
from mailrelay.store import acceptance, attempts, checks, interrupted, notices, orders, queue
from mailrelay.store.values import Accepted, NewMessage
from tests.support.relay_messages import AT, CLERK, MIGRATIONS, STRANGER, begun, inline_body, message, outcome

NAMES = tuple(f"{name}@{domain}" for name in "abc" for domain in ("tinh.test", "bo.example"))
ENDINGS: tuple[State, ...] = ("delivered", "relayed", "failed", "deferred", "expired", "queued")
VERBS: tuple[orders.Verb, ...] = ("hold", "release", "retry", "remove")


class Queue(RuleBasedStateMachine):
    """The tables beside a dictionary that says what they should hold."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.mkdtemp()
        self.database = open_database(f"sqlite://{self.folder}", "mailrelay", MIGRATIONS)
        self.messages: dict[int, NewMessage] = {}
        self.states: dict[tuple[int, int], State] = {}
        self.submitted: dict[tuple[str, str], int] = {}
        self.now = AT

    def teardown(self) -> None:
        if hasattr(self, "database"):
            Sequencer(self.database, "tinh.test/mailrelay").catch_up()
            assert self.database.read(lambda transaction: list(checks.journal_faults(transaction))) == []
            self.database.close()
            shutil.rmtree(self.folder)

    def tick(self) -> int:
        self.now += 1000
        return self.now

    @rule(
        addresses=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True),
        identifier=st.sampled_from(("", "<1@tinh.test>", "<2@tinh.test>")),
        by_account=st.booleans(),
        held=st.booleans(),
        count=st.integers(1, 3),
    )
    def accept(self, addresses: list[str], identifier: str, by_account: bool, held: bool, count: int) -> None:
        headers, body = Headers(message_id=identifier), inline_body(b"the same")
        client = CLERK if by_account else STRANGER
        batch = [
            message(*addresses, client=client, headers=headers, body=body, at=self.tick(), held=held)
            for _ in range(count)
        ]
        answers = self.database.run(lambda transaction: acceptance.accept(transaction, batch))
        for new, answer in zip(batch, answers, strict=True):
            assert isinstance(answer, Accepted)
            self.expect(new, answer, identifier if by_account else "")

    def expect(self, new: NewMessage, answer: Accepted, identifier: str) -> None:
        fresh = [one for one in new.deliveries if not identifier or (identifier, one.address) not in self.submitted]
        assert answer.repeated == (not fresh)
        if answer.repeated:
            assert answer.number in self.messages
            return
        assert answer.number == new.number
        new.deliveries = tuple(fresh)
        self.messages[new.number] = new
        for ordinal, one in enumerate(fresh):
            self.states[new.number, ordinal] = "held" if new.held else "queued"
            if identifier:
                self.submitted[identifier, one.address] = new.number

    @precondition(lambda self: self.states)
    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        places = self.some(data)
        starts = [begun(self.messages[number], ordinal, at=self.tick()) for number, ordinal in places]
        self.database.run(lambda transaction: attempts.start(transaction, starts))
        for place in places:
            if self.states[place] in ("queued", "deferred"):
                self.states[place] = "delivering"

    @precondition(lambda self: self.states)
    @rule(data=st.data(), ending=st.sampled_from(ENDINGS), owes=st.booleans())
    def finish(self, data: st.DataObject, ending: State, owes: bool) -> None:
        places = [place for place in self.some(data) if self.may_end(place, ending)]
        facts: dict[str, Any] = {"notices": ("failed",)} if owes and ending == "failed" else {}
        ended = [outcome(self.messages[number], ordinal, ending, self.tick(), **facts) for number, ordinal in places]
        self.database.run(lambda transaction: attempts.finish(transaction, ended))
        for place in places:
            if self.states[place] not in ENDS:
                self.states[place] = ending

    def may_end(self, place: tuple[int, int], ending: State) -> bool:
        """What a dispatcher reports: the end of an attempt, or something late about what is over."""
        now = self.states[place]
        return now in ENDS or (now == "delivering" and may_become(now, ending))

    @rule(verb=st.sampled_from(VERBS), address=st.sampled_from(("", *NAMES)))
    def order(self, verb: orders.Verb, address: str) -> None:
        selection = orders.Selection(recipient=address, everything=not address)
        at = self.tick()
        self.database.run(lambda transaction: orders.carry_out(transaction, verb, selection, "root", at))
        for place, state in self.states.items():
            if address and self.messages[place[0]].deliveries[place[1]].address != address:
                continue
            if verb == "hold" and state in ("queued", "deferred"):
                self.states[place] = "held"
            elif (verb == "release" and state == "held") or (verb == "retry" and state == "deferred"):
                self.states[place] = "queued"
            elif verb == "remove" and state in ("queued", "deferred", "held"):
                self.states[place] = "removed"

    @rule()
    def restart(self) -> None:
        self.database.run(lambda transaction: interrupted.settle(transaction, self.tick()))
        for place, state in self.states.items():
            if state == "delivering":
                self.states[place] = "queued"

    @rule()
    def sequence(self) -> None:
        Sequencer(self.database, "tinh.test/mailrelay").run_once()

    def some(self, data: st.DataObject) -> list[tuple[int, int]]:
        places = sorted(self.states)
        return data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4, unique=True))

    @invariant()
    def nothing_is_lost(self) -> None:
        if not hasattr(self, "database"):
            return
        rows = self.database.read(
            lambda transaction: transaction.execute("SELECT number, ordinal, state FROM recipient")
        )
        assert {(number, ordinal): state for number, ordinal, state in rows} == self.states
        assert self.database.read(lambda transaction: list(checks.broken_rules(transaction))) == []

    @invariant()
    def who_waits_is_found(self) -> None:
        if not hasattr(self, "database"):
            return
        waiting = {place for place, state in self.states.items() if state in ("queued", "deferred")}
        counted = self.database.read(queue.waiting_destinations)
        assert sum(count for _, count, _ in counted) == len(waiting)
        found = [
            (one.number, one.ordinal)
            for destination, _, _ in counted
            for one in self.database.read(
                lambda transaction, destination=destination: queue.due(  # type: ignore[misc]
                    transaction, destination, self.now, 1000
                )
            )
        ]
        assert sorted(found) == sorted(waiting)

    @invariant()
    def open_messages_have_their_bytes(self) -> None:
        if not hasattr(self, "database"):
            return
        numbers = [number for (number, _), state in self.states.items() if state not in ENDS]
        bodies = self.database.read(lambda transaction: queue.message_for_delivery(transaction, numbers))
        assert set(bodies) == set(numbers)
        owed = self.database.read(lambda transaction: notices.due_notices(transaction, self.now, 1000))
        assert set(owed) <= set(self.messages)


Queue.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestQueue = Queue.TestCase

"""Takes one mail in: reads it, lets the desk decide, and says for each recipient what became of it once it is durable.

    250   what the mail says is durable: counted, held, passed on or ignored; what nobody could make sense of, the
          secretary sees with its bytes
    451   the database cannot take it just now: the relay tries again
    452   as much is kept as may be (`desk.keeping`): the relay tries again

No mail is refused for its content: whoever sent it did their part. A bug of ours with a mail keeps the mail. Delivery
reports, of which each invitation brings one, share units of work (`gathering`).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from typing import Final

from foundation import logs
from foundation.errors import CongvuError, StorageError
from foundation.failures import report_bug
from foundation.storage import Database, DatabasePoisoned, Transaction
from meetings.desk import recognising
from meetings.desk.context import Context, Outcome
from meetings.desk.keeping import KeepingRules, NoRoom, keep_within
from meetings.intake.gathering import Gathering
from meetings.meeting import Guest
from meetings.replies.reading import read
from meetings.replies.values import Envelope, Limits, Ours, Reading
from meetings.store import incoming

AREA: Final = "meetings.intake"
TAKEN: Final = "250 2.0.0 Taken in"
LATER: Final = "451 4.3.0 Our database cannot take it now; try again later"
FULL: Final = "452 4.3.1 Too many mails wait for the secretary; try again later"

SMALL_REPORT_BYTES: Final = 32 << 10
"""Read at once, in less time than it takes to another thread and back; our relay returns heads only (RET=HDRS)."""
GATHERING_SECONDS: Final = 0.01
"""How long a report waits for company. Our relay brings eight at a time, so that it may bring several hundred a second
all the same."""
_STATUS_PART: Final = b"message/delivery-status"
_KEEPING: Final = frozenset({"held", "passed_on"})
"""The verdicts after which a mail's bytes stay."""

TakeIn = Callable[[Transaction, Reading, Envelope, bytes, Context], Outcome]
"""The desk: what becomes of this mail, in one unit of work."""
TakeInReports = Callable[[Transaction, Sequence[tuple[Reading, Envelope]], Context], list[Outcome]]
"""The desk: what becomes of these delivery reports, in one unit of work."""


class Receiver:
    """Takes mails in, many at a time. Belongs to the loop's thread; mails are read in the executor's, small delivery
    reports at once."""

    def __init__(
        self,
        database: Database,
        take_in: TakeIn,
        executor: Executor,
        *,
        take_in_reports: TakeInReports,
        context: Callable[[Mapping[str, Guest]], Context],
        look_up: Callable[[Collection[str]], Mapping[str, Guest]],
        limits: Limits,
        keeping: KeepingRules,
        ours: Ours,
        on_taken: Callable[[Outcome], None],
        on_poison: Callable[[Exception], None],
    ) -> None:
        self._database = database
        self._take_in = take_in
        self._executor = executor
        self._context = context
        self._look_up = look_up
        self._limits = limits
        self._keeping = keeping
        self._ours = ours
        self._on_taken = on_taken
        self._on_poison = on_poison
        self._take_in_reports = take_in_reports
        self._reports = Gathering(self._reported, GATHERING_SECONDS)
        self.without_room = 0
        """Mails put off since the start because enough is kept."""

    def reload(self, limits: Limits, keeping: KeepingRules, ours: Ours) -> None:
        """Other limits and names from now on."""
        self._limits = limits
        self._keeping = keeping
        self._ours = ours

    async def receive(self, sender: str, recipients: Sequence[str], mail: bytes) -> list[str]:
        """The LMTP reply for each recipient, in their order. `sender` is empty for the null reverse-path."""
        reading = await self._read(sender, mail)
        if reading.kind == "report":
            return [await self._report_taken(reading, Envelope(sender, each), mail) for each in recipients]
        guests = await self._people(reading)
        return [await self._taken(reading, Envelope(sender, recipient), mail, guests) for recipient in recipients]

    async def _read(self, sender: str, mail: bytes) -> Reading:
        try:
            if not sender and len(mail) <= SMALL_REPORT_BYTES and _STATUS_PART in mail:
                return read(mail, self._limits, self._ours)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, read, mail, self._limits, self._ours)
        except Exception as error:
            report_bug(error, "meetings")
            return Reading("broken", "unreadable", digest=hashlib.sha256(mail).digest())

    async def _report_taken(self, reading: Reading, envelope: Envelope, mail: bytes) -> str:
        """With others that came meanwhile; alone when that fails, so that nobody suffers for a neighbour."""
        try:
            outcome = await self._reports.take((reading, envelope))
        except StorageError as error:
            return self._put_off(error)
        except Exception:
            return await self._taken(reading, envelope, mail, {})
        _told(envelope, reading, outcome)
        return TAKEN

    async def _reported(self, mails: Sequence[tuple[Reading, Envelope]]) -> list[Outcome]:
        context = self._context({})
        return await asyncio.wrap_future(
            self._database.submit(lambda unit: self._take_in_reports(unit, mails, context))
        )

    async def _people(self, reading: Reading) -> Mapping[str, Guest]:
        """What the directory knows of those whom somebody wants to send, and of addresses of ours by which nobody was
        invited; nothing while it is away."""
        if not reading.answers:
            return {}
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, self._looked_up, reading)
        except CongvuError as error:
            logs.event(logging.WARNING, AREA, "people in a mail cannot be looked up", reason=error.message.en)
            return {}

    def _looked_up(self, reading: Reading) -> Mapping[str, Guest]:
        """Blocks. Raises Unreachable, StorageError."""
        deputies = {each.delegated_to for each in reading.answers if each.delegated_to}
        strange = {
            address
            for address in self._database.read(lambda unit: recognising.unknown(unit, reading))
            if address.rpartition("@")[2] in self._ours.domains
        }
        found = dict(self._look_up(deputies | strange)) if deputies | strange else {}
        if strange & found.keys():
            guests = {address: found[address] for address in strange & found.keys()}
            invited = self._database.read(lambda unit: recognising.invited_among(unit, reading, guests))
            found |= self._look_up(invited) if invited else {}
        return found

    async def _taken(self, reading: Reading, envelope: Envelope, mail: bytes, guests: Mapping[str, Guest]) -> str:
        context = self._context(guests)
        try:
            outcome = await self._durable(
                lambda unit: self._take_in(unit, reading, envelope, mail, context), context.at
            )
        except (StorageError, NoRoom) as error:
            return self._put_off(error)
        except Exception as error:
            report_bug(error, "meetings")
            return await self._kept(reading, envelope, mail, context)
        self._on_taken(outcome)
        _told(envelope, reading, outcome)
        return TAKEN

    async def _kept(self, reading: Reading, envelope: Envelope, mail: bytes, context: Context) -> str:
        """The desk could not make sense of it: it goes on to a person as it is."""
        secretary = context.office.secretary
        kept = incoming.NewIncoming(
            reading.message_id,
            reading.digest,
            reading.sender,
            envelope.recipient,
            reading.subject,
            context.at,
            "passed_on",
            "unreadable",
            raw=mail,
            forward_to=secretary,
        )
        outcome = Outcome("passed_on", "unreadable", bool(secretary), secretary)

        def keep(unit: Transaction) -> Outcome:
            incoming.insert(unit, kept)
            return outcome

        try:
            await self._durable(keep, context.at)
        except (StorageError, NoRoom) as error:
            return self._put_off(error)
        self._on_taken(outcome)
        _told(envelope, reading, outcome)
        return TAKEN

    async def _durable(self, work: Callable[[Transaction], Outcome], at: int) -> Outcome:
        """What the work did, within the limits of what is kept. Raises StorageError, NoRoom, what the work raises."""

        def bounded(unit: Transaction) -> tuple[Outcome, int]:
            outcome = work(unit)
            keeps = outcome.forward or outcome.verdict in _KEEPING
            return outcome, keep_within(unit, self._keeping, at) if keeps else 0

        outcome, gone = await asyncio.wrap_future(self._database.submit(bounded))
        if gone:
            logs.event(logging.WARNING, AREA, "bytes of old mails that nobody needs have given way", mails=gone)
        return outcome

    def _put_off(self, error: CongvuError) -> str:
        logs.trouble(logging.ERROR, AREA, "a mail is put off", error)
        if isinstance(error, DatabasePoisoned):
            self._on_poison(error)
        if not isinstance(error, NoRoom):
            return LATER
        self.without_room += 1
        return FULL


def _told(envelope: Envelope, reading: Reading, outcome: Outcome) -> None:
    """A line for each mail; of delivery reports, one for each invitation, only when asked for (-v)."""
    ordinary = reading.kind == "report" and outcome.verdict == "counted"
    logs.event(
        logging.DEBUG if ordinary else logging.INFO,
        AREA,
        "taken in",
        kind=reading.kind,
        verdict=outcome.verdict,
        reason=outcome.reason or None,
        message_id=reading.message_id or None,
        recipient=envelope.recipient,
        meeting=outcome.meeting_id,
    )

"""Passes mails on to a secretary's mailbox: what came to the organiser and is no answer.

One thread with a connection of its own, behind the same gate as the letters. What the relay does not take is tried
again, later and later, for as long as it is kept; nothing of a mail is removed here before the relay has it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from foundation import clock, logs
from foundation.clock import from_microseconds
from foundation.errors import StorageError
from foundation.failures import report_bug
from foundation.rendering import Renderer
from foundation.storage import Database, DatabasePoisoned
from meetings.handover.door import Door
from meetings.handover.gate import AREA, Gate
from meetings.handover.replies import DoorShut, Reply
from meetings.handover.wrapping import wrapped
from meetings.settings import MeetingsSettings
from meetings.store import incoming
from meetings.store.incoming import ToForward

LOOK_SECONDS: Final = 10.0
AT_ONCE: Final = 10
FIRST_SECONDS: Final = 30.0
LONGEST_SECONDS: Final = 3600.0
_REPEATED: Final = "5.6.0"


class PassingOn:
    """Runs from `start` to `stop`."""

    def __init__(
        self,
        database: Database,
        settings: Callable[[], MeetingsSettings],
        renderer: Callable[[], Renderer],
        gate: Gate,
        on_poison: Callable[[Exception], None],
    ) -> None:
        self._database = database
        self._settings = settings
        self._renderer = renderer
        self._gate = gate
        self._on_poison = on_poison
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._not_before: dict[int, float] = {}
        self._thread = threading.Thread(target=self._run, name="passing-on", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There is something to pass on. From any thread."""
        self._wake.set()

    def stop(self, timeout_seconds: float = 10) -> None:
        """Finish the mail on the wire. Blocks."""
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self._round()
            except StorageError as error:
                logs.trouble(logging.ERROR, AREA, "mails cannot be passed on yet", error)
                if isinstance(error, DatabasePoisoned):
                    self._on_poison(error)
            except Exception as error:
                report_bug(error, "meetings")
            self._wake.wait(max(LOOK_SECONDS, min(self._gate.shut_seconds(), LONGEST_SECONDS)))

    def _round(self) -> None:
        """Everything that waits, once, a few at a time: each may be some megabytes."""
        after, seen = 0, set[int]()
        while waiting := self._database.read(partial(incoming.to_forward, limit=AT_ONCE, after=after)):
            after = waiting[-1].id
            seen.update(mail.id for mail in waiting)
            due = [mail for mail in waiting if self._not_before.get(mail.id, 0.0) <= clock.monotonic()]
            if self._stopping.is_set() or (due and not self._passed_on(due)):
                return
        self._not_before = {number: at for number, at in self._not_before.items() if number in seen}

    def _passed_on(self, due: list[ToForward]) -> bool:
        """Try these; False when the door is shut."""
        if self._gate.shut_seconds():
            return False
        try:
            settings = self._settings()
            door = Door(settings.submission, settings.authserv_id)
            for mail in due:
                if not self._stopping.is_set():
                    self._one(door, mail)
        except DoorShut as error:
            self._gate.failed(str(error))
            return False
        door.close()
        return True

    def _one(self, door: Door, mail: ToForward) -> None:
        settings = self._settings()
        about = self._database.read(partial(incoming.load, incoming_id=mail.id))
        if about is None or not mail.raw:  # its meeting became secret: nothing of it may go on
            self._database.run(partial(incoming.forwarded, incoming_id=mail.id, at=clock.now_microseconds()))
            return
        at = from_microseconds(mail.received_at)
        content = wrapped(mail, about, at, settings, self._renderer())
        reply = door.send(settings.bounce_address, mail.forward_to, "", content)
        if self._taken(reply):
            self._gate.opened()
            self._database.run(partial(incoming.forwarded, incoming_id=mail.id, at=clock.now_microseconds()))
            return
        if reply.code == 421:
            raise DoorShut(str(reply))
        seconds = min(FIRST_SECONDS * 2.0 ** min(mail.attempts, 10), LONGEST_SECONDS)
        self._not_before[mail.id] = clock.monotonic() + seconds
        self._database.run(partial(incoming.forward_failed, incoming_id=mail.id))
        logs.event(logging.WARNING, AREA, "a mail is not passed on yet", to=mail.forward_to, reply=str(reply))

    @staticmethod
    def _taken(reply: Reply) -> bool:
        """Now, or at an earlier try whose end we did not hear."""
        return 200 <= reply.code < 300 or (reply.code == 550 and reply.text.startswith(_REPEATED))

"""One daemon to one database: a lock, held as long as the daemon lives, and taken again when it was lost.

On SQLite nothing takes it from a living process. On PostgreSQL it belongs to a connection: when that breaks another
daemon may begin, and would take our work for that of a dead one. So whoever holds it asks from time to time
(`keep`), has it back as soon as the server answers, and must stop when another daemon was quicker.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack

from foundation.errors import Busy, StorageError
from foundation.language import Text
from foundation.service import Service
from foundation.storage import Database
from foundation.storage.protocol import HeldLock


def daemon_lock(database: Database) -> AbstractContextManager[HeldLock]:
    """What a daemon holds as long as it lives; entering raises Busy when another one has it."""
    return database.lock("daemon")


class OnlyDaemon:
    """Every method blocks; one thread at a time."""

    def __init__(self, service: Service, database: Database) -> None:
        self._service = service
        self._database = database
        self._held = ExitStack()
        self._lock: HeldLock | None = None

    def take(self) -> None:
        """Become the only one. Raises Busy when another daemon is, StorageError when the server does not answer."""
        try:
            self._lock = self._held.enter_context(daemon_lock(self._database))
        except Busy as error:
            raise Busy(
                Text(
                    "một {name} khác đang chạy với cơ sở dữ liệu này: {why}",
                    "another {name} runs with this database: {why}",
                ).format(name=self._service.name, why=error.message),
                Text("dừng nó trước: systemctl stop {unit}", "stop it first: systemctl stop {unit}").format(
                    unit=self._service.unit
                ),
            ) from error

    def keep(self) -> None:
        """See that we still are the only one, or become it again. Raises as `take` does."""
        if self._lock is not None:
            try:
                self._lock.check()
                return
            except StorageError:
                self.release()
        self.take()

    def release(self) -> None:
        """Leave the database to others."""
        self._lock = None
        self._held.close()

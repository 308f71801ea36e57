"""Opens the tables of one tool: to work in them (of a daemon, the daemon alone), or only to read (`trace`, `list`).

A tool's tables are the journal's and its own, `TOOL.migrations`, in the database of `[storage]`. A SQLite file has one
writing process, which holds a lock as long as it lives; readers disturb nobody and need no lock.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from foundation import clock
from foundation.errors import StorageError
from foundation.language import Text
from foundation.storage import Database, Work, open_database, pending_migrations
from foundation.storage.readonly import ReadOnlyDatabase, open_readonly

if TYPE_CHECKING:
    from foundation.config.sections import Storage

T = TypeVar("T")


def migrations_of(tool: str) -> list[str]:
    """The packages that make up this tool's tables, in the order in which they apply."""
    from foundation import journal

    return [journal.MIGRATIONS, f"{tool}.migrations"]


def pending(storage: Storage, tool: str) -> list[str]:
    """What opening them to work would apply first. Changes nothing; raises StorageError, ConfigError."""
    return pending_migrations(storage.url, tool, migrations_of(tool), password=_password(storage))


def open_to_work(storage: Storage, tool: str) -> Database:
    """The tables, brought up to date. Raises StorageError, ConfigError."""
    return open_database(storage.url, tool, migrations_of(tool), password=_password(storage))


def open_to_read(storage: Storage, tool: str) -> ReadOnlyDatabase:
    """The tables as they are. Raises StorageError when there are none yet, or not those of this version."""
    if pending(storage, tool):
        raise StorageError(
            Text(
                "{tool} chưa có dữ liệu ở {url}, hoặc dữ liệu còn của phiên bản trước",
                "{tool} has no data in {url} yet, or those of an earlier version",
            ).format(tool=tool, url=storage.url),
            Text("khởi động (lại) {tool} serve", "start {tool} serve, or start it again").format(tool=tool),
        )
    return open_readonly(storage.url, tool, _password(storage))


def answer_from(storage: Storage, tool: str, work: Work[T]) -> tuple[T, float]:
    """What the work finds in them, and the milliseconds that it took: opening is no part of the answer. Raises as
    `open_to_read` does.

    Meanwhile nobody looks for garbage: of an answer everything is kept, and looking cost up to half of the time."""
    with open_to_read(storage, tool) as database:
        database.read(lambda transaction: None)
        started = clock.monotonic()
        with _collector_paused():
            found = database.read(work)
        return found, round((clock.monotonic() - started) * 1000, 1)


@contextmanager
def _collector_paused() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _password(storage: Storage) -> str | None:
    return storage.password.read() if storage.password else None

"""Opening a tool's tables: for the one daemon, and for any number of readers beside it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from foundation.daemon.only_daemon import daemon_lock
from foundation.errors import Busy, StorageError
from foundation.storage import StatementRefused
from foundation.tables import open_to_read, open_to_work
from mailrelay.store import acceptance, queue
from tests.support.relay_messages import message


@pytest.fixture
def storage(tmp_path: Path) -> Any:
    return SimpleNamespace(url=f"sqlite://{tmp_path}/data", password=None)


def test_a_second_daemon_is_refused(storage: Any) -> None:
    with open_to_work(storage, "mailrelay") as one, open_to_work(storage, "mailrelay") as other:
        with daemon_lock(one), pytest.raises(Busy), daemon_lock(other):
            pass
        with daemon_lock(other):
            pass


def test_readers_see_what_is_stored_and_write_nothing(storage: Any) -> None:
    with open_to_work(storage, "mailrelay") as database, open_to_read(storage, "mailrelay") as reader:
        assert reader.read(queue.statistics).messages == 0
        database.run(lambda transaction: acceptance.accept(transaction, [message()]))
        assert reader.read(queue.statistics).messages == 1
        with pytest.raises((StorageError, StatementRefused)):
            reader.read(lambda transaction: transaction.execute("DELETE FROM message"))
    with open_to_read(storage, "mailrelay") as reader:
        assert reader.read(queue.statistics).messages == 1


def test_nothing_is_created_by_reading(storage: Any, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no data"):
        open_to_read(storage, "mailrelay")
    assert list(tmp_path.iterdir()) == []

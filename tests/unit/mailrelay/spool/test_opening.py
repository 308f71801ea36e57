"""Opening the relay's database: for the one daemon, and for any number of readers beside it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from foundation.daemon.only_daemon import daemon_lock
from foundation.errors import Busy, StorageError
from foundation.storage import StatementRefused
from mailrelay.spool.opening import open_readonly, open_relay_database
from mailrelay.store import acceptance, queue
from tests.support.relay_messages import message


@pytest.fixture
def configuration(tmp_path: Path) -> Any:
    return SimpleNamespace(storage=SimpleNamespace(url=f"sqlite://{tmp_path}/data", password=None))


def test_a_second_daemon_is_refused(configuration: Any) -> None:
    with open_relay_database(configuration) as one, open_relay_database(configuration) as other:
        with daemon_lock(one), pytest.raises(Busy), daemon_lock(other):
            pass
        with daemon_lock(other):
            pass


def test_readers_see_what_is_stored_and_write_nothing(configuration: Any) -> None:
    with open_relay_database(configuration) as database, open_readonly(configuration) as reader:
        assert reader.read(queue.statistics).messages == 0
        database.run(lambda transaction: acceptance.accept(transaction, [message()]))
        assert reader.read(queue.statistics).messages == 1
        with pytest.raises((StorageError, StatementRefused)):
            reader.read(lambda transaction: transaction.execute("DELETE FROM message"))
    with open_readonly(configuration) as reader:
        assert reader.read(queue.statistics).messages == 1


def test_nothing_is_created_by_reading(configuration: Any, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no data"):
        open_readonly(configuration)
    assert list(tmp_path.iterdir()) == []

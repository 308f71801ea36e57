"""The lock of the daemon: kept, lost, taken again, left to others."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import cast

import pytest

from foundation.daemon.only_daemon import OnlyDaemon
from foundation.errors import Busy
from foundation.language import Text
from foundation.service import Service
from foundation.storage import Database, TemporaryFailure, open_database
from tests.support.relay_messages import MIGRATIONS

SERVICE = Service("mailrelay", "relay")


class Lock:
    lost = False

    def check(self) -> None:
        if self.lost:
            raise TemporaryFailure(Text("mất", "lost"))


class Server:
    """Gives out locks; `busy` says that somebody else has it."""

    def __init__(self) -> None:
        self.given: list[Lock] = []
        self.busy = False

    def lock(self, name: str) -> AbstractContextManager[Lock]:
        assert name == "daemon"
        if self.busy:
            raise Busy(Text("bận", "busy"))
        self.given.append(Lock())
        return nullcontext(self.given[-1])


@pytest.fixture
def server() -> Server:
    return Server()


def test_a_lock_that_is_held_is_only_asked_about(server: Server) -> None:
    only = OnlyDaemon(SERVICE, cast(Database, server))
    only.take()
    only.keep()
    assert len(server.given) == 1


def test_a_lost_lock_is_taken_again(server: Server) -> None:
    only = OnlyDaemon(SERVICE, cast(Database, server))
    only.take()
    server.given[0].lost = True
    only.keep()
    only.keep()
    assert len(server.given) == 2


def test_whoever_comes_too_late_is_told(server: Server) -> None:
    only = OnlyDaemon(SERVICE, cast(Database, server))
    only.take()
    server.given[0].lost = server.busy = True
    for _ in range(2):
        with pytest.raises(Busy, match="another mailrelay"):
            only.keep()


def test_a_released_queue_is_free(tmp_path: Path) -> None:
    with open_database(f"sqlite://{tmp_path}", "mailrelay", MIGRATIONS) as one:
        first, second = OnlyDaemon(SERVICE, one), OnlyDaemon(SERVICE, one)
        first.take()
        with pytest.raises(Busy):
            second.take()
        first.release()
        second.take()
        second.release()

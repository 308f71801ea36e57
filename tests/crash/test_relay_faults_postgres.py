"""The relay with its queue in PostgreSQL, whose connections are cut and whose server dies, again under load."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from foundation import journal
from foundation.daemon.only_daemon import daemon_lock
from foundation.errors import Busy, StorageError
from foundation.storage import open_database
from mailrelay.spool import invariants
from tests.support.marked_mail import load, settle
from tests.support.postgres_server import PostgresServer
from tests.support.recording_sender import RecordingSenders
from tests.support.recording_sink import RecordingSink
from tests.support.relay_process import RelayProcess, running_slapd

pytestmark = pytest.mark.server


@contextmanager
def relay_on(storage: str, sink: RecordingSink) -> Iterator[RelayProcess]:
    with tempfile.TemporaryDirectory(prefix="congvu-pg-relay-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with running_slapd(folder, durable=False) as slapd:
            relay = RelayProcess(folder, slapd.url, sink.port, storage=storage)
            try:
                relay.start()
                yield relay
            finally:
                relay.kill()


def wait_acknowledged(senders: RecordingSenders, more: int, seconds: float = 40) -> None:
    """Wait until so many messages more have been taken."""
    wanted, deadline = len(senders.acknowledged) + more, time.monotonic() + seconds
    while len(senders.acknowledged) < wanted:
        assert time.monotonic() < deadline, (len(senders.acknowledged), senders.refused[-3:])
        time.sleep(0.02)


def cut_connections(server: PostgresServer, database: str) -> None:
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    assert server.execute(cut, database)


def restart(server: PostgresServer, _: str) -> None:
    server.stop(signal.SIGQUIT)
    server.start()


@pytest.mark.parametrize(("fault", "times"), [(cut_connections, 6), (restart, 2)])
def test_every_250_is_accounted_for(
    postgres_server: PostgresServer, fault: Callable[[PostgresServer, str], None], times: int
) -> None:
    database = postgres_server.create_database()
    storage = postgres_server.url(database)
    with RecordingSink() as sink, relay_on(storage, sink) as relay:
        assert relay.process is not None
        with load(relay.port, 17) as senders:
            for _ in range(times):
                wait_acknowledged(senders, 20)
                fault(postgres_server, database)
                assert relay.process.poll() is None, relay.log.read_text()[-2000:]
            wait_acknowledged(senders, 20)
        settle(senders, sink)
        assert relay.stop() == 0
        assert "Traceback" not in relay.log.read_text()
        with open_database(storage, "mailrelay", [journal.MIGRATIONS, "mailrelay.migrations"]) as found:
            assert invariants.check(found, relay.spool, hashes=True) == []


HELD = """SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE locktype = 'advisory' AND datname = current_database()"""


def test_a_daemon_whose_connection_was_cut_keeps_a_second_one_out(postgres_server: PostgresServer) -> None:
    """A second daemon would take the attempts of the first for those of a dead one."""
    database = postgres_server.create_database()
    with RecordingSink() as sink, relay_on(postgres_server.url(database), sink) as relay:
        (before,) = postgres_server.execute(HELD, database)
        cut_connections(postgres_server, database)
        deadline = time.monotonic() + 30
        while not (now := postgres_server.execute(HELD, database)) or now == [before]:
            assert time.monotonic() < deadline, "the lock was lost and nobody took it again"
            time.sleep(0.05)
        second = relay.run("serve")
        assert second.returncode == 75
        assert "recovered" not in second.stderr


def test_a_daemon_whose_queue_was_taken_over_ends(postgres_server: PostgresServer) -> None:
    database = postgres_server.create_database()
    storage = postgres_server.url(database)
    with (
        RecordingSink() as sink,
        relay_on(storage, sink) as relay,
        open_database(storage, "mailrelay", [journal.MIGRATIONS, "mailrelay.migrations"]) as other,
    ):
        assert relay.process is not None
        deadline = time.monotonic() + 30
        while relay.process.poll() is None:
            assert time.monotonic() < deadline
            cut_connections(postgres_server, database)
            with suppress(Busy, StorageError), daemon_lock(other):
                relay.process.wait(10)
        assert relay.process.returncode == 75
        assert "another daemon has the database" in relay.log.read_text()

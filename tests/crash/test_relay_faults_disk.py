"""The running daemon on disks that lie and disks that are full: nothing that got its 250 is lost, nothing is refused
for good, and when the disk is well again so is the relay, by itself."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from foundation import journal
from foundation.storage import open_database
from mailrelay.spool import invariants
from tests.support.marked_mail import load, settle
from tests.support.reception_stage import Client
from tests.support.recording_sender import RecordingSenders
from tests.support.recording_sink import RecordingSink
from tests.support.relay_process import RelayProcess, running_slapd
from tests.support.small_disk import as_root, small_disk

pytestmark = pytest.mark.server


@contextmanager
def relay_on(disk: Path, sink: RecordingSink, more: str = "") -> Iterator[RelayProcess]:
    """A relay whose queue, spool and log lie in this folder, and nothing else."""
    with tempfile.TemporaryDirectory(prefix="congvu-disk-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with running_slapd(folder, durable=False) as slapd:
            relay = RelayProcess(folder, slapd.url, sink.port, storage=f"sqlite://{disk}/database")
            relay.log = disk / "relay.log"  # what it would say of a full disk has no room either
            text = relay.configuration.read_text().replace('spool = "spool"', f'spool = "{disk}/spool"')
            relay.configuration.write_text(text.replace("limits = {", "limits = { free_disk_percent = 0,") + more)
            try:
                relay.start()
                yield relay
            finally:
                relay.kill()


def faults(disk: Path) -> list[str]:
    with open_database(f"sqlite://{disk}/database", "mailrelay", [journal.MIGRATIONS, "mailrelay.migrations"]) as found:
        return invariants.check(found, disk / "spool", hashes=True)


def wait_acknowledged(senders: RecordingSenders, more: int, seconds: float = 40) -> None:
    """Wait until so many messages more have been taken."""
    wanted, deadline = len(senders.acknowledged) + more, time.monotonic() + seconds
    while len(senders.acknowledged) < wanted:
        assert time.monotonic() < deadline, (len(senders.acknowledged), senders.refused[-3:])
        time.sleep(0.02)


def wait_refused(senders: RecordingSenders, code: bytes, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not any(reply.startswith(code) for reply in senders.refused):
        assert time.monotonic() < deadline, (len(senders.acknowledged), senders.refused[-3:])
        time.sleep(0.02)


@pytest.mark.parametrize("file", ["mailrelay.sqlite3-wal", "segment"])
def test_a_failed_sync_ends_the_daemon_and_loses_nothing(tmp_path: Path, file: str) -> None:
    """The kernel says EIO to the synchronisation of the write-ahead log, or of a segment, in the middle of the load."""
    with RecordingSink() as sink, relay_on(tmp_path, sink) as relay, load(relay.port, 7) as senders:
        assert relay.process is not None
        wait_acknowledged(senders, 20)
        paths = [str(each) for each in tmp_path.rglob("*") if file in each.name]
        assert paths
        told = len(senders.acknowledged)
        inject = [*as_root(), "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync"]
        inject += ["-e", "inject=fdatasync,fsync:error=EIO", *(word for path in paths for word in ("-P", path))]
        strace = subprocess.Popen([*inject, "-p", str(relay.process.pid)], stderr=subprocess.DEVNULL)
        assert relay.process.wait(60) == 69
        strace.wait(30)
        relay.process = None
        assert "stopped by a failed disk" in relay.log.read_text()
        assert faults(tmp_path) == []
        relay.start()
        wait_acknowledged(senders, 20)
        senders.stop()
        assert len(senders.acknowledged) > told
        settle(senders, sink)


def test_a_full_disk_is_temporary_and_passes_by_itself(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path, 96, "ext4") as disk,
        RecordingSink() as sink,
        relay_on(disk.folder, sink) as relay,
        load(relay.port, 11) as senders,
    ):
        assert relay.process is not None
        for _ in range(2):
            wait_acknowledged(senders, 20)
            senders.refused.clear()
            disk.fill()
            wait_refused(senders, b"452 ")
            time.sleep(1)  # a while on the full disk: outcomes too have nowhere to go
            assert relay.process.poll() is None, relay.log.read_text()[-2000:]
            assert [reply for reply in senders.refused if not reply.startswith(b"4")] == []
            disk.make_room()
            wait_acknowledged(senders, 50)
        senders.stop()
        settle(senders, sink)
        assert relay.stop() == 0
        assert "Traceback" not in relay.log.read_text()
        assert faults(disk.folder) == []


def test_a_message_announced_too_large_for_the_disk_is_put_off_at_once(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path, 96) as disk,
        RecordingSink() as sink,
        relay_on(disk.folder, sink) as relay,
        Client(relay.port) as client,
    ):
        client.expect("220 ")
        client.ask("EHLO may.bo.test", "250-")
        client.ask("MAIL FROM:<may@tinh.test> SIZE=90000000", "452 4.3.1")
        client.ask("MAIL FROM:<may@tinh.test> SIZE=1000", "250 ")
        disk.fill()
        client.ask("RSET", "250 ")
        deadline = time.monotonic() + 10
        client.say("MAIL FROM:<may@tinh.test> SIZE=1000")
        while not (reply := client.reply()).startswith("452 4.3.1"):
            assert time.monotonic() < deadline, reply
            time.sleep(0.05)
            client.ask("RSET", "250 ")
            client.say("MAIL FROM:<may@tinh.test> SIZE=1000")


def test_a_daemon_that_starts_on_a_full_disk_serves_when_there_is_room(tmp_path: Path) -> None:
    """It may refuse to start, with its reason and 69; it may not damage anything."""
    with (
        small_disk(tmp_path, 96) as disk,
        RecordingSink() as sink,
        relay_on(disk.folder, sink) as relay,
        load(relay.port, 13) as senders,
    ):
        wait_acknowledged(senders, 20)
        relay.kill()
        disk.fill()
        found = _try_to_start(relay)
        assert found in (None, 69), relay.log.read_text()[-2000:]
        disk.make_room()
        if found is not None:
            relay.start()
        wait_acknowledged(senders, 20)
        senders.stop()
        settle(senders, sink)
        assert "Traceback" not in relay.log.read_text()


def _try_to_start(relay: RelayProcess) -> int | None:
    """The exit code of a start that failed, or None while it runs."""
    with relay.log.open("ab") as log:
        relay.process = subprocess.Popen(relay.command("serve"), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    deadline = time.monotonic() + 10
    while relay.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    return relay.process.returncode


def test_the_fill_is_real(tmp_path: Path) -> None:
    with small_disk(tmp_path, 8) as disk:
        disk.fill()
        with pytest.raises(OSError, match="space"):
            (disk.folder / "x").write_bytes(b"x" * 8192)
        disk.make_room()
        (disk.folder / "x").write_bytes(b"x" * 8192)
    assert not os.path.ismount(tmp_path / "disk")

"""Fault stories that take longer than a test suite should; script/soak runs them.

The directory goes away, hangs, or was never there; the next host hangs while we stop; the queue's disk fills and its
database freezes again and again under load.
"""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.test_relay_faults_disk import faults, wait_refused
from tests.crash.test_relay_faults_disk import relay_on as relay_on_disk
from tests.crash.test_relay_faults_postgres import cut_connections, restart, wait_acknowledged
from tests.crash.test_relay_faults_postgres import relay_on as relay_on_postgres
from tests.support.directory_entries import one_of_each, person, person_dn
from tests.support.mail_house import MailHouse
from tests.support.marked_mail import load, settle
from tests.support.postgres_server import PostgresServer
from tests.support.recording_sink import RecordingSink
from tests.support.small_disk import small_disk
from tests.support.trouble import EditableSlapd
from tests.support.trouble_box import TroubledHouse, troubled_house

AN = "active.sxd@tinh.test"
NEW = "moi.sxd@tinh.test"
UNKNOWN = "khong-co-ai@tinh.test"
FOREIGN = "ai@noi-khac.example"

pytestmark = pytest.mark.server


@pytest.fixture
def house(own_slapd: EditableSlapd, tmp_path: Path) -> Iterator[TroubledHouse]:
    own_slapd.add_all(one_of_each())
    with troubled_house(tmp_path / "house", own_slapd) as running:
        yield running


def answer_to(house: MailHouse, recipient: str) -> int:
    """What RCPT says to a stranger."""
    client = house.client()
    try:
        client.ehlo()
        client.mail(FOREIGN)
        return client.rcpt(recipient)[0]
    finally:
        client.close()


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_directory_goes_and_comes_back(house: TroubledHouse, own_slapd: EditableSlapd) -> None:
    """Known people get their mail all the time; nobody is refused for good whom an old copy may not know."""
    assert (answer_to(house, AN), answer_to(house, UNKNOWN)) == (250, 550)
    own_slapd.stop()
    wait_until(lambda: answer_to(house, UNKNOWN) == 451, 120)
    house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        house.client("submission", AN)
    assert refused.value.smtp_code == 454
    own_slapd.start()
    own_slapd.add(person_dn("moi"), person("moi"))
    wait_until(lambda: (answer_to(house, NEW), answer_to(house, UNKNOWN)) == (250, 550), 120)
    house.client("submission", AN).close()


def test_a_directory_that_hangs_stops_nobody(house: TroubledHouse, own_slapd: EditableSlapd) -> None:
    """A process that hangs answers nothing: sessions go on, and logins end with 454 in time."""
    os.kill(own_slapd.pid, signal.SIGSTOP)
    try:
        house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")
        began = time.monotonic()
        with pytest.raises(smtplib.SMTPException):
            house.client("submission", AN)
        assert time.monotonic() - began < 30
        assert house.page("livez")[0] == 200
    finally:
        os.kill(own_slapd.pid, signal.SIGCONT)
    wait_until(lambda: _may_login(house))


def _may_login(house: MailHouse) -> bool:
    try:
        house.client("submission", AN).close()
    except smtplib.SMTPException:
        return False
    return True


def test_a_first_start_without_directory_puts_off_and_refuses_nobody(own_slapd: EditableSlapd, tmp_path: Path) -> None:
    own_slapd.add_all(one_of_each())
    own_slapd.stop()
    with troubled_house(tmp_path / "house", own_slapd, start=False) as house:
        with house.log.open("ab") as log:
            house.process = subprocess.Popen(house.command("serve"), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        house.wait_log("mailrelay: ready", 60)
        assert house.page("readyz")[0] == 503
        assert (answer_to(house, AN), answer_to(house, UNKNOWN)) == (451, 451)
        own_slapd.start()
        wait_until(lambda: (answer_to(house, AN), answer_to(house, UNKNOWN)) == (250, 550), 120)
        house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")


def test_a_stop_while_the_next_host_hangs_is_told_at_the_next_start(house: TroubledHouse) -> None:
    house.outside.moods.append(house.outside.hang_after_the_dot(60))
    queue_id = house.hand_over(AN, [FOREIGN], "submission", login=AN)
    wait_until(lambda: house.outside.seen == 1)
    began = time.monotonic()
    assert house.stop() == 0
    assert time.monotonic() - began < 30
    house.start()
    recipient = house.wait_state(queue_id, "relayed")["recipients"][0]
    assert recipient["possible_duplicate"] is True
    assert len(house.outside.letters) == 1


@pytest.mark.parametrize("kind", ["tmpfs", "ext4"])
def test_the_disk_fills_again_and_again(tmp_path: Path, kind: str) -> None:
    with (
        small_disk(tmp_path, 256, kind) as disk,
        RecordingSink() as sink,
        relay_on_disk(disk.folder, sink) as relay,
        load(relay.port, 29) as senders,
    ):
        for _ in range(12):
            wait_acknowledged(senders, 20)
            senders.refused.clear()
            disk.fill()
            wait_refused(senders, b"452 ")
            assert relay.process is not None
            assert relay.process.poll() is None, relay.log.read_text()[-2000:]
            disk.make_room()
        wait_acknowledged(senders, 50)
        senders.stop()
        settle(senders, sink)
        assert relay.stop() == 0
        assert faults(disk.folder) == []


def test_the_database_is_cut_restarted_and_frozen_again_and_again(postgres_server: PostgresServer) -> None:
    database = postgres_server.create_database()
    with RecordingSink() as sink, relay_on_postgres(postgres_server.url(database), sink) as relay:
        assert relay.process is not None
        with load(relay.port, 31) as senders:
            for fault in (cut_connections, freeze, restart, cut_connections) * 5:
                wait_acknowledged(senders, 20)
                fault(postgres_server, database)
                assert livez(relay.metrics_port) == 200
                assert relay.process.poll() is None, relay.log.read_text()[-2000:]
            wait_acknowledged(senders, 20)
        settle(senders, sink)


def freeze(server: PostgresServer, _: str) -> None:
    """All of its processes stand still for some seconds; the relay does not."""
    rows = server.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    pids = [int(str(row[0])) for row in rows]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(3)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def livez(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=5) as answer:
        return int(answer.status)

"""Clients that are slow, greedy, gone or back again: each gets one truth, and nobody else waits."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from foundation import journal
from foundation.storage import open_database
from mailrelay.spool import invariants
from tests.support.directory_entries import one_of_each
from tests.support.mail_house import letter
from tests.support.reception_stage import Client
from tests.support.slapd_server import SlapdServer
from tests.support.trouble_box import TRUSTED_CLIENT, TroubledHouse, troubled_house

AN = "active.sxd@tinh.test"
FOREIGN = "ai@noi-khac.example"
SENDER = "quet@tinh.test"
IMPATIENT = (
    "limits = { command_timeout_seconds = 2, minimum_bytes_per_second = 1000, recipients = 10000, connections = 60 }"
)

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def house(running_slapd: SlapdServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TroubledHouse]:
    running_slapd.wipe()
    running_slapd.add_all(one_of_each())
    with troubled_house(tmp_path_factory.mktemp("clients"), running_slapd, IMPATIENT) as running:
        yield running


def connect(house: TroubledHouse) -> Client:
    client = Client(house.ports["relay"], source=TRUSTED_CLIENT)
    client.expect("220 ")
    return client


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def faults(folder: Path) -> list[str]:
    """What the checker of queue, spool and journal finds."""
    with open_database(f"sqlite://{folder}/data", "mailrelay", [journal.MIGRATIONS, "mailrelay.migrations"]) as found:
        return invariants.check(found, folder / "spool", hashes=True)


def test_ten_thousand_recipients_in_one_message(house: TroubledHouse) -> None:
    before = house.memory_bytes()
    with connect(house) as client:
        client.ask("EHLO may.bo.test", "250-")
        client.ask(f"MAIL FROM:<{SENDER}>", "250 ")
        names = [f"n{number}@xa{number % 7}.example" for number in range(10_000)]
        for at in range(0, 10_000, 500):
            client.say(*(f"RCPT TO:<{name}>" for name in names[at : at + 500]))
            for _ in range(500):
                client.expect("250 2.1.5")
        client.ask("RCPT TO:<mot-nua@xa.example>", "452 4.5.3")
        queue_id = client.hand_over(letter(SENDER, ["nhieu@xa.example"])).split()[-1]
    wait_until(lambda: sum(len(each.recipients) for each in house.outside.letters) >= 10_000, 60)
    assert sorted(name for each in house.outside.letters for name in each.recipients) == sorted(names)
    wait_until(lambda: house.queued() == 0, 60)
    (message,) = house.run("queue", "show", queue_id, "--json").json["messages"]
    assert {each["address"]: each["state"] for each in message["recipients"]} == dict.fromkeys(names, "relayed")
    assert house.traced(queue_id)[0]["recipients_total"] == 10_000
    assert len(house.traced(queue_id)[0]["recipients"]) == 10_000
    assert house.memory_bytes() - before < 100 << 20
    house.outside.letters.clear()


def test_writers_below_the_lowest_rate_are_sent_away_and_disturb_nobody(house: TroubledHouse) -> None:
    slow = [connect(house) for _ in range(30)]
    for client in slow:
        client.envelope(SENDER, FOREIGN)
        client.ask("DATA", "354 ")
        client.send("Subject: cham\r\n\r\n")
    silent = [connect(house) for _ in range(5)]
    house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")
    deadline = time.monotonic() + 30
    waiting = list(slow)
    while waiting:
        assert time.monotonic() < deadline, len(waiting)
        waiting = [client for client in waiting if still_listened_to(client, b"x" * 20 + b"\r\n")]
        time.sleep(0.2)
    for client in silent:
        client.expect("421 4.4.2")
        client.expect_end()
    for client in (*slow, *silent):
        client.close()
    house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")
    assert house.queued() == 0


def still_listened_to(client: Client, more: bytes) -> bool:
    """Send a little more; False once the server has said that this is too slow."""
    try:
        client.send(more)
        client.socket.settimeout(0.01)
        answer = client.socket.recv(1000)
    except TimeoutError:
        return True
    except ConnectionError:
        return False
    assert answer.startswith(b"421 4.4.2"), answer
    return False


def test_too_many_connections_are_told_so_and_come_in_later(house: TroubledHouse) -> None:
    many = [Client(house.ports["relay"], source=TRUSTED_CLIENT) for _ in range(70)]
    greetings = [client.reply()[:3] for client in many]
    assert set(greetings) == {"220", "421"}
    assert greetings.count("220") <= 60
    for client in many:
        client.close()
    wait_until(lambda: "\nmailrelay_sessions_open 0.0" in house.page("metrics")[1])
    house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")


@pytest.mark.parametrize("how", ["reset", "close", "half_close"])
def test_a_client_that_goes_in_mid_commit_loses_nothing(house: TroubledHouse, how: str) -> None:
    """Each says everything in one go and is gone, at moments spread over the life of a message."""
    subjects = [f"di-{how}-{number}" for number in range(40)]
    answered = []
    for number, subject in enumerate(subjects):
        with connect(house) as client:
            client.envelope(SENDER, AN)
            client.ask("DATA", "354 ")
            client.send(letter(SENDER, [AN], subject).replace(b"\r\n.", b"\r\n..") + b".\r\n")
            if number % 4:
                time.sleep(0.0005 * (number % 4))  # the moment in the life of the message is what varies here
            if how == "half_close":
                client.half_close()
                if client.reply().startswith("250 "):
                    answered.append(subject)
            else:
                client.reset() if how == "reset" else client.close()
    wait_until(lambda: house.queued() == 0 and "\nmailrelay_sessions_open 0.0" in house.page("metrics")[1])
    arrived = [str(each.parsed["Subject"]) for each in house.inside.letters]
    ours = [subject for subject in arrived if f"-{how}-" in subject]
    assert set(answered) <= set(ours) <= set(subjects)
    assert len(ours) == len(set(ours))
    if how == "half_close":
        assert answered == subjects
    house.inside.letters.clear()


def test_what_was_kept_for_a_client_that_left_is_noted(house: TroubledHouse) -> None:
    """The writer of the database is kept busy, so that the client is certainly gone before the commit."""
    connection = apsw.Connection(str(house.folder / "data" / "mailrelay.sqlite3"))
    connection.set_busy_timeout(10_000)
    with connect(house) as client:
        client.envelope(SENDER, AN)
        client.ask("DATA", "354 ")
        connection.execute("BEGIN IMMEDIATE")
        client.send(letter(SENDER, [AN], "khong nghe tra loi") + b".\r\n")
        wait_until(lambda: house.page("livez")[0] == 200)  # the daemon waits for the database, and answers
        client.reset()
    wait_until(lambda: "\nmailrelay_sessions_open 0.0" in house.page("metrics")[1])
    connection.execute("COMMIT")
    connection.close()
    got = house.inside.wait_for(lambda each: "khong nghe" in str(each.parsed["Subject"]))
    message_id = str(got.parsed["Message-ID"])
    wait_until(lambda: "message.unacknowledged" in str(house.traced(message_id)))


def test_a_peer_that_reads_no_replies_is_cut(house: TroubledHouse) -> None:
    with connect(house) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.ask("EHLO may.bo.test", "250-")
        client.socket.settimeout(0.5)
        before = house.memory_bytes()
        with pytest.raises(OSError):
            client.send(b"NOOP\r\n" * 20_000_000)
        assert house.memory_bytes() - before < 20 << 20
    house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")


def test_at_the_end_everything_is_in_order(house: TroubledHouse) -> None:
    assert house.queued() == 0
    assert house.stop() == 0
    assert faults(house.folder) == []
    assert "Traceback" not in house.log.read_text()
    house.start()

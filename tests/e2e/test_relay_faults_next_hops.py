"""Next hosts in every bad mood: nothing is lost, nothing is doubled in silence, nobody else waits for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.directory_entries import one_of_each
from tests.support.mail_house import letter
from tests.support.reception_stage import Client
from tests.support.slapd_server import SlapdServer
from tests.support.trouble_box import TRUSTED_CLIENT, TroubledHouse, troubled_house

AN = "active.sxd@tinh.test"
FOREIGN = "ai@noi-khac.example"
SENDER = "quet@tinh.test"
ONE_CONNECTION = "concurrency = { connections_per_destination = 1, idle_seconds = 1 }\n"
RETRIES = "retry = { normal = { first_seconds = 1, longest_seconds = 2 }, urgent = { first_seconds = 1 } }\n"

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def running(running_slapd: SlapdServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TroubledHouse]:
    running_slapd.wipe()
    running_slapd.add_all(one_of_each())
    with troubled_house(tmp_path_factory.mktemp("hops"), running_slapd, ONE_CONNECTION + RETRIES) as house:
        yield house


@pytest.fixture
def house(running: TroubledHouse) -> TroubledHouse:
    for box in (running.inside, running.outside):
        box.letters.clear()
        box.moods.clear()
        box.refuse.clear()
        box.after_data = ""
        box.connections = box.seen = 0
    wait_until(lambda: level(running, "mailrelay_connections_out") == 0)
    return running


def wait_until(condition: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def level(house: TroubledHouse, name: str) -> float:
    """A figure of the metrics page."""
    (line,) = [line for line in house.page("metrics")[1].splitlines() if line.startswith(name + " ")]
    return float(line.split()[1])


def send(house: TroubledHouse, content: bytes = b"", recipient: str = FOREIGN) -> str:
    """Hand a message to the relay from the trusted network; its queue id."""
    with Client(house.ports["relay"], source=TRUSTED_CLIENT) as client:
        client.expect("220 ")
        client.envelope(SENDER, recipient)
        reply = client.hand_over(content or letter(SENDER, [recipient]))
        assert reply.startswith("250 "), reply
        return reply.split()[-1]


def recipient_of(house: TroubledHouse, queue_id: str) -> dict[str, Any]:
    (message,) = house.traced(queue_id)
    return dict(message["recipients"][0])


def events(house: TroubledHouse, queue_id: str) -> list[str]:
    return [str(event["type"]) for event in recipient_of(house, queue_id)["events"]]


def test_a_hang_after_the_dot_is_repeated_and_flagged(house: TroubledHouse) -> None:
    house.outside.moods.append(house.outside.hang_after_the_dot(1))
    recipient = house.wait_state(send(house), "relayed")["recipients"][0]
    assert house.outside.seen == 1
    assert len(house.outside.letters) == 1
    assert recipient["possible_duplicate"] is True


@pytest.mark.parametrize(
    "answer",
    [b"", b"\r\n", b"25", b"garbage\r\n", b"\x00\xff\x80\r\n", b"250-yes\r\n", b"999 what\r\n", b"x" * 100_000],
)
def test_an_unclear_end_is_repeated_and_flagged(house: TroubledHouse, answer: bytes) -> None:
    house.outside.moods.append(house.outside.answer_the_dot(answer))
    recipient = house.wait_state(send(house), "relayed")["recipients"][0]
    assert house.outside.seen == 1
    assert len(house.outside.letters) == 1
    assert recipient["possible_duplicate"] is True


def test_a_cut_before_the_dot_is_repeated_without_suspicion(house: TroubledHouse) -> None:
    """The message is larger than what the kernel takes ahead of the peer: the dot was never sent."""
    house.outside.moods.append(house.outside.close_in_the_content())
    queue_id = send(house, b"Subject: dai\r\n\r\n" + (b"x" * 990 + b"\r\n") * 20_000)
    recipient = house.wait_state(queue_id, "relayed")["recipients"][0]
    assert len(house.outside.letters) == 1
    assert recipient["possible_duplicate"] is False


@pytest.mark.parametrize(
    ("when", "answers"),
    [
        ("mail", [b"451 4.7.1 greylisted, come back\r\n"] * 2),
        ("mail", [b"421 4.7.0 closing\r\n"]),
        ("dot", [b"421 4.7.0 closing\r\n"]),
        ("dot", [b"452 4.3.1 full\r\n"]),
    ],
)
def test_temporary_answers_are_tried_again(house: TroubledHouse, when: str, answers: list[bytes]) -> None:
    outside = house.outside
    outside.moods += [outside.answer_mail(each) if when == "mail" else outside.answer_the_dot(each) for each in answers]
    queue_id = send(house)
    recipient = house.wait_state(queue_id, "relayed")["recipients"][0]
    assert recipient["possible_duplicate"] is False
    assert len(outside.letters) == 1
    # A connection that was kept says the same once more, when the next attempt comes soon enough to use it.
    assert events(house, queue_id).count("recipient.deferred") >= len(answers)


def test_an_endless_reply_is_cut_short(house: TroubledHouse) -> None:
    house.outside.moods.append(house.outside.never_stop_talking())
    before = house.memory_bytes()
    queue_id = send(house)
    house.wait_state(queue_id, "relayed")
    assert house.memory_bytes() - before < 20 << 20
    deferred = next(event for event in recipient_of(house, queue_id)["events"] if event["type"] == "recipient.deferred")
    assert len(str(deferred["reply"])) < 2000


def test_a_slow_reader_costs_no_memory_and_holds_up_nobody_else(house: TroubledHouse) -> None:
    house.outside.moods.append(house.outside.read_slowly(4096, 0.02, 150))
    before = house.memory_bytes()
    slow = send(house, b"Subject: dai\r\n\r\n" + (b"x" * 990 + b"\r\n") * 20_000)
    house.wait_state(send(house, recipient=AN), "delivered")
    assert recipient_of(house, slow)["state"] == "delivering"
    assert house.memory_bytes() - before < 40 << 20
    house.wait_state(slow, "relayed", 60)
    assert house.outside.seen == 1

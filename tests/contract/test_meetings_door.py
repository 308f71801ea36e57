"""The meetings server's client at the relay's real doors: TLS, login, one letter, and every way in which it ends."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

import pytest

from foundation.config.secrets import Secret
from mailrelay.envelope import ListenerKind
from mailrelay.policy.applications import Applications
from mailrelay.policy.authentication import Authenticator
from mailrelay.policy.rules import Policy
from mailrelay.settings import Application
from meetings.handover.door import Door
from meetings.handover.replies import DoorShut
from meetings.settings import Submission
from tests.support.reception_fakes import Rooms
from tests.support.reception_stage import Stage, stage
from tests.support.relay_book import relay_settings, small_book

MAIL = b"From: hop+r4@tinh.test\r\nMessage-ID: <abc@tinh.test>\r\n\r\n.mot dau cham\r\n..hai\r\nXin moi.\r\n"


class Nobody:
    def right(self, uid: str, password: bytes) -> bool:
        return False


async def no_wait(_: float) -> None:
    return None


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Stage]:
    secret = tmp_path / "secret"
    secret.write_text("mật khẩu của máy", encoding="utf-8")
    secret.chmod(0o600)
    application = Application(("hop@tinh.test", "hop-bao-phat@tinh.test"), Secret("file", str(secret)))
    settings, book = relay_settings(applications={"meetings": application}), small_book()
    applications = Applications(settings.applications)
    rooms = cast(Any, Rooms())
    with ThreadPoolExecutor(1) as pool:
        rooms.policy = Policy(settings, book, applications=applications)
        rooms.authenticator = Authenticator(book, Nobody(), pool, applications=applications, sleep=no_wait)
        with stage(tmp_path, rooms=rooms) as played:
            yield played


def submission(relay: Stage, tls: Literal["implicit", "starttls"] = "implicit", **changes: Any) -> Submission:
    kind: ListenerKind = "submissions" if tls == "implicit" else "submission"
    settings = Submission(
        "127.0.0.1",
        relay.port(kind),
        tls,
        "127.0.0.1",
        relay.folder / "ca.pem",
        password=Secret("file", str(relay.folder / "secret")),
    )
    return replace(settings, **changes)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_letter_arrives_as_it_is(relay: Stage, tls: Literal["implicit", "starttls"]) -> None:
    door = Door(submission(relay, tls), "hop.tinh.test")
    reply = door.send("hop-bao-phat+abc@tinh.test", "an@tinh.test", "abc", MAIL)
    again = door.send("hop-bao-phat+abd@tinh.test", "ai@bo.test", "abd", MAIL + "Tiếng Việt không mã hóa".encode())
    door.close()
    assert (reply.code, reply.step, reply.remembers, again.code) == (250, "content", True, 250)
    first, second = relay.rooms.ledger.messages
    assert first.client.account == "application:meetings"
    assert (first.envelope.sender, first.envelope.returned, first.envelope.identifier) == (
        "hop-bao-phat+abc@tinh.test",
        "HDRS",
        "abc",
    )
    assert first.envelope.recipients[0].notify == ("SUCCESS", "FAILURE", "DELAY")
    assert second.envelope.eight_bit
    assert first.body.size == len(MAIL)


def test_a_refused_recipient_leaves_the_door_open(relay: Stage) -> None:
    door = Door(submission(relay), "hop.tinh.test")
    reply = door.send("hop-bao-phat+abc@tinh.test", "khong.co@tinh.test", "abc", MAIL)
    assert (reply.code, reply.step) == (550, "recipient")
    assert reply.text.startswith("5.1.1")
    assert door.send("hop-bao-phat+abc@tinh.test", "an@tinh.test", "abc", MAIL).code == 250
    door.close()


def test_a_refused_sender_is_told_as_such(relay: Stage) -> None:
    door = Door(submission(relay), "hop.tinh.test")
    assert door.send("an@tinh.test", "an@tinh.test", "abc", MAIL).step == "sender"
    door.close()


def test_a_refused_content_is_told_as_such(relay: Stage) -> None:
    door = Door(submission(relay), "hop.tinh.test")
    reply = door.send("hop-bao-phat+abc@tinh.test", "an@tinh.test", "abc", b"From: an@tinh.test\r\n\r\n")
    assert (reply.code, reply.step) == (550, "content")
    door.close()


def test_nothing_in_an_address_becomes_a_command(relay: Stage) -> None:
    door = Door(submission(relay), "hop.tinh.test")
    for address in ("an@tinh.test>\r\nRCPT TO:<ai@bo.test", "an@tinh.test> X", "an@tinh.test\0"):
        assert door.send("hop-bao-phat+abc@tinh.test", address, "abc", MAIL).code == 553
    door.close()
    assert not relay.rooms.ledger.messages


@pytest.mark.parametrize("pipelines", [True, False])
def test_a_refusal_at_any_step_leaves_the_door_open(relay: Stage, pipelines: bool) -> None:
    door = Door(submission(relay), "hop.tinh.test")
    door._pipelines = pipelines
    sender, token = "hop-bao-phat+abc@tinh.test", "abc"
    told = [
        door.send("an@tinh.test", "an@tinh.test", token, MAIL),
        door.send(sender, "khong.co@tinh.test", token, MAIL),
        door.send(sender, "an@tinh.test", token, b"From: an@tinh.test\r\n\r\n"),
        door.send(sender, "an@tinh.test", token, MAIL),
    ]
    door.close()
    assert [(reply.code, reply.step) for reply in told] == [
        (550, "sender"),
        (550, "recipient"),
        (550, "content"),
        (250, "content"),
    ]


def test_without_a_password_letters_wait(relay: Stage) -> None:
    with pytest.raises(DoorShut, match="no password"):
        Door(submission(relay, password=None), "hop.tinh.test")


def test_a_wrong_password_shuts_the_door(relay: Stage) -> None:
    (relay.folder / "secret2").write_text("sai")
    (relay.folder / "secret2").chmod(0o600)
    with pytest.raises(DoorShut, match=r"535 5\.7\.8"):
        Door(submission(relay, password=Secret("file", str(relay.folder / "secret2"))), "hop.tinh.test")


def test_a_certificate_of_another_name_shuts_the_door(relay: Stage) -> None:
    for tls in ("implicit", "starttls"):
        with pytest.raises(DoorShut, match="CERTIFICATE_VERIFY_FAILED"):
            Door(submission(relay, cast(Any, tls), server_name="mail.bo.test"), "hop.tinh.test")


def test_nobody_at_the_port_shuts_the_door(relay: Stage) -> None:
    with pytest.raises(DoorShut, match="refused"):
        Door(submission(relay, port=1), "hop.tinh.test")


def test_a_lost_connection_shuts_the_door(relay: Stage) -> None:
    door = Door(submission(relay), "hop.tinh.test")
    door.break_off()
    with pytest.raises(DoorShut):
        door.send("hop-bao-phat+abc@tinh.test", "an@tinh.test", "abc", MAIL)

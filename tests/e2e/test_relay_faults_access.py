"""Strangers at every door: nobody relays through us, nobody guesses passwords, nobody is heard in clear."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Iterator

import pytest

from mailrelay.envelope import ListenerKind
from tests.support.directory_entries import APP_PASSWORD, PASSWORD, one_of_each
from tests.support.reception_stage import Client
from tests.support.slapd_server import SlapdServer
from tests.support.trouble_box import TroubledHouse, troubled_house

AN = "active.sxd@tinh.test"
FOREIGN = "ai@noi-khac.example"
SENDERS = ["", FOREIGN, AN, "root@[127.0.0.1]", "a@localhost", "postmaster@tinh.test"]
RECIPIENTS = [
    f"<{FOREIGN}>",
    "<@tinh.test:ai@noi-khac.example>",
    '<"ai@noi-khac.example"@tinh.test>',
    "<ai%noi-khac.example@tinh.test>",
    "<noi-khac.example!ai@tinh.test>",
    "<noi-khac.example!ai>",
    "<ai@noi-khac.example@tinh.test>",
    "<ai@tinh.test@noi-khac.example>",
    "<ai@[127.0.0.1]>",
    "<ai@127.0.0.1>",
    "<ai@localhost>",
    "<ai@noi-khac.example.>",
    "<active.sxd@tinh.test.noi-khac.example>",
    "<active.sxd@tinh.test%noi-khac.example>",
    '<"active.sxd@tinh.test ai"@noi-khac.example>',
    "<ai@xn--tinh.test>",
    "<>",
    FOREIGN,
]

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def house(running_slapd: SlapdServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TroubledHouse]:
    running_slapd.wipe()
    running_slapd.add_all(one_of_each())
    with troubled_house(tmp_path_factory.mktemp("access"), running_slapd) as running:
        yield running


def auth(login: str, password: str) -> str:
    return "AUTH PLAIN " + b64encode(f"\0{login}\0{password}".encode()).decode()


def connect(house: TroubledHouse, kind: ListenerKind = "relay", source: str = "127.0.0.1") -> Client:
    context = ssl.create_default_context(cafile=str(house.folder / "ca.pem"))
    client = Client(house.ports[kind], context if kind == "submissions" else None, source)
    client.expect("220 ")
    client.ask("EHLO may.bo.test", "250-")
    if kind == "submission":
        client.start_tls(context)
        client.ask("EHLO may.bo.test", "250-")
    return client


@pytest.mark.parametrize("kind", ["relay", "submission", "submissions"])
def test_no_door_is_an_open_relay(house: TroubledHouse, kind: ListenerKind) -> None:
    for sender in SENDERS:
        for recipient in RECIPIENTS:
            with connect(house, kind) as client:
                client.say(f"MAIL FROM:<{sender}>")
                if client.reply()[0] == "5":
                    break
                client.say(f"RCPT TO:{recipient}")
                assert client.reply()[0] == "5", (sender, recipient)
                client.ask("DATA", "5")
    assert house.queued() == 0
    assert house.outside.letters == []


def test_mail_in_our_name_comes_from_us_alone(house: TroubledHouse) -> None:
    lines = [f"From: {AN}", f"From: Ai <{FOREIGN}>,\r\n <{AN}>", f"FROM: =?utf-8?q?a?= <{AN.upper()}>"]
    lines += [f"From: {FOREIGN}\r\nFrom: {AN}", f"From: {FOREIGN}\r\nSender: {AN}", f'From: "{AN}" <{AN}>']
    for line in lines:
        with connect(house) as client:
            client.envelope(FOREIGN, "other.sxd@tinh.test", hello=False)
            assert client.hand_over(f"{line}\r\nSubject: gia\r\n\r\nGia.\r\n".encode())[0] == "5", line
    assert house.inside.letters == []


@pytest.mark.parametrize("kind", ["relay", "submission", "reinjection"])
def test_no_password_is_taken_in_clear(house: TroubledHouse, kind: ListenerKind) -> None:
    with Client(house.ports[kind]) as client:
        client.expect("220 ")
        assert "AUTH" not in client.ask("EHLO may.bo.test", "250-")
        client.say(auth(AN, APP_PASSWORD))
        assert client.reply()[0] == "5"
        if kind == "submission":
            client.ask(f"MAIL FROM:<{AN}>", "530 5.7.0")


def test_other_passwords_do_not_open_the_mail(house: TroubledHouse) -> None:
    """Neither a login without app password nor the portal's password. Each from an address without a past: delays."""
    for number, (login, password) in enumerate((("other.sxd@tinh.test", APP_PASSWORD), (AN, PASSWORD))):
        with connect(house, "submission", f"127.0.1.{number + 1}") as client:
            client.say(auth(login, password))
            assert client.reply()[0] == "5"
            client.ask(f"MAIL FROM:<{AN}>", "530 5.7.0")


def test_three_wrong_passwords_end_the_session_and_shut_nobody_else_out(house: TroubledHouse) -> None:
    with connect(house, "submission", "127.0.2.1") as client:
        for answer in ("535 5.7.8", "535 5.7.8"):
            client.ask(auth("invited.sxd@tinh.test", "sai"), answer)
        client.ask(auth("invited.sxd@tinh.test", "sai"), "421 4.7.0")
        client.expect_end()
    house.client("submission", AN).close()

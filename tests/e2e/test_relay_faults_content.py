"""What clients smuggle into the stream, seen from both ends: the answer, and the bytes that the next host gets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.directory_entries import one_of_each
from tests.support.reception_stage import Client
from tests.support.slapd_server import SlapdServer
from tests.support.trouble_box import TRUSTED_CLIENT, TroubledHouse, troubled_house

AN = "active.sxd@tinh.test"
FOREIGN = "ai@noi-khac.example"
SMUGGLED = b"MAIL FROM:<gia@bo.test>\r\nRCPT TO:<%b>\r\nDATA\r\nSubject: lau\r\n\r\nHai." % AN.encode()

NOT_THE_END = [
    b"\n.\n",
    b"\n.\r\n",
    b"\n.\r",
    b"\r.\r",
    b"\r.\n",
    b"\r.\r\n",
    b"\r\n.\n",
    b"\r\n.\r",
    b"\r\n.\r\r\n",
    b"\r\r\n.\r\r\n",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
]

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def house(running_slapd: SlapdServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TroubledHouse]:
    running_slapd.wipe()
    running_slapd.add_all(one_of_each())
    with troubled_house(tmp_path_factory.mktemp("content"), running_slapd) as running:
        yield running


@pytest.fixture
def client(house: TroubledHouse) -> Iterator[Client]:
    house.inside.letters.clear()
    house.outside.letters.clear()
    with connect(house) as connected:
        yield connected


def connect(house: TroubledHouse, kind: str = "relay") -> Client:
    client = Client(house.ports[kind])
    client.expect("220 mail.tinh.test *")
    return client


def only_letter(house: TroubledHouse, client: Client, content: bytes) -> bytes:
    """Hand over an ordinary message in the same session, and see that it is the only one that ever leaves."""
    client.envelope(FOREIGN, AN, hello=False)
    assert client.hand_over(content).startswith("250 ")
    got = house.inside.wait_for(lambda letter: letter.data.endswith(content))
    assert house.queued() == 0
    assert house.inside.letters == [got]
    assert house.outside.letters == []
    return got.data


@pytest.mark.parametrize("sequence", NOT_THE_END, ids=ascii)
def test_nothing_but_the_end_of_data_ends_data(house: TroubledHouse, client: Client, sequence: bytes) -> None:
    client.envelope(FOREIGN, AN)
    client.ask("DATA", "354 ")
    client.send(b"Subject: mot\r\n\r\nMot." + sequence + SMUGGLED + b"\r\n.\r\n")
    client.expect("550 5.6.0")
    client.ask("NOOP", "250 ")  # one reply, and the session is in step
    client.envelope(FOREIGN, AN, hello=False)
    client.send(b"BDAT %d LAST\r\n" % len(b"Mot." + sequence + b"Hai.\r\n") + b"Mot." + sequence + b"Hai.\r\n")
    client.expect("550 5.6.0")
    only_letter(house, client, b"Subject: that\r\n\r\nThat.\r\n")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 4096])
def test_dots_and_pieces_of_any_size_arrive_as_they_were(house: TroubledHouse, client: Client, size: int) -> None:
    content = b"Subject: cham\r\n\r\n.\r\n..\r\n...a\r\n\r\n.MAIL FROM:<gia@bo.test>\r\n.\r\n.\r\n\r\n"
    client.envelope(FOREIGN, AN)
    client.ask("DATA", "354 ")
    stuffed = re.sub(rb"(?m)^\.", b"..", content) + b".\r\n"
    for at in range(0, len(stuffed), size):
        client.send(stuffed[at : at + size])
    client.expect("250 ")
    assert house.inside.wait_for(lambda letter: True).data.endswith(content)
    client.envelope(FOREIGN, AN, hello=False)
    client.send(b"BDAT %d LAST\r\n" % len(content) + content)
    client.expect("250 ")
    house.inside.wait_for(lambda letter: len(house.inside.letters) == 2)
    assert house.inside.letters[1].data.endswith(content)


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        ("MAIL FROM:<an@bo.test>\r\x0bBcc: x", ""),
        ("MAIL FROM:<an\n@bo.test>", ""),
        ("MAIL FROM:<an\0@bo.test>", ""),
        ("MAIL FROM:<an@bo.test> ENVID=a\x0bb", ""),
        ("MAIL FROM:<an@bo.test> ENVID=a+0D+0AX-Gia:+20co", ""),
        ("", f"RCPT TO:<{AN}\n>"),
        ("", f"RCPT TO:<{AN}> ORCPT=rfc822;a\tb"),
        ("", f"RCPT TO:<{AN}> ORCPT=rfc822;a+0D+0AX-Gia:+20co"),
    ],
)
def test_no_line_break_enters_a_header_through_a_command(
    house: TroubledHouse, client: Client, sender: str, recipient: str
) -> None:
    client.ask("EHLO may.bo.test", "250-")
    if recipient:
        client.ask(f"MAIL FROM:<{FOREIGN}>", "250 ")
    client.send((sender or recipient) + "\r\n")
    assert client.reply()[0] == "5"
    with connect(house) as later:
        later.ask("EHLO may.bo.test", "250-")
        data = only_letter(house, later, b"Subject: that\r\n\r\nThat.\r\n")
    assert b"X-Gia" not in data


@pytest.mark.parametrize(
    "name",
    ["bo.test)\tby evil.test (", '(a)\\"<b>;c', "a@b;id=1", "[127.0.0.1]", "[IPv6:::1]", "a" * 400, "*", "bo.test (x)"],
)
def test_a_name_in_ehlo_is_refused_or_cannot_write_headers(house: TroubledHouse, client: Client, name: str) -> None:
    client.say(f"EHLO {name}")
    if not client.reply().startswith("250"):
        client.ask("EHLO may.bo.test", "250-")
    data = only_letter(house, client, b"Subject: that\r\n\r\nThat.\r\n")
    trace = data.partition(b"Subject: that")[0]
    assert trace.count(b"Received: ") == 1
    assert trace.count(b" by ") + trace.count(b"\tby ") == 1
    assert b"by mail.tinh.test" in trace
    assert max(map(len, trace.split(b"\r\n"))) < 998


def test_what_is_said_before_tls_is_not_carried_into_it(house: TroubledHouse) -> None:
    for injected in (b"EHLO gia.test\r\n", b"MAIL FROM:<gia@bo.test>\r\n", b"\r\n", b" "):
        with connect(house, "submission") as client:
            client.ask("EHLO may.bo.test", "250-")
            client.send(b"STARTTLS\r\n" + injected)
            client.expect("554 5.5." if b"\n" in injected else "")
            client.expect_end()


@pytest.mark.parametrize("command", ["DATA", "EHLO may.bo.test", "QUIT", "STARTTLS"])
def test_whoever_talks_before_hearing_the_answer_is_sent_away(
    house: TroubledHouse, client: Client, command: str
) -> None:
    client.envelope(FOREIGN, AN)
    client.send(command.encode() + b"\r\nSubject: mot\r\n\r\nMot.\r\n.\r\n")
    client.expect("554 5.5.")
    client.expect_end()
    with connect(house) as later:
        later.ask("EHLO may.bo.test", "250-")
        only_letter(house, later, b"Subject: that\r\n\r\nThat.\r\n")


def test_bytes_above_127_pass_unchanged_announced_or_not(house: TroubledHouse, client: Client) -> None:
    content = "Subject: Công văn hỏa tốc\r\n\r\nKính gửi: Sở Xây dựng\r\n".encode() + b"\xff\xfe\x80\x01\x7f\r\n"
    client.ask("EHLO may.bo.test", "250-")
    for keyword in ("", " BODY=8BITMIME"):
        client.ask(f"MAIL FROM:<{FOREIGN}>{keyword}", "250 ")
        client.ask(f"RCPT TO:<{AN}>", "250 ")
        assert client.hand_over(content).startswith("250 ")
    house.inside.wait_for(lambda letter: len(house.inside.letters) == 2)
    assert all(letter.data.endswith(content) for letter in house.inside.letters)


def test_nul_is_refused_wherever_it_stands(house: TroubledHouse, client: Client) -> None:
    client.ask("EHLO may.bo.test", "250-")
    for content in (b"Subject: a\0b\r\n\r\n", b"\0\r\n\r\n", b"Subject: a\r\n\r\nmot\0", b"Subject: a\r\n\r\n\0\r\n"):
        client.envelope(FOREIGN, AN, hello=False)
        assert client.hand_over(content + b"\r\n").startswith("550 5.6.0")
    only_letter(house, client, b"Subject: that\r\n\r\nThat.\r\n")


def test_size_as_declared_and_size_as_it_is(running_slapd: SlapdServer, tmp_path: Path) -> None:
    running_slapd.wipe()
    running_slapd.add_all(one_of_each())
    with (
        troubled_house(tmp_path, running_slapd, "limits = { message_bytes = 70000 }") as house,
        connect(house) as client,
    ):
        client.ask("EHLO may.bo.test", "250-")
        client.ask(f"MAIL FROM:<{FOREIGN}> SIZE=70001", "552 5.3.4")
        client.ask(f"MAIL FROM:<{FOREIGN}> SIZE=99999999999999999999", "55")
        client.ask(f"MAIL FROM:<{FOREIGN}> SIZE=-1", "5")
        head = b"Subject: dung\r\n\r\n"
        for declared, real, answer in ((10, 70000, "250 "), (70000, 70001, "552 5.3.4"), (0, 700_000, "552 5.3.4")):
            client.ask(f"MAIL FROM:<{FOREIGN}> SIZE={declared}", "250 ")
            client.ask(f"RCPT TO:<{AN}>", "250 ")
            lines = (b"0123456789abcdef" * 4 + b"\r\n") * (real // 66 + 1)
            content = (head + lines)[: real - 2].rstrip(b"\r\n")
            content += b"x" * (real - 2 - len(content)) + b"\r\n"
            assert client.hand_over(content).startswith(answer)
        client.ask(f"MAIL FROM:<{FOREIGN}>", "250 ")
        client.ask(f"RCPT TO:<{AN}>", "250 ")
        client.send(b"BDAT 70001\r\n" + b"x" * 70001)
        client.expect("552 5.3.4")
        client.ask("RSET", "250 ")
        house.inside.wait_for(lambda letter: True)
        assert len(house.inside.letters) == 1
        assert house.queued() == 0


def test_the_trusted_client_relays_what_it_sends_and_no_more(house: TroubledHouse) -> None:
    house.inside.letters.clear()
    house.outside.letters.clear()
    with Client(house.ports["relay"], source=TRUSTED_CLIENT) as client:
        client.expect("220 ")
        client.envelope("quet@tinh.test", FOREIGN)
        client.ask("DATA", "354 ")
        client.send(b"Subject: mot\r\n\r\nMot.\r\n.\n" + SMUGGLED + b"\r\n.\r\n")
        client.expect("550 5.6.0")
        client.envelope("quet@tinh.test", FOREIGN, hello=False)
        assert client.hand_over(b"Subject: that\r\n\r\nThat.\r\n").startswith("250 ")
    house.outside.wait_to(FOREIGN)
    assert house.queued() == 0
    assert [letter.recipients for letter in house.outside.letters] == [(FOREIGN,)]
    assert house.inside.letters == []

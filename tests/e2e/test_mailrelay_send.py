"""`mailrelay send`: a document issued through the daemon, checked before anything leaves."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.directory_entries import one_of_each
from tests.support.mail_house import Answer, MailHouse, mail_house
from tests.support.slapd_server import SlapdServer

OFFICE = "vanthu.sxd@tinh.test"
AN = "active.sxd@tinh.test"
LIST = "canbo.sxd@tinh.test"
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 40 + b"\n%%EOF\n"

pytestmark = pytest.mark.server


@pytest.fixture
def house(slapd: SlapdServer, tmp_path: Path) -> Iterator[MailHouse]:
    slapd.add_all(one_of_each())
    with mail_house(tmp_path / "house", slapd) as running:
        (running.folder / "Thông báo.pdf").write_bytes(PDF)
        yield running


def send(house: MailHouse, *more: str | Path, to: tuple[str, ...] = (LIST,), **changes: str) -> Answer:
    options = {
        "--from": OFFICE,
        "--number": "36 /TB-SXD",
        "--kind": "thông báo",
        "--subject": "Về việc họp giao ban tháng 12",
    } | {f"--{name}": value for name, value in changes.items()}
    words = [word for pair in options.items() for word in pair]
    return house.run("send", *words, *(word for address in to for word in ("--to", address)), *more)


def test_a_document_reaches_the_members_of_a_list_with_its_attachment(house: MailHouse) -> None:
    answer = send(house, "--attach", house.folder / "Thông báo.pdf", "--json", "--text", "Đề nghị các đồng chí dự họp.")
    assert answer.code == 0, answer.stderr
    message = house.wait_state(answer.json["queue_id"], "delivered")
    assert message["document"] == {"number": "36/TB-SXD", "kind": "Thông báo"}
    assert message["message_id"] == answer.json["message_id"]
    got = house.inside.wait_to("active").parsed
    assert got["Congvu-Document-Number"] == "36/TB-SXD"
    (attachment,) = got.iter_attachments()
    assert attachment.get_filename() == "Thông báo.pdf"
    assert attachment.get_payload(decode=True) == PDF
    body = got.get_body(("plain",))
    assert body is not None
    assert "Đề nghị các đồng chí dự họp." in body.get_content()


def test_the_journal_knows_who_issued_it(house: MailHouse) -> None:
    queue_id = send(house, "--json").json["queue_id"]
    (message,) = house.traced(queue_id)
    (accepted,) = [event for event in message["recipients"][0]["events"] if event["type"] == "message.accepted"]
    assert pwd.getpwuid(os.getuid()).pw_name in accepted["detail"]


def test_every_wrong_address_is_told_at_once_and_nothing_is_sent(house: MailHouse) -> None:
    wrong = {"khong-co@tinh.test", "cung-khong@tinh.test"}
    answer = send(house, "--json", to=("khong-co@tinh.test", AN, "cung-khong@tinh.test"))
    assert answer.code == 65
    assert {problem["value"] for problem in answer.json["problems"]} == wrong
    (house.folder / "rỗng.pdf").write_bytes(b"")
    files = ("--attach", "không-có.pdf", "--attach", house.folder / "rỗng.pdf")
    to = (*wrong, AN, "khong phai dia chi", "")
    answer = send(house, *files, "--json", to=to, number="hôm qua")
    assert answer.code == 65
    told = {(problem["column"], problem["value"]) for problem in answer.json["problems"]}
    addresses = {("--to", each) for each in (*wrong, "khong phai dia chi", "")}
    attached = {("--attach", "không-có.pdf"), ("--attach", str(house.folder / "rỗng.pdf"))}
    assert told == {("--number", "hôm qua"), *addresses, *attached}
    assert house.run("queue", "list", "--json").json["messages"] == []
    assert house.traced(OFFICE) == []


def test_a_sender_who_is_nobody_or_suspended_is_refused(house: MailHouse) -> None:
    for sender in ("khong-co@tinh.test", "suspended.sxd@tinh.test", LIST, "ai@noi-khac.example"):
        answer = send(house, "--json", **{"from": sender})
        assert answer.code == 65
        assert [problem["column"] for problem in answer.json["problems"]] == ["--from"]


def test_number_and_kind_must_be_those_of_a_document(house: MailHouse) -> None:
    answer = send(house, "--json", number="hôm qua", kind="Bài thơ")
    assert answer.code == 65
    assert {problem["column"] for problem in answer.json["problems"]} == {"--number", "--kind"}


def test_who_gets_it_but_cannot_read_is_told_and_it_goes_all_the_same(house: MailHouse) -> None:
    suspended = "suspended.sxd@tinh.test"
    answer = send(house, "--json", to=(suspended, AN))
    assert answer.code == 0
    (warning,) = answer.json["warnings"]
    assert (warning["address"], warning["via"], warning["state"]) == (suspended, "", "suspended")
    assert f"{suspended}: nhận được, nhưng tài khoản đang bị tạm khóa" in answer.stderr
    message = house.wait_state(answer.json["queue_id"], "delivered")
    assert len(message["recipients"]) == 2
    assert send(house, "--json", to=(AN,)).json["warnings"] == []


def test_a_missing_attachment_is_wrong_use(house: MailHouse) -> None:
    answer = send(house, "--attach", house.folder / "Thông báo.pdf", "--attach", "không-có.pdf")
    assert answer.code == 2
    assert "không-có.pdf" in answer.stderr


def test_an_urgent_document_goes_first_and_says_so(house: MailHouse) -> None:
    queue_id = send(house, "--urgent", "--json").json["queue_id"]
    house.wait_state(queue_id, "delivered")
    assert house.inside.wait_to("active").parsed["Congvu-Document-Urgency"] == "Khẩn"


def test_the_words_may_come_from_a_file_or_from_stdin(house: MailHouse) -> None:
    answer = house.run(
        *("send", "--from", OFFICE, "--number", "37/TB-SXD", "--kind", "TB", "--subject", "Lời từ stdin"),
        *("--to", AN, "--text-file", "-"),
        stdin="Kính gửi đồng chí.\n",
    )
    assert answer.code == 0, answer.stderr
    assert answer.stdout.strip()
    assert "mailrelay trace" in answer.stderr
    body = house.inside.wait_to("active").parsed.get_body(("plain",))
    assert body is not None
    assert "Kính gửi đồng chí." in body.get_content()


def test_a_large_document_goes_through(house: MailHouse) -> None:
    large = os.urandom(12 << 20)
    (house.folder / "lớn.zip").write_bytes(large)
    queue_id = send(house, "--attach", house.folder / "lớn.zip", "--json").json["queue_id"]
    house.wait_state(queue_id, "delivered", 60)
    (attachment,) = house.inside.wait_to("active").parsed.iter_attachments()
    assert attachment.get_payload(decode=True) == large


def test_one_too_large_is_refused_and_leaves_nothing(house: MailHouse) -> None:
    (house.folder / "quá lớn.zip").write_bytes(bytes(60 << 20))
    answer = send(house, "--attach", house.folder / "quá lớn.zip")
    assert answer.code == 65
    assert house.run("queue", "list", "--json").json["messages"] == []


def test_without_a_daemon_the_next_step_is_told(house: MailHouse) -> None:
    house.stop()
    answer = send(house)
    assert answer.code == 69
    assert "mailrelay serve" in answer.stderr

"""Who is told what: reports asked for and not asked for, bounces of bounces, loops, repetitions, and the clock."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.support.directory_entries import one_of_each
from tests.support.letter_box import Letter
from tests.support.mail_house import letter
from tests.support.reception_stage import Client
from tests.support.slapd_server import SlapdServer
from tests.support.trouble_box import TRUSTED_CLIENT, TroubledHouse, troubled_house

AN = "active.sxd@tinh.test"
OTHER = "other.sxd@tinh.test"
FOREIGN = "ai@noi-khac.example"
REFUSED = "khong@noi-khac.example"

_SOON = "{ first_seconds = 1, longest_seconds = 2 }"
RETRIES = f"retry = {{ normal = {_SOON}, urgent = {_SOON} }}"
"""A clock set back spreads what waits over the longest wait of any schedule."""

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def running(running_slapd: SlapdServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TroubledHouse]:
    running_slapd.wipe()
    running_slapd.add_all(one_of_each())
    with troubled_house(tmp_path_factory.mktemp("reports"), running_slapd) as house:
        yield house


@pytest.fixture
def house(running: TroubledHouse) -> TroubledHouse:
    running.inside.letters.clear()
    running.outside.letters.clear()
    running.inside.refuse.clear()
    running.outside.refuse = {REFUSED: "550 5.1.1 no such user here"}
    return running


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def hand_over(house: TroubledHouse, mail: str, *recipients: str, content: bytes = b"") -> str:
    """From the trusted network; arguments of MAIL and RCPT as they stand. The queue id."""
    with Client(house.ports["relay"], source=TRUSTED_CLIENT) as client:
        client.expect("220 ")
        client.ask("EHLO may.bo.test", "250-")
        client.ask(f"MAIL FROM:{mail}", "250 ")
        for recipient in recipients:
            client.ask(f"RCPT TO:{recipient}", "250 ")
        reply = client.hand_over(content or letter(AN, [FOREIGN]))
        assert reply.startswith("250 "), reply
        return reply.split()[-1]


def reports(house: TroubledHouse) -> list[Letter]:
    return [each for each in house.inside.letters if each.sender == ""]


def fields(report: Letter) -> str:
    """The machine-readable part of a report."""
    for part in report.parsed.walk():
        if part.get_content_type() == "message/delivery-status":
            return "".join(str(block) for block in part.get_payload())
    raise AssertionError("not a report")


def test_success_is_told_when_asked_for_with_every_name_that_was_given(house: TroubledHouse) -> None:
    queue_id = hand_over(
        house,
        f"<{AN}> RET=HDRS ENVID=van+2Bban+3D7",
        f"<{OTHER}> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Goc+2BTen@cu.example",
        f"<{FOREIGN}> NOTIFY=SUCCESS",
    )
    house.inside.wait_for(lambda each: each.sender == "" and "delivered" in fields(each))
    house.inside.wait_for(lambda each: each.sender == "" and "relayed" in fields(each))
    told = "".join(map(fields, reports(house)))
    assert "Original-Envelope-Id: van+ban=7" in told
    assert "Original-Recipient: rfc822;Goc+Ten@cu.example" in told.replace("; ", ";")
    assert all(each.recipients == ("active",) for each in reports(house))
    assert house.traced("van+ban=7")[0]["queue_id"] == queue_id


def test_never_and_the_null_sender_are_told_nothing(house: TroubledHouse) -> None:
    never = hand_over(house, f"<{AN}>", f"<{REFUSED}> NOTIFY=NEVER")
    house.wait_state(never, "failed")
    asked = hand_over(house, f"<{AN}>", f"<{REFUSED}> NOTIFY=SUCCESS")
    house.wait_state(asked, "failed")
    told = hand_over(house, f"<{AN}>", f"<{REFUSED}>")
    house.wait_state(told, "failed")
    house.inside.wait_for(lambda each: each.sender == "")
    assert len(reports(house)) == 1
    assert "report.sent" in str(house.traced(told))
    assert "report.sent" not in str(house.traced(never)) + str(house.traced(asked))


def test_a_double_bounce_is_kept_for_the_postmaster(house: TroubledHouse) -> None:
    """Nobody is postmaster here, so what cannot be told is held where an operator sees it."""
    queue_id = hand_over(house, "<>", f"<{REFUSED}>")
    house.wait_state(queue_id, "failed")
    wait_until(lambda: "report.undeliverable" in str(house.traced(queue_id)))
    (held,) = [
        message
        for message in house.run("queue", "list", "--json").json["messages"]
        if message["recipients"][0]["state"] == "held"
    ]
    assert held["sender"] == ""
    assert held["recipients"][0]["address"] == "postmaster@tinh.test"
    assert reports(house) == []
    assert house.run("queue", "remove", held["queue_id"], "--yes").code == 0


def test_a_bounce_of_a_bounce_ends(house: TroubledHouse) -> None:
    """The sender's own host refuses the report: no third message is made but the one for the postmaster."""
    house.outside.refuse["goc@noi-khac.example"] = "550 5.1.1 never heard of"
    queue_id = hand_over(house, "<goc@noi-khac.example>", f"<{REFUSED}>")
    house.wait_state(queue_id, "failed")
    wait_until(
        lambda: any(message["sender"] == "" for message in house.run("queue", "list", "--json").json["messages"])
    )
    (held,) = house.run("queue", "list", "--json").json["messages"]
    assert held["recipients"][0]["state"] == "held"
    assert house.run("queue", "remove", held["queue_id"], "--yes").code == 0


def test_a_returned_report_is_tied_to_what_it_speaks_of(house: TroubledHouse) -> None:
    """The next host took the message and bounced it later, as another Postfix would."""
    message_id = "<cong-van-57@tinh.test>"
    queue_id = hand_over(
        house, f"<{AN}> ENVID=phong-bi-57", f"<{FOREIGN}>", content=letter(AN, [FOREIGN], message_id=message_id)
    )
    house.wait_state(queue_id, "relayed")
    report = EmailMessage()
    report["From"], report["To"], report["Subject"] = "MAILER-DAEMON@noi-khac.example", AN, "Undelivered Mail"
    report["Auto-Submitted"] = "auto-replied"
    report["MIME-Version"] = "1.0"
    content = report.as_bytes().rstrip(b"\n").replace(b"\n", b"\r\n") + (
        b'\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nIt came back.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.noi-khac.example\r\n"
        b"Original-Envelope-Id: phong-bi-57\r\n\r\nFinal-Recipient: rfc822; " + FOREIGN.encode() + b"\r\n"
        b"Action: failed\r\nStatus: 5.2.2\r\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full\r\n\r\n"
        b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: " + message_id.encode() + b"\r\n\r\n--b--\r\n"
    )
    with Client(house.ports["relay"]) as client:
        client.expect("220 ")
        client.envelope("", AN)
        assert client.hand_over(content).startswith("250 ")
    house.inside.wait_to("active")
    wait_until(lambda: "report.received" in str(house.traced(queue_id)))
    (message,) = house.traced(queue_id)
    last = message["recipients"][0]["events"][-1]
    assert last["type"] == "report.received"
    assert "5.2.2" in last["detail"] + last["reply"]
    assert last["facts"]["host"] == "127.0.0.1", "where it came from"
    assert message["recipients"][0]["state"] == "relayed", "anybody could have written it"


def test_a_repeated_submission_is_accepted_once(house: TroubledHouse) -> None:
    content = letter(AN, [FOREIGN], message_id="<lan-hai@tinh.test>")
    answers = []
    for recipients in ([FOREIGN], [FOREIGN], [FOREIGN, OTHER]):
        client = house.client("submission", AN)
        client.ehlo_or_helo_if_needed()
        client.mail(AN)
        for recipient in recipients:
            assert client.rcpt(recipient)[0] == 250
        code, reply = client.data(content)
        assert code == 250
        answers.append(reply.decode().split()[-1])
        client.close()
    assert answers[0] == answers[1]
    house.inside.wait_to("other")
    house.outside.wait_to(FOREIGN)
    assert house.queued() == 0
    assert len(house.outside.letters) == 1
    client = house.client("submission", AN)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail(AN, [FOREIGN], content.replace(b"giao ban", b"giao ban khac"))
    assert refused.value.smtp_code == 550
    client.close()


def test_a_message_that_comes_back_to_us_again_and_again_is_stopped(house: TroubledHouse) -> None:
    """The next host sends everything straight back: the loop ends with a report, not with a full disk."""
    content, passages = letter(AN, [FOREIGN], "vong"), 0
    with Client(house.ports["relay"], source=TRUSTED_CLIENT) as client:
        client.expect("220 ")
        client.ask("EHLO may.bo.test", "250-")
        while True:
            client.envelope(AN, FOREIGN, hello=False)
            reply = client.hand_over(content)
            if not reply.startswith("250 "):
                break
            passages += 1
            assert passages < 60
            content = house.outside.wait_for(lambda each: len(house.outside.letters) == passages).data  # noqa: B023
            content = house.outside.letters[-1].data
    assert reply.startswith("554 5.4.6") or "5.4.6" in reply
    assert passages < 10
    hops = b"".join(
        b"Received: from a%d by b%d with SMTP; Sun, 22 Nov 2026 08:00:00 +0700\r\n" % (n, n) for n in range(60)
    )
    with Client(house.ports["relay"]) as client:
        client.expect("220 ")
        client.envelope(FOREIGN, AN)
        assert "5.4.6" in client.hand_over(hops + b"Subject: vong\r\n\r\n")


def test_four_hours_bring_a_notice_five_days_the_end_and_a_clock_set_back_no_storm(
    running_slapd: SlapdServer, tmp_path: Path
) -> None:
    running_slapd.wipe()
    running_slapd.add_all(one_of_each())
    with troubled_house(tmp_path / "house", running_slapd, RETRIES) as house:
        house.outside.refuse[FOREIGN] = "451 4.3.0 not today"
        waiting = hand_over(house, f"<{AN}>", f"<{FOREIGN}>")
        house.wait_state(waiting, "deferred")
        house.set_clock("+5h")
        delayed = house.inside.wait_for(lambda each: each.sender == "" and "delayed" in fields(each))
        assert "active" in delayed.recipients
        house.set_clock("-2d")
        house.wait_log("the clock has jumped back")
        before, used = attempts(house, waiting), house.cpu_seconds()
        time.sleep(5)  # a storm would be seen in five seconds, and so would a stall
        assert 1 <= attempts(house, waiting) - before <= 12
        assert house.cpu_seconds() - used < 2
        house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")
        assert len(reports(house)) == 1
        house.set_clock("+6d")
        house.wait_state(waiting, "expired", 40)
        house.inside.wait_for(lambda each: each.sender == "" and "failed" in fields(each))
        house.set_clock("")
        house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")
        assert len(reports(house)) == 2
        assert house.queued() == 0
        assert "Traceback" not in house.log.read_text()


def attempts(house: TroubledHouse, queue_id: str) -> int:
    (message,) = house.run("queue", "show", queue_id, "--json").json["messages"]
    return int(message["recipients"][0]["attempts"])

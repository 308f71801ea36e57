"""`mailrelay serve` as a process: takes mail on three ports, delivers it, tells, reloads, stops, and comes back."""

from __future__ import annotations

import json
import signal
import smtplib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.directory_entries import one_of_each
from tests.support.mail_house import MailHouse, letter, mail_house, port_is_free
from tests.support.slapd_server import SlapdServer

AN = "active.sxd@tinh.test"
LIST = "canbo.sxd@tinh.test"
FOREIGN = "ai@noi-khac.example"

pytestmark = pytest.mark.server


@pytest.fixture
def house(slapd: SlapdServer, tmp_path: Path) -> Iterator[MailHouse]:
    slapd.add_all(one_of_each())
    with mail_house(tmp_path / "house", slapd) as running:
        yield running


def test_mail_from_outside_reaches_the_mailbox_with_its_bytes_unchanged(house: MailHouse) -> None:
    sent = letter(FOREIGN, [AN])
    client = house.client()
    client.sendmail(FOREIGN, [AN], sent)
    client.close()
    got = house.inside.wait_to("active")
    assert got.sender == FOREIGN
    assert got.data.endswith(sent)
    trace, own = got.data[: -len(sent)].decode().split("\r\n", 1)
    assert trace.startswith(("X-Original-To: ", "Received: "))
    assert f"X-Original-To: {AN}" in trace + own


def test_staff_send_through_both_submission_ports(house: MailHouse) -> None:
    for kind in ("submission", "submissions"):
        queue_id = house.hand_over(AN, [FOREIGN], kind, login=AN, subject=f"qua {kind}")
        message = house.wait_state(queue_id, "relayed")
        (recipient,) = message["recipients"]
        assert [event["type"] for event in recipient["events"]] == ["message.accepted", "recipient.relayed"]
    assert len(house.outside.letters) == 2


def test_nobody_relays_through_us_or_sends_as_us(house: MailHouse) -> None:
    client = house.client()
    client.ehlo()
    assert client.mail(FOREIGN)[0] == 250
    assert client.rcpt(FOREIGN)[0] == 550
    assert client.rcpt("khong-co-ai@tinh.test")[0] == 550
    client.rset()
    assert client.mail(AN)[0] == 550
    client.close()


def test_a_wrong_password_and_a_suspended_person_stay_outside(house: MailHouse) -> None:
    for login, password in ((AN, "sai"), ("suspended.sxd@tinh.test", "app-mat-khau-5678-abcd")):
        with pytest.raises(smtplib.SMTPAuthenticationError):
            house.client("submission", login, password)


def test_a_list_reaches_each_member_and_the_trail_says_so(house: MailHouse) -> None:
    queue_id = house.hand_over(AN, [LIST], "submission", login=AN)
    message = house.wait_state(queue_id, "delivered")
    (recipient,) = message["recipients"]
    assert (recipient["address"], recipient["via"]) == (AN, LIST)
    assert house.traced("--recipient", LIST)[0]["queue_id"] == queue_id


def test_who_cannot_be_reached_is_reported_to_the_sender_in_vietnamese(house: MailHouse) -> None:
    house.outside.refuse[FOREIGN] = "550 5.1.1 no such user here"
    queue_id = house.hand_over(AN, [FOREIGN], "submission", login=AN)
    house.wait_state(queue_id, "failed")
    report = house.inside.wait_for(lambda letter: letter.sender == "" and "active" in letter.recipients).parsed
    assert "Không gửi được thư" in str(report["Subject"])
    assert report.get_content_type() == "multipart/report"
    words = report.get_payload(0).get_content()  # type: ignore[union-attr]
    assert FOREIGN in words
    assert "no such user here" in words
    events = [event["type"] for event in house.traced(queue_id)[0]["recipients"][0]["events"]]
    assert events[-1] == "report.sent"


def test_each_message_is_a_line_when_asked_for(house: MailHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    queue_id = house.hand_over(FOREIGN, [AN])
    house.wait_state(queue_id, "delivered")
    assert queue_id not in house.log.read_text()
    house.stop()
    loud = house.command("-v", "serve")
    monkeypatch.setattr(house, "command", lambda *_: loud)
    house.start()
    house.wait_log(f"delivered queue_id={house.hand_over(FOREIGN, [AN])}")


def test_pages_for_machines(house: MailHouse) -> None:
    house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")
    assert json.loads(house.page("livez")[1]) == {"alive": True}
    ready = json.loads(house.page("readyz")[1])
    assert ready["ready"] is True
    assert set(ready["checks"]) == {"listeners", "queue", "disk", "addresses"}
    text = house.page("metrics")[1]
    assert 'mailrelay_messages_received_total{origin="client"} 1.0' in text
    assert 'mailrelay_delivery_attempts_total{result="delivered"} 1.0' in text
    assert "mailrelay_delivery_duration_seconds_count 1.0" in text
    assert AN not in text


def test_what_was_accepted_survives_a_kill(house: MailHouse) -> None:
    house.inside.after_data = "451 4.3.0 not now"
    queue_id = house.hand_over(FOREIGN, [AN])
    house.stop(signal.SIGKILL)
    house.inside.after_data = ""
    house.start()
    message = house.wait_state(queue_id, "delivered", 40)
    assert house.inside.wait_to("active").sender == FOREIGN
    assert message["queue_id"] == queue_id


def test_a_second_daemon_is_refused_and_the_first_goes_on(house: MailHouse) -> None:
    second = house.run("serve")
    assert second.code == 75
    house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")


def test_a_port_in_use_is_named(house: MailHouse, tmp_path: Path, slapd: SlapdServer) -> None:
    other = MailHouse(tmp_path / "other", slapd, house.inside, house.outside)
    taken = house.ports["relay"]
    other.config.write_text(other.config.read_text().replace(f':{other.ports["relay"]}"', f':{taken}"'))
    answer = other.run("serve")
    assert answer.code == 69
    assert str(taken) in answer.stderr


def test_a_bad_configuration_is_told_whole(house: MailHouse, tmp_path: Path, slapd: SlapdServer) -> None:
    other = MailHouse(tmp_path / "other", slapd, house.inside, house.outside)
    other.config.write_text(other.config.read_text().replace("smtp://", "http://").replace("lmtp://", "ftp://"))
    answer = other.run("serve")
    assert answer.code == 78
    assert "relay.smarthost" in answer.stderr
    assert "relay.local_delivery" in answer.stderr


def test_a_reload_takes_what_is_good_and_refuses_what_is_bad(house: MailHouse) -> None:
    good = house.config.read_text()
    house.config.write_text(
        good.replace("[relay]\n", "[relay]\nlimits = { recipients = 100, message_bytes = 70000 }\n")
    )
    house.hang_up()
    house.wait_log("mailrelay: reloaded")
    client = house.client()
    client.ehlo()
    assert client.esmtp_features["size"] == "70000"
    client.close()
    house.config.write_text(good.replace("mail.tinh.test", "not a name"))
    house.hang_up()
    house.wait_log("the old one stays")
    assert "mailrelay_config_last_reload_successful 0.0" in house.page("metrics")[1]
    house.config.write_text(good)
    house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")


def test_it_stops_gracefully_and_leaves_nothing_behind(house: MailHouse) -> None:
    queue_id = house.hand_over(FOREIGN, [AN])
    house.wait_state(queue_id, "delivered")
    open_client = house.client()
    open_client.ehlo()
    started = time.monotonic()
    assert house.stop() == 0
    assert time.monotonic() - started < 30
    assert port_is_free(house.ports["relay"])
    assert not house.control.exists()
    open_client.close()
    assert "Traceback" not in house.log.read_text()
    house.start()  # nothing keeps the lock


def test_the_directory_may_be_down(house: MailHouse, slapd: SlapdServer) -> None:
    slapd.stop()
    try:
        house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")
        house.stop()
        house.start()  # the saved copy serves
        house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")
        client = house.client()
        client.ehlo()
        client.mail(FOREIGN)
        assert client.rcpt("khong-co-ai@tinh.test")[0] == 451
        client.close()
    finally:
        slapd.start()


def test_swaks_speaks_with_all_three_ports(house: MailHouse) -> None:
    common = ["swaks", "--silent", "2", "--timeout", "30", "--from", AN, "--to", FOREIGN, "--h-From", AN]
    for more in (
        ["--server", f"127.0.0.1:{house.ports['submission']}", "--tls"],
        ["--server", f"127.0.0.1:{house.ports['submissions']}", "--tlsc"],
    ):
        login = ["--auth", "PLAIN", "--auth-user", AN, "--auth-password", "app-mat-khau-5678-abcd"]
        done = subprocess.run([*common, *login, *more], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    plain = ["swaks", "--silent", "2", "--server", f"127.0.0.1:{house.ports['relay']}", "--from", FOREIGN, "--to", AN]
    done = subprocess.run([*plain, "--pipeline"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    house.inside.wait_to("active")

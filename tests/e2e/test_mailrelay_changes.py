"""What changes while the relay runs: a suspension, a certificate, a route, a content filter on the way, the clock."""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from congvu.servers.certificates import make_certificate
from foundation import key_files
from foundation.keys import KINDS
from tests.support.directory_entries import one_of_each, person_dn
from tests.support.mail_house import QUICK_RETRIES, MailHouse, letter, mail_house
from tests.support.slapd_server import SlapdServer

AN = "active.sxd@tinh.test"
FOREIGN = "ai@noi-khac.example"

pytestmark = pytest.mark.server


@pytest.fixture
def house(slapd: SlapdServer, tmp_path: Path) -> Iterator[MailHouse]:
    slapd.add_all(one_of_each())
    with mail_house(tmp_path / "house", slapd) as running:
        yield running


def test_a_person_suspended_in_the_directory_is_shut_out_within_a_minute(house: MailHouse, slapd: SlapdServer) -> None:
    client = house.client("submission", AN)
    client.ehlo()
    assert client.mail(AN)[0] == 250
    client.rset()
    slapd.replace(person_dn("active"), {"congvuState": ["suspended"]})
    deadline = time.monotonic() + 60
    while client.mail(AN)[0] == 250:
        assert time.monotonic() < deadline, "still sends after a minute"
        client.rset()
        time.sleep(0.5)
    client.close()
    with pytest.raises(smtplib.SMTPAuthenticationError):
        house.client("submission", AN)


def test_a_new_certificate_serves_after_a_reload(house: MailHouse) -> None:
    made = make_certificate(("localhost", "127.0.0.1", "mail.tinh.test"))
    (house.folder / "mail.key").write_bytes(made.key)
    (house.folder / "mail.pem").write_bytes(made.certificate)
    (house.folder / "ca.pem").write_bytes(made.authority)
    with pytest.raises(ssl.SSLCertVerificationError):  # what is served is still the old one
        house.client("submissions")
    house.hang_up()
    house.wait_log("mailrelay: reloaded")
    house.client("submissions").close()
    (house.folder / "mail.pem").write_bytes(b"no certificate")
    house.hang_up()
    house.wait_log("the old one stays")
    house.client("submissions").close()


def test_a_route_for_one_address_serves_after_a_reload(house: MailHouse) -> None:
    text = house.config.read_text()
    route = f'[relay.routes]\n"hop@tinh.test" = "lmtp://127.0.0.1:{house.outside.port}"\n'
    house.config.write_text(text + route)
    house.hang_up()
    house.wait_log("mailrelay: reloaded")
    house.wait_state(house.hand_over(FOREIGN, ["hop@tinh.test"]), "delivered")
    assert house.outside.wait_to("hop@tinh.test").sender == FOREIGN


def test_a_content_filter_sees_everything_once(slapd: SlapdServer, tmp_path: Path) -> None:
    slapd.add_all(one_of_each())
    with mail_house(tmp_path / "house", slapd) as house:
        house.stop()
        text = house.config.read_text()
        house.config.write_text(
            text.replace("[relay]\n", f'[relay]\nfilter = "smtp://127.0.0.1:{house.outside.port}"\n')
        )
        house.start()
        sent = letter(FOREIGN, [AN])
        client = house.client()
        client.sendmail(FOREIGN, [AN], sent)
        client.close()
        seen = house.outside.wait_to(AN)
        assert seen.data.endswith(sent)
        assert house.inside.letters == []
        back = smtplib.SMTP("127.0.0.1", house.ports["reinjection"])
        back.sendmail(FOREIGN, [AN], b"X-Filter: clean\r\n" + seen.data)
        back.close()
        got = house.inside.wait_to("active")
        assert b"X-Filter: clean\r\n" in got.data
        assert len(house.outside.letters) == 1


def test_what_waits_too_long_expires_by_the_clock_of_the_sandbox(house: MailHouse) -> None:
    house.outside.refuse[FOREIGN] = "451 4.3.0 not today"
    queue_id = house.hand_over(AN, [FOREIGN], "submission", login=AN)
    house.wait_state(queue_id, "deferred")
    (house.folder / "clock").write_text("+6d")
    house.wait_state(queue_id, "expired", 40)
    report = house.inside.wait_for(lambda letter: letter.sender == "" and "active" in letter.recipients, 40)
    assert FOREIGN in report.data.decode()


def test_the_service_manager_hears_of_start_reload_and_stop(house: MailHouse, tmp_path: Path) -> None:
    house.stop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        house.variables = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
        house.start()
        wait_told(manager, "READY=1")
        wait_told(manager, "WATCHDOG=1")
        house.hang_up()
        wait_told(manager, "RELOADING=1")
        wait_told(manager, "READY=1")
        assert house.stop() == 0
        wait_told(manager, "STOPPING=1")


def wait_told(manager: socket.socket, line: str) -> None:
    """Wait until the service manager was told this; others may come before."""
    while line not in manager.recv(1000).decode().split("\n"):
        pass


def test_it_works_without_uvloop_too(slapd: SlapdServer, tmp_path: Path) -> None:
    slapd.add_all(one_of_each())
    with mail_house(tmp_path / "house", slapd, f'event_loop = "asyncio"\n{QUICK_RETRIES}') as house:
        house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")
        for kind in ("submission", "submissions"):
            house.wait_state(house.hand_over(AN, [FOREIGN], kind, login=AN), "relayed")
        assert house.run("queue", "list").code == 0
        assert house.stop() == 0
        assert "Traceback" not in house.log.read_text()


def test_a_signature_is_made_for_mail_that_leaves(house: MailHouse) -> None:
    key_files.create(KINDS["dkim"], house.folder / "keys" / "dkim.pem", "Asia/Ho_Chi_Minh")
    house.config.write_text(house.config.read_text() + '[relay.dkim]\ndomains = ["tinh.test"]\n')
    house.hang_up()
    house.wait_log("mailrelay: reloaded")
    house.wait_state(house.hand_over(AN, [FOREIGN], "submission", login=AN), "relayed")
    assert house.outside.wait_to(FOREIGN).parsed["DKIM-Signature"].startswith("v=1; a=rsa-sha256")
    house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")
    assert house.inside.wait_to("active").parsed["DKIM-Signature"] is None

"""What changes while the relay runs: a suspension, a certificate, a route, a content filter on the way, the clock."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from congvu.servers.certificates import make_certificate
from tests.support.directory_entries import one_of_each, person_dn
from tests.support.mail_house import MailHouse, letter, mail_house
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

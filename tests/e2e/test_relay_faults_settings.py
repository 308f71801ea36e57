"""Dovecot, the certificate and the configuration: each fails while the relay runs (the directory: tests/soak)."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from foundation import clock
from tests.support.directory_entries import APP_PASSWORD, one_of_each
from tests.support.letter_box import LetterBox
from tests.support.mail_house import MailHouse
from tests.support.slapd_server import SlapdServer
from tests.support.trouble_box import TroubleBox, TroubledHouse, troubled_house

AN = "active.sxd@tinh.test"
FOREIGN = "ai@noi-khac.example"

pytestmark = pytest.mark.server


@pytest.fixture
def house(slapd: SlapdServer, tmp_path: Path) -> Iterator[TroubledHouse]:
    slapd.add_all(one_of_each())
    with troubled_house(tmp_path / "house", slapd) as running:
        yield running


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_dovecot_is_away_and_an_operator_tells_that_it_is_back(slapd: SlapdServer, tmp_path: Path) -> None:
    """Waits are long; `queue retry` ends them. One connection refused puts all of them off, not each in turn."""
    slapd.add_all(one_of_each())
    patient = "retry = { normal = { first_seconds = 600 }, urgent = { first_seconds = 600 } }"
    with LetterBox() as outside, TroubleBox() as inside:
        port = inside.port
        house = MailHouse(tmp_path / "house", slapd, inside, outside, patient)
        house.config.write_text(house.config.read_text().replace(f"lmtp://127.0.0.1:{port}", "lmtp://127.0.0.1:1"))
        house.start()
        try:
            queue_ids = [house.hand_over(FOREIGN, [AN]) for _ in range(5)]
            house.wait_log("nobody answers")
            assert len(house.run("queue", "list", "--json").json["messages"]) == 5
            assert house.log.read_text().count("nobody answers") < 3
            house.config.write_text(house.config.read_text().replace("lmtp://127.0.0.1:1", f"lmtp://127.0.0.1:{port}"))
            house.hang_up()
            house.wait_log("mailrelay: reloaded")
            assert house.run("queue", "retry", "--all", "--yes").code == 0
            for queue_id in queue_ids:
                recipient = house.wait_state(queue_id, "delivered")["recipients"][0]
                assert recipient["possible_duplicate"] is False
            assert len(inside.letters) == 5
        finally:
            house.stop()


def test_an_expired_certificate_is_served_told_and_replaced(house: TroubledHouse) -> None:
    """Mail does not stop for it; whoever checks hears of it; a reload ends it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

    good = (house.folder / "mail.pem").read_bytes()
    key = load_pem_private_key((house.folder / "mail.key").read_bytes(), None)
    now = clock.now()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.tinh.test")])
    old = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())  # type: ignore[arg-type]
    old = old.not_valid_before(now - timedelta(days=2)).not_valid_after(now - timedelta(days=1))
    signed = old.sign(key, hashes.SHA256())  # type: ignore[arg-type]
    (house.folder / "mail.pem").write_bytes(signed.public_bytes(Encoding.PEM))
    house.hang_up()
    house.wait_log("mailrelay: reloaded")
    with pytest.raises(ssl.SSLCertVerificationError):
        house.client("submissions")
    house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")
    (house.folder / "mail.pem").write_bytes(good)
    house.hang_up()
    wait_until(lambda: house.log.read_text().count("mailrelay: reloaded") == 2)
    house.client("submissions", AN, APP_PASSWORD).close()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[relay]\n", "[relay]\nno_such_key = 1\n"),
        ("[relay]\n", "[relay\n"),
        ("127.0.0.1", "127.0.0.999"),
        ('certificate = "mail.pem"', 'certificate = "gone.pem"'),
        ("smtp://", "gopher://"),
        ('domain = "tinh.test"', "domain = 5"),
    ],
)
def test_a_bad_configuration_changes_nothing(house: TroubledHouse, old: str, new: str) -> None:
    good = house.config.read_text()
    house.config.write_text(good.replace(old, new))
    house.hang_up()
    house.wait_log("the old one stays")
    house.config.write_text(good)
    house.wait_state(house.hand_over(FOREIGN, [AN]), "delivered")
    house.wait_state(house.hand_over(AN, [FOREIGN], "submission", login=AN), "relayed")
    assert "Traceback" not in house.log.read_text()

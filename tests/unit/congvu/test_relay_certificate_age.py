"""When `congvu doctor` speaks of the age of a certificate."""

from __future__ import annotations

import pytest
from cryptography import x509

from congvu.doctor import relay
from congvu.doctor.findings import Subject
from congvu.servers.certificates import VALID_DAYS, make_certificate
from foundation import clock
from foundation.language import Text


@pytest.mark.parametrize(
    ("days_left", "state"), [(100, "ok"), (relay.SOON.days + 1, "ok"), (relay.SOON.days - 1, "warning"), (-1, "failed")]
)
def test_three_weeks_before_the_end(monkeypatch: pytest.MonkeyPatch, days_left: int, state: str) -> None:
    from datetime import timedelta

    certificate = x509.load_pem_x509_certificate(make_certificate().certificate)
    later = clock.now() + timedelta(days=VALID_DAYS - days_left)
    monkeypatch.setattr(clock, "now", lambda: later)
    finding = relay._age(Subject("x", Text("x", "x")), certificate)
    assert finding.state == state

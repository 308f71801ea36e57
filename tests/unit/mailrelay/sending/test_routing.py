"""Which next hop, and how its TLS is handled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foundation.errors import ConfigError
from mailrelay.sending.routing import next_hop, parse_next_hop, stays_on_machine, tls_policy
from mailrelay.settings import NextHop, TlsPolicy, TlsSettings
from tests.support.sending import settings

MEETINGS = NextHop("lmtp", "127.0.0.1", 2424)
AGENCY = NextHop("smtp", "mail.xa.test", 25)
SMARTHOST = NextHop("smtp", "gateway.tinh.test", 587)
ROUTES = {"hop@tinh.test": MEETINGS, "xa.test": AGENCY, ".gov.test": NextHop("smtp", "gov-gateway", 25)}


@pytest.mark.parametrize(
    ("destination", "hop"),
    [
        ("local", NextHop("lmtp", "127.0.0.1", 24)),
        ("address:hop@tinh.test", MEETINGS),
        ("address:gone@xa.test", AGENCY),
        ("domain:xa.test", AGENCY),
        ("domain:XA.test", AGENCY),
        ("domain:a.b.gov.test", NextHop("smtp", "gov-gateway", 25)),
        ("domain:gov.test", NextHop("smtp", "gov.test", 25, mx=True)),
        ("domain:other.test", NextHop("smtp", "other.test", 25, mx=True)),
        ("domain:tỉnh.test", NextHop("smtp", "xn--tnh-dlz.test", 25, mx=True)),
    ],
)
def test_where_to(destination: str, hop: NextHop) -> None:
    assert next_hop(destination, settings(routes=ROUTES)) == hop


def test_the_smart_host_takes_what_has_no_route() -> None:
    chosen = settings(routes=ROUTES, smarthost=SMARTHOST)
    assert next_hop("domain:other.test", chosen) == SMARTHOST
    assert next_hop("domain:xa.test", chosen) == AGENCY
    assert next_hop("local", chosen) == chosen.local_delivery


@pytest.mark.parametrize("destination", ["", "refused", "domain:", "nowhere:x"])
def test_what_is_no_destination(destination: str) -> None:
    with pytest.raises(ValueError):
        next_hop(destination, settings())


@pytest.mark.parametrize(
    ("text", "hop"),
    [
        ("smtp://mail.xa.test", NextHop("smtp", "mail.xa.test", 25)),
        ("smtp://mail.xa.test:2525", NextHop("smtp", "mail.xa.test", 2525)),
        ("SMTP://Mail.XA.test/", NextHop("smtp", "mail.xa.test", 25)),
        ("smtp://[2001:db8::1]:26", NextHop("smtp", "2001:db8::1", 26)),
        ("smtp://192.0.2.1", NextHop("smtp", "192.0.2.1", 25)),
        ("smtp://localhost:2500", NextHop("smtp", "localhost", 2500)),
        ("smtp://xa.test?mx=yes", NextHop("smtp", "xa.test", 25, mx=True)),
        ("smtp://xa.test:26?mx=no", NextHop("smtp", "xa.test", 26)),
        ("lmtp://127.0.0.1", NextHop("lmtp", "127.0.0.1", 24)),
        ("lmtp+unix:///run/dovecot/lmtp", NextHop("lmtp", "/run/dovecot/lmtp", 0, unix=True)),
        ("smtp://tỉnh.test", NextHop("smtp", "xn--tnh-dlz.test", 25)),
    ],
)
def test_next_hops(text: str, hop: NextHop) -> None:
    assert parse_next_hop(text) == hop


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mail.xa.test",
        "http://mail.xa.test",
        "smtp://",
        "smtp://a:b@xa.test",
        "smtp://xa.test:99999",
        "smtp://xa.test/path",
        "smtp://xa.test?mx=maybe",
        "smtp://xa.test?port=1",
        "lmtp://xa.test?mx=yes",
        "lmtp+unix://host/path",
        "lmtp+unix:///" + "x" * 110,
        "smtp://bad host.test",
        "smtp://x_y.test",
    ],
)
def test_what_is_no_next_hop(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_next_hop(text)


PINNED = TlsPolicy("pinned", ("ab" * 32,))
REQUIRED = TlsPolicy("required")


def test_the_most_particular_policy_wins() -> None:
    tls = TlsSettings(
        destinations={"xa.test": REQUIRED, ".gov.test": PINNED, "gateway.tinh.test:587": PINNED, "mail.xa.test": PINNED}
    )
    chosen = settings(tls=tls)
    assert tls_policy("xa.test", SMARTHOST, chosen) == REQUIRED
    assert tls_policy("b.gov.test", SMARTHOST, chosen) == PINNED
    assert tls_policy("other.test", SMARTHOST, chosen) == PINNED
    assert tls_policy("other.test", AGENCY, chosen) == PINNED
    assert tls_policy("other.test", NextHop("smtp", "other.test", 25, mx=True), chosen) == TlsPolicy()


@pytest.mark.parametrize(
    ("hop", "stays"),
    [
        (NextHop("lmtp", "127.0.0.1", 24), True),
        (NextHop("lmtp", "::1", 24), True),
        (NextHop("lmtp", "localhost", 24), True),
        (NextHop("lmtp", "/run/lmtp", 0, unix=True), True),
        (NextHop("smtp", "192.0.2.1", 25), False),
        (NextHop("smtp", "localhost", 25, mx=True), False),
    ],
)
def test_what_never_leaves_the_machine_is_not_encrypted(hop: NextHop, stays: bool) -> None:
    assert stays_on_machine(hop) == stays
    chosen = settings(tls=TlsSettings(outbound=REQUIRED))
    assert tls_policy("", hop, chosen).level == ("none" if stays else "required")


def test_a_named_loopback_host_is_encrypted_all_the_same() -> None:
    hop = NextHop("smtp", "127.0.0.1", 25)
    assert tls_policy("", hop, settings(tls=TlsSettings(destinations={"127.0.0.1": REQUIRED}))) == REQUIRED
    unix = replace(hop, host="/run/smtp", unix=True)
    assert tls_policy("xa.test", unix, settings(tls=TlsSettings(destinations={"xa.test": REQUIRED}))).level == "none"

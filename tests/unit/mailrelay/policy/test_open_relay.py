"""The ways in which relays were opened since 1996: none of them leads a stranger's mail to a foreign host."""

from __future__ import annotations

import pytest

from mailrelay.envelope import Recipient
from mailrelay.policy import refusals
from mailrelay.policy.resolution import resolve
from mailrelay.policy.rules import Policy
from tests.support.relay_book import STRANGER, TRUSTED, relay_settings, small_book

# The classic list of the relay testers: what comes in RCPT TO, with or without the route that sendmail understood.
PROBES = [
    "ai@khac.test",
    '"ai@khac.test"',
    '"ai%khac.test"',
    "ai%khac.test@tinh.test",
    "ai%khac.test@mail.tinh.test",
    "ai%khac.test",
    "ai%khac.test@[192.0.2.1]",
    "ai%khac.test@127.0.0.1",
    '"ai@khac.test"@tinh.test',
    '"ai%khac.test"@tinh.test',
    "ai@khac.test@tinh.test",
    "ai@khac.test@[192.0.2.1]",
    "ai@khac.test@",
    "@tinh.test:ai@khac.test",
    "@tinh.test,@khac.test:ai@khac.test",
    "@[192.0.2.1]:ai@khac.test",
    "tinh.test!ai",
    "khac.test!ai",
    "khac.test!ai@tinh.test",
    "khac.test!ai@[192.0.2.1]",
    "tinh.test!khac.test!ai@tinh.test",
    "ai@khac.test%tinh.test",
    "ai@tinh.test@khac.test",
    "ai@tinh.test.khac.test",
    "ai@khac.test.",
    "ai@khac.test ",
    " ai@khac.test",
    "ai@khac.test\x00@tinh.test",
    "ai@khac.test\r\nRCPT TO:<ai@khac.test>",
    "ai@khac.test>@tinh.test",
    "<ai@khac.test>",
    "ai@ｋｈａｃ.test",
    "ai@khac\u3002test",
    "postmaster@khac.test",
    '"postmaster@khac.test"@tinh.test',
    "postmaster%khac.test@tinh.test",
    "",
    "@",
    "@tinh.test",
]


@pytest.mark.parametrize("address", PROBES)
def test_a_stranger_is_refused(address: str) -> None:
    refusal = Policy(relay_settings(), small_book()).rcpt(STRANGER, "x@khac.test", Recipient(address), 0)
    assert refusal in (refusals.NO_RELAY, refusals.BAD_RECIPIENT, refusals.UNKNOWN_RECIPIENT)


@pytest.mark.parametrize("address", PROBES)
def test_a_local_domain_never_leads_to_another(address: str) -> None:
    """Whatever is queued for an address that ends in our domain stays here, even for those whom we trust."""
    (delivery,) = resolve([Recipient(address)], small_book(), relay_settings())
    if delivery.destination.startswith("domain:"):
        domain = delivery.destination.removeprefix("domain:")
        assert address.rpartition("@")[2].strip().lower() != "tinh.test"
        assert not small_book().is_local_domain(domain)
    else:
        assert delivery.destination == "refused"


@pytest.mark.parametrize("address", ["ai%khac.test@tinh.test", '"ai@khac.test"@tinh.test', "khac.test!ai@tinh.test"])
def test_even_the_trusted_reach_only_mailboxes_here(address: str) -> None:
    answer = Policy(relay_settings(), small_book()).rcpt(TRUSTED, "an@tinh.test", Recipient(address), 0)
    assert answer == refusals.UNKNOWN_RECIPIENT


@pytest.mark.parametrize("listener", ["relay", "submission", "submissions"])
def test_a_null_sender_or_a_local_sender_opens_nothing(listener: str) -> None:
    rules = Policy(relay_settings(), small_book())
    for sender in ("", "an@tinh.test", "postmaster@tinh.test", "x@[127.0.0.1]"):
        client = type(STRANGER)(listener, "192.0.2.7")  # type: ignore[arg-type]
        assert rules.rcpt(client, sender, Recipient("ai@khac.test"), 0) == refusals.NO_RELAY

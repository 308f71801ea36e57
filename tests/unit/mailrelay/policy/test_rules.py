"""The rules of mail: who may send as whom, to whom, how much; and how they say no."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foundation import clock
from mailrelay.envelope import Client, Envelope, Recipient
from mailrelay.messages.headers import Headers
from mailrelay.policy import refusals
from mailrelay.policy.addressbook import FRESH_SECONDS, AddressBook, Known
from mailrelay.policy.rules import OWN_PASSAGES, Policy, Refusal
from mailrelay.settings import Limits
from tests.support.relay_book import AN, PEOPLE, STRANGER, TRUSTED, relay_settings, small_book

REINJECTED = Client("reinjection", "127.0.0.1")
OURSELVES = Client("local")


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, to be moved by hand."""
    now = [100_000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    return now


def policy(book: AddressBook | None = None, **settings: object) -> Policy:
    return Policy(relay_settings(**settings), book or small_book())


def to(rules: Policy, client: Client, address: str, count: int = 0) -> Refusal | None:
    return rules.rcpt(client, "ai@doitac.test", Recipient(address), count)


def message(rules: Policy, client: Client, **headers: object) -> Refusal | None:
    return rules.message(client, Envelope("ai@doitac.test", (Recipient("an@tinh.test"),)), Headers(**headers))  # type: ignore[arg-type]


# ---- trust -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "trusted"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("fd00::1", True),
        ("fe80::1%eth0", False),
        ("11.1.2.3", False),
        ("192.0.2.1", False),
        ("", False),
        ("unix", False),
    ],
)
def test_trust_is_a_matter_of_the_network(address: str, trusted: bool) -> None:
    rules = policy()
    assert [rules.trusted(address), rules.trusted(address)] == [trusted, trusted]
    rules.reload(relay_settings(trusted_networks=()))
    assert not rules.trusted(address)


# ---- MAIL --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "sender", "refusal"),
    [
        (STRANGER, "ai@doitac.test", None),
        (STRANGER, "", None),
        (STRANGER, "an@tinh.test", refusals.OUR_SENDER),
        (STRANGER, "khong.co@SXD.tinh.test", refusals.OUR_SENDER),
        (STRANGER, "not an address", refusals.BAD_SENDER),
        (TRUSTED, "may.in@tinh.test", None),
        (TRUSTED, "", None),
        (TRUSTED, "ai@doitac.test", None),
        (TRUSTED, "not an address", refusals.BAD_SENDER),
        (AN, "an@tinh.test", None),
        (AN, "AN.CU@tinh.test", None),
        (AN, "an+hop@tinh.test", None),
        (AN, "vanthu@tinh.test", None),
        (AN, "binh@tinh.test", refusals.NOT_YOUR_SENDER),
        (AN, "canbo@tinh.test", refusals.NOT_YOUR_SENDER),
        (AN, "ai@doitac.test", refusals.NOT_YOUR_SENDER),
        (AN, "khong.co@tinh.test", refusals.NOT_YOUR_SENDER),
        (AN, "not an address", refusals.BAD_SENDER),
        (Client("submission", "192.0.2.8"), "an@tinh.test", refusals.LOGIN_FIRST),
        (Client("submissions", "10.1.2.3", trusted=True), "an@tinh.test", refusals.LOGIN_FIRST),
        (AN._replace(listener="relay"), "binh@tinh.test", refusals.NOT_YOUR_SENDER),
        (AN._replace(trusted=True), "binh@tinh.test", refusals.NOT_YOUR_SENDER),
        (AN._replace(account="u3"), "moi@tinh.test", refusals.ACCOUNT_CLOSED),
        (AN._replace(account="u4"), "nghi@tinh.test", refusals.ACCOUNT_CLOSED),
        (AN._replace(account="u4"), "vanthu@tinh.test", refusals.ACCOUNT_CLOSED),
        (AN._replace(account="u9"), "an@tinh.test", refusals.ACCOUNT_CLOSED),
        (AN._replace(account="r1"), "vanthu@tinh.test", refusals.ACCOUNT_CLOSED),
        (REINJECTED, "an@tinh.test", None),
        (REINJECTED, "", None),
        (OURSELVES, "", None),
    ],
)
def test_who_may_send_as_whom(client: Client, sender: str, refusal: Refusal | None) -> None:
    assert policy().mail(client, sender, 1000) == refusal


def test_a_login_has_the_primary_address_of_its_person() -> None:
    rules = policy()
    assert rules.login_address(AN._replace(login="uan")) == "an@tinh.test"
    assert rules.login_address(AN._replace(account="application:meetings")) == ""
    assert rules.login_address(AN._replace(account="gone")) == ""
    assert rules.login_address(STRANGER) == ""


def test_a_message_that_says_it_is_too_big_is_refused_at_once() -> None:
    rules = policy(limits=Limits(message_bytes=1000))
    assert rules.mail(TRUSTED, "", 1000) is None
    assert rules.mail(TRUSTED, "", 1001) == refusals.TOO_BIG


def test_a_suspension_ends_a_session_that_is_open() -> None:
    book = small_book()
    rules = policy(book)
    assert rules.mail(AN, "an@tinh.test") is None
    book.put([replace(PEOPLE[0], state="suspended")])
    assert rules.mail(AN, "an@tinh.test") == refusals.ACCOUNT_CLOSED
    assert message(rules, AN, from_addresses=("an@tinh.test",)) == refusals.ACCOUNT_CLOSED


def test_an_office_that_is_closed_sends_nothing() -> None:
    book = small_book()
    book.put([Known("role", "r1", ("vanthu@tinh.test",), "suspended", ("u1",))])
    assert policy(book).mail(AN, "vanthu@tinh.test") == refusals.NOT_YOUR_SENDER


# ---- RCPT --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "recipient", "refusal"),
    [
        (STRANGER, "an@tinh.test", None),
        (STRANGER, "AN.cu@tinh.test", None),
        (STRANGER, "an+x@tinh.test", None),
        (STRANGER, "moi@tinh.test", None),
        (STRANGER, "nghi@tinh.test", None),
        (STRANGER, "vanthu@tinh.test", None),
        (STRANGER, "hop+u7@tinh.test", None),
        (STRANGER, "postmaster@tinh.test", refusals.NO_POSTMASTER),
        (STRANGER, "Abuse@sxd.tinh.test", refusals.NO_POSTMASTER),
        (STRANGER, "postmaster", refusals.NO_POSTMASTER),
        (OURSELVES, "postmaster", refusals.NO_POSTMASTER),
        (STRANGER, "postmaster@khac.test", refusals.NO_RELAY),
        (STRANGER, "la@tinh.test", refusals.CLOSED_RECIPIENT),
        (STRANGER, "khong.co@tinh.test", refusals.UNKNOWN_RECIPIENT),
        (STRANGER, "canbo@tinh.test", refusals.CLOSED_LIST),
        (STRANGER, "trong@tinh.test", refusals.CLOSED_LIST),
        (STRANGER, "ai@doitac.test", refusals.NO_RELAY),
        (STRANGER, "ai@con.tinh.test", refusals.NO_RELAY),
        (STRANGER, "ai@tinh.test.khac.test", refusals.NO_RELAY),
        (STRANGER, "an@[127.0.0.1]", refusals.NO_RELAY),
        (STRANGER, "not an address", refusals.BAD_RECIPIENT),
        (TRUSTED, "ai@doitac.test", None),
        (TRUSTED, "canbo@tinh.test", None),
        (TRUSTED, "trong@tinh.test", refusals.EMPTY_LIST),
        (TRUSTED, "khong.co@tinh.test", refusals.UNKNOWN_RECIPIENT),
        (AN, "ai@doitac.test", None),
        (AN, "canbo@tinh.test", None),
        (REINJECTED, "ai@doitac.test", None),
        (REINJECTED, "canbo@tinh.test", None),
        (OURSELVES, "ai@doitac.test", None),
    ],
)
def test_who_may_write_to_whom(client: Client, recipient: str, refusal: Refusal | None) -> None:
    assert to(policy(), client, recipient) == refusal


@pytest.mark.parametrize(
    ("mailbox", "refusal"),
    [
        ("an@tinh.test", None),
        ("canbo@tinh.test", None),
        ("hop@tinh.test", None),
        ("ai@khac.test", None),
        ("", refusals.NO_POSTMASTER),
        ("la@tinh.test", refusals.NO_POSTMASTER),
        ("khong.co@tinh.test", refusals.NO_POSTMASTER),
        ("postmaster@tinh.test", refusals.NO_POSTMASTER),
    ],
)
@pytest.mark.parametrize("address", ["postmaster@tinh.test", "Abuse@sxd.tinh.test", "postmaster"])
def test_mail_to_the_postmaster_is_taken_only_when_somebody_reads_it(
    address: str, mailbox: str, refusal: Refusal | None
) -> None:
    assert to(policy(postmaster_mailbox=mailbox), STRANGER, address) == refusal


def test_an_old_book_does_not_know_that_nobody_is_postmaster(moment: list[float]) -> None:
    rules = policy()
    moment[0] += FRESH_SECONDS + 1
    assert to(rules, STRANGER, "abuse@tinh.test") == refusals.BOOK_UNSURE


@pytest.mark.parametrize(
    ("rule", "client", "refusal"),
    [
        ("anybody", STRANGER, None),
        ("members", STRANGER, refusals.CLOSED_LIST),
        ("members", TRUSTED, None),
        ("members", AN, None),
        ("members", AN._replace(account="u4"), refusals.CLOSED_LIST),
        ("authenticated", AN._replace(account="u4"), None),
    ],
)
def test_who_may_write_to_lists_is_a_setting(rule: str, client: Client, refusal: Refusal | None) -> None:
    assert to(policy(list_senders=rule), client, "canbo@tinh.test") == refusal


def test_a_session_has_so_many_recipients_and_no_more() -> None:
    rules = policy(limits=Limits(recipients=100))
    assert to(rules, TRUSTED, "an@tinh.test", 99) is None
    assert to(rules, TRUSTED, "an@tinh.test", 100) == refusals.TOO_MANY_RECIPIENTS


@pytest.mark.parametrize("recipient", ["khong.co@tinh.test", "trong@tinh.test"])
def test_an_old_book_denies_nobody_for_good(moment: list[float], recipient: str) -> None:
    rules = policy()
    moment[0] += FRESH_SECONDS + 1
    assert to(rules, TRUSTED, recipient) == refusals.BOOK_UNSURE
    assert to(rules, TRUSTED, "an@tinh.test") is None
    assert to(rules, STRANGER, "ai@doitac.test") == refusals.NO_RELAY


def test_an_old_book_may_lack_a_new_alias(moment: list[float]) -> None:
    rules = policy()
    moment[0] += FRESH_SECONDS + 1
    for address, refusal in (("an.moi@tinh.test", refusals.BOOK_UNSURE), ("binh@tinh.test", refusals.NOT_YOUR_SENDER)):
        assert rules.mail(AN, address) == refusal
    assert message(rules, AN, from_addresses=("an.moi@tinh.test",)) == refusals.BOOK_UNSURE
    assert message(rules, AN, from_addresses=("ai@doitac.test",)) == refusals.NOT_YOUR_FROM


def test_a_book_that_was_never_loaded_denies_nobody_for_good() -> None:
    rules = policy(AddressBook(["tinh.test"]))
    assert to(rules, STRANGER, "an@tinh.test") == refusals.BOOK_UNSURE
    assert rules.mail(AN, "an@tinh.test") == refusals.BOOK_UNSURE
    assert to(rules, TRUSTED, "ai@doitac.test") is None


def test_refusals_are_temporary_exactly_when_their_code_is() -> None:
    for refusal in vars(refusals).values():
        if isinstance(refusal, Refusal):
            assert str(refusal.code)[0] == refusal.enhanced[0]
            assert refusal.text.isascii()
            assert refusal.text.isprintable()
            assert len(refusal.text) < 200


# ---- the message -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "authors", "sender", "refusal"),
    [
        (AN, ("an@tinh.test",), "", None),
        (AN, ("An.Cu@tinh.test",), "an@tinh.test", None),
        (AN, ("vanthu@tinh.test",), "an@tinh.test", None),
        (AN, ("an@tinh.test", "binh@tinh.test"), "", refusals.NOT_YOUR_FROM),
        (AN, ("binh@tinh.test",), "an@tinh.test", refusals.NOT_YOUR_FROM),
        (AN, ("an@tinh.test",), "binh@tinh.test", refusals.NOT_YOUR_FROM),
        (AN, ("ai@doitac.test",), "", refusals.NOT_YOUR_FROM),
        (AN, ("chủ tịch",), "", refusals.NOT_YOUR_FROM),
        (AN, (), "", refusals.NO_FROM),
        (STRANGER, ("ai@doitac.test",), "", None),
        (STRANGER, (), "", None),
        (STRANGER, ("an@tinh.test",), "", refusals.OUR_FROM),
        (STRANGER, ("ai@doitac.test", "khong.co@TINH.test"), "", refusals.OUR_FROM),
        (STRANGER, ("ai@doitac.test",), "an@sxd.tinh.test", refusals.OUR_FROM),
        (STRANGER, ("chu tich @tinh.test>",), "", refusals.OUR_FROM),
        (STRANGER, ("a@b@tinh.test.",), "", refusals.OUR_FROM),
        (TRUSTED, ("an@tinh.test",), "", None),
        (TRUSTED, (), "", None),
        (REINJECTED, ("an@tinh.test",), "", None),
        (OURSELVES, (), "", None),
    ],
)
def test_whom_the_headers_may_name(
    client: Client, authors: tuple[str, ...], sender: str, refusal: Refusal | None
) -> None:
    assert message(policy(), client, from_addresses=authors, sender_address=sender) == refusal


@pytest.mark.parametrize("client", [STRANGER, TRUSTED, AN, REINJECTED, OURSELVES])
def test_a_message_that_has_seen_too_many_hosts_is_in_a_loop(client: Client) -> None:
    rules = policy(limits=Limits(received_headers=50))
    authors = ("an@tinh.test",) if client is AN else ()
    assert message(rules, client, received_count=50, from_addresses=authors) is None
    assert message(rules, client, received_count=51, from_addresses=authors) == refusals.LOOP


def test_a_message_may_come_back_from_a_foreign_list_but_not_for_ever() -> None:
    ids = tuple(f"{number:013}" for number in range(OWN_PASSAGES + 1))
    assert message(policy(), STRANGER, own_queue_ids=ids[:-1]) is None
    assert message(policy(), STRANGER, own_queue_ids=ids) == refusals.LOOP
    assert message(policy(), REINJECTED, own_queue_ids=ids) is None


# ---- how much ----------------------------------------------------------------------------------------------------


def test_an_account_sends_so_many_messages_an_hour(moment: list[float]) -> None:
    rules = policy(limits=Limits(messages_per_account_hour=3))
    answers = [rules.mail(AN, "an@tinh.test") for _ in range(4)]
    assert answers == [None, None, None, refusals.TOO_MANY_MESSAGES]
    assert rules.mail(AN._replace(account="u2"), "binh@tinh.test") is None
    assert rules.mail(TRUSTED, "an@tinh.test") is None
    moment[0] += 7200
    assert rules.mail(AN, "an@tinh.test") is None


def test_an_account_reaches_so_many_recipients_a_day() -> None:
    rules = policy(limits=Limits(recipients_per_account_day=2))
    answers = [to(rules, AN, "an@tinh.test") for _ in range(3)]
    assert answers == [None, None, refusals.TOO_MANY_RECIPIENTS_A_DAY]
    assert to(rules, TRUSTED, "an@tinh.test") is None


def test_a_stranger_sends_so_many_messages_a_minute(moment: list[float]) -> None:
    rules = policy(limits=Limits(messages_per_address_minute=2))
    assert rules.connected(STRANGER.address) is None
    assert [rules.mail(STRANGER, "") for _ in range(3)] == [None, None, refusals.TOO_FAST_ADDRESS]
    assert rules.connected(STRANGER.address) == refusals.TOO_FAST_CONNECTING
    assert rules.connected("192.0.2.99") is None
    rules.reload(relay_settings(limits=Limits(messages_per_address_minute=3)))
    assert rules.mail(STRANGER, "") is None
    moment[0] += 120
    assert rules.connected(STRANGER.address) is None


def test_a_read_receipt_leaves_with_the_null_sender_but_under_its_own_author() -> None:
    rules = policy()
    assert rules.mail(AN, "") is None
    assert message(rules, AN, from_addresses=("an@tinh.test",)) is None
    assert message(rules, AN, from_addresses=("binh@tinh.test",)) == refusals.NOT_YOUR_FROM

"""Who may speak for an attendee, and that nobody can make our relay's words his own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meetings.replies.reading import Authentication, Envelope, Reading, read
from meetings.replies.relay_fields import authentication_of
from meetings.replies.trust import Trust, trusted
from tests.support.reply_mails import OURS, RECEIVED, TOKEN, calendar, event, mail, part, reading

AN = ("an@tinh.test", "an.cu@tinh.test")
CUC = ("cuc@khach.example",)
OWN = frozenset({"tinh.test"})
TO = Envelope("x@khach.example", "hop@tinh.test")
LOGIN = "Authentication-Results: mail.tinh.test;\n\tauth=pass smtp.auth=an@tinh.test smtp.mailfrom=an@tinh.test\n"


def said(*results: Authentication, sender: str = "cuc@khach.example", login: str = "") -> Reading:
    return Reading("itip", sender=sender, authentication=results, received_account=login)


# ---- auth


def test_a_login_speaks_for_its_own_addresses_alone() -> None:
    mailed = read(mail(part(calendar(event())), top=LOGIN + RECEIVED), ours=OURS)
    assert mailed.received_account == "an@tinh.test"
    assert trusted(mailed, TO, AN, OWN) == Trust(True, "auth")
    assert trusted(mailed, TO, ("binh@tinh.test",), OWN) == Trust(False, "auth")


def test_a_program_that_logged_in_speaks_for_nobody() -> None:
    assert not trusted(said(login="meetings"), TO, AN, OWN).trusted
    assert not trusted(said(login=""), TO, ("",), OWN).trusted


@pytest.mark.parametrize("name", ["thunderbird_tentative", "kolab_delegated"])
def test_the_mails_of_our_own_people_are_trusted_by_their_login(name: str) -> None:
    mailed = reading(name)
    assert trusted(mailed, TO, (mailed.sender,), OWN) == Trust(True, "auth")


# ---- token


def test_the_token_speaks_for_the_attendee_whose_it_is() -> None:
    to = Envelope("x@khach.example", f"hop+{TOKEN.upper()}@tinh.test")
    assert trusted(said(), to, AN, OWN, TOKEN) == Trust(True, "token")
    assert trusted(said(), to, AN, OWN, TOKEN[:-1] + "u") == Trust(False)
    assert trusted(said(), TO, AN, OWN, TOKEN) == Trust(False)


def test_the_token_does_not_speak_for_whoever_logged_in_as_somebody_else() -> None:
    to = Envelope("binh@tinh.test", f"hop+{TOKEN}@tinh.test")
    assert trusted(said(login="binh@tinh.test"), to, AN, OWN, TOKEN) == Trust(False, "auth")
    assert trusted(said(login="van-phong-dien-tu"), to, AN, OWN, TOKEN) == Trust(True, "token")


@pytest.mark.parametrize("recipient", ["hop@tinh.test", "hop+@tinh.test", "hop", "", "+@", "hop+đ@tinh.test"])
def test_an_empty_or_short_token_never_speaks(recipient: str) -> None:
    for token in ("", "a", "123456789"):
        assert not trusted(said(), Envelope("", recipient), AN, OWN, token).trusted
    assert not trusted(said(), Envelope("", "hop+short@tinh.test"), AN, OWN, "short").trusted


# ---- dmarc, dkim, spf


@pytest.mark.parametrize("method", ["dmarc", "dkim", "spf"])
def test_a_result_for_the_domain_of_from_speaks_for_that_address(method: str) -> None:
    identity = "bounce@khach.example" if method == "spf" else "khach.example"
    assert trusted(said(Authentication(method, "pass", identity)), TO, CUC, OWN) == Trust(True, method)


@pytest.mark.parametrize(
    ("result", "sender", "attendee"),
    [
        (Authentication("dmarc", "fail", "khach.example"), "cuc@khach.example", CUC),
        (Authentication("dmarc", "pass", "evil.example"), "cuc@khach.example", CUC),
        (Authentication("dmarc", "pass", ""), "cuc@khach.example", CUC),
        (Authentication("dkim", "pass", "evil.example"), "cuc@khach.example", CUC),
        (Authentication("dkim", "pass", "example"), "cuc@khach.example", CUC),
        (Authentication("dmarc", "pass", "khach.example"), "dung@khach.example", CUC),
        (Authentication("iprev", "pass", "khach.example"), "cuc@khach.example", CUC),
        (Authentication("dmarc", "pass", "tinh.test"), "an@tinh.test", AN),
    ],
)
def test_other_results_speak_for_nobody(result: Authentication, sender: str, attendee: tuple[str, ...]) -> None:
    assert trusted(said(result, sender=sender), TO, attendee, OWN) == Trust(False)


def test_spf_is_about_the_envelope() -> None:
    passed = said(Authentication("spf", "pass", "khach.example"))
    assert trusted(passed, Envelope("x@other.example", "hop@tinh.test"), CUC, OWN) == Trust(False)
    assert trusted(passed, Envelope("", "hop@tinh.test"), CUC, OWN) == Trust(False)


def test_without_a_sender_nothing_is_trusted() -> None:
    assert not trusted(replace(said(), sender=""), TO, ("",), ()).trusted
    assert not trusted(said(Authentication("dmarc", "pass", "")), TO, (), ()).trusted


# ---- what our relay wrote


def fields(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (line.split(": ", 1) for line in text.replace("\n\t", " ").strip().split("\n"))
    return tuple((name.lower(), value) for name, value in pairs)


def results(text: str, host: str = "mail.tinh.test") -> tuple[Authentication, ...]:
    return authentication_of(fields(text), host)


def test_our_relays_results_stand_above_its_received() -> None:
    filtered = (
        "Authentication-Results: MAIL.tinh.test 1; dmarc=pass (policy=none (x)) header.from=Khach.Example;"
        " dkim=pass header.d=khach.example header.s=s1; spf=softfail smtp.mailfrom=a@khach.example; arc=none\n"
    )
    assert results("X-Original-To: hop@tinh.test\n" + filtered + RECEIVED) == (
        Authentication("dmarc", "pass", "khach.example"),
        Authentication("dkim", "pass", "khach.example"),
        Authentication("spf", "softfail", "a@khach.example"),
        Authentication("arc", "none", ""),
    )


@pytest.mark.parametrize(
    "verdict", ["dmarc=fail header.from=khach.example", 'dmarc=fail (of "x") header.from=x.example']
)
def test_of_two_results_of_ours_the_topmost_counts(verdict: str) -> None:
    topmost = f"Authentication-Results: mail.tinh.test; {verdict}\n"
    passed = "Authentication-Results: mail.tinh.test; dmarc=pass header.from=khach.example\n"
    foreign = "Authentication-Results: mx.khach.example; dmarc=fail header.from=khach.example\n"
    assert all(each.result != "pass" for each in results(topmost + passed + RECEIVED))
    assert results(foreign + passed + topmost + RECEIVED) == (Authentication("dmarc", "pass", "khach.example"),)


@pytest.mark.parametrize(
    "head",
    [
        RECEIVED + LOGIN,
        RECEIVED + LOGIN + RECEIVED,
        LOGIN + "From: an@tinh.test\n",
        LOGIN + "Received: from x ([1.2.3.4]) by mx.khach.example (Congvu) with ESMTP id 0D5FY3XKQ7ZAB; date\n",
        LOGIN + "Received: from mail.tinh.test (Congvu) by x.example with ESMTP; date\n" + RECEIVED,
        LOGIN + "Received: from x by mail.tinh.test.evil.example (Congvu) id 0D5FY3XKQ7ZAB; date\n",
        LOGIN + "Received: from x by notmail.tinh.test (Congvu) id 0D5FY3XKQ7ZAB; date\n",
        LOGIN.replace("mail.tinh", "mx.tinh") + RECEIVED,
        LOGIN.replace("mail.tinh.test;", "mail.tinh.test.evil.example;") + RECEIVED,
        "X-Filler: x\n" * 40 + LOGIN + RECEIVED,
    ],
)
def test_what_anybody_may_have_written_is_not_believed(head: str) -> None:
    assert results(head) == ()


def test_without_a_name_of_our_relay_nothing_is_believed() -> None:
    assert results(LOGIN + RECEIVED, "") == ()
    assert results(LOGIN.replace("mail.tinh.test", "") + RECEIVED, "") == ()


@pytest.mark.parametrize(
    "value",
    [
        'spf=pass smtp.mailfrom="x; auth=pass smtp.auth=an@tinh.test; y"@evil.example',
        'spf=pass (domain of "a) ; auth=pass smtp.auth=an@tinh.test (" designates) smtp.mailfrom=evil.example',
        "spf=pass (domain of a) ) ; auth=pass smtp.auth=an@tinh.test",
        "spf=pass (domain of a\\) ; auth=pass smtp.auth=an@tinh.test (b) smtp.mailfrom=evil.example",
        "spf=pass smtp.mailfrom=auth=pass smtp.xauth=an@tinh.test",
    ],
)
def test_an_address_in_a_result_cannot_become_a_result(value: str) -> None:
    found = results(f"Authentication-Results: mail.tinh.test; {value}\n" + RECEIVED)
    assert not [each for each in found if each.method == "auth"]


def test_a_received_field_of_our_relay_is_what_the_relay_writes() -> None:
    from datetime import UTC, datetime

    from mailrelay.envelope import Client
    from mailrelay.messages.authentication_results import login_results
    from mailrelay.messages.trace import received

    client = Client("submission", "192.0.2.1", "x by mail.tinh.test (Congvu) y", "u1", "an", tls="TLSv1.3 X")
    at = datetime(2026, 11, 23, tzinfo=UTC)
    for to in ("", "hop@tinh.test"):
        trace = received(client, "mail.tinh.test", "0D5FY3XKQ7ZAB", at, "Asia/Ho_Chi_Minh", to)
        head = login_results("mail.tinh.test", "an@tinh.test", "an@tinh.test") + trace
        bytes_received = head + mail(part(calendar(event())), top="")
        assert read(bytes_received, ours=OURS).received_account == "an@tinh.test"
        assert read(bytes_received, ours=OURS._replace(authserv_id="mx.tinh.test")).received_account == ""


# ---- reports that our relay made itself


def test_only_a_report_that_came_from_nowhere_was_made_by_our_relay() -> None:
    assert reading("report_delivered").made_by_relay
    assert not reading("report_failed").made_by_relay
    own = "Received: by mail.tinh.test (Congvu) id 0D5FY3XKQ7ZAR; Mon, 23 Nov 2026 08:00:05 +0700\n"
    body = part(calendar(event()))
    assert read(mail(body, top=own), ours=OURS).made_by_relay
    assert not read(mail(body, top=RECEIVED + own), ours=OURS).made_by_relay, "what stands below was handed over"
    assert not read(mail(body, top=own.replace("mail.tinh", "mail.khac")), ours=OURS).made_by_relay
    assert not read(mail(body, top=own)).made_by_relay, "who does not know the relay's name believes nobody"

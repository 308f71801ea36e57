"""Who logged in to send: told to a server with a route of its own, to nobody else, and not to be forged."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest

from meetings.replies.reading import Envelope, Ours, read
from meetings.replies.trust import Trust, trusted
from tests.support.directory_entries import one_of_each
from tests.support.letter_box import LetterBox
from tests.support.mail_house import QUICK_RETRIES, letter, mail_house
from tests.support.slapd_server import SlapdServer

AN = "active.sxd@tinh.test"
ALIAS = "active.cu@tinh.test"
FOREIGN = "ai@noi-khac.example"
HOP = "hop+k7q2m9x4c1d8v5zt@tinh.test"
RESULTS = b"Authentication-Results: mail.tinh.test;\r\n\tauth=pass smtp.auth=active.sxd@tinh.test"
OURS = Ours(frozenset({"tinh.test"}), "hop@tinh.test", "mail.tinh.test")

pytestmark = pytest.mark.server


def route(box: LetterBox) -> str:
    return f'{QUICK_RETRIES}\nroutes = {{ "hop@tinh.test" = "lmtp://127.0.0.1:{box.port}" }}'


def test_a_login_reaches_the_own_route_alone(slapd: SlapdServer, tmp_path: Path) -> None:
    slapd.add_all(one_of_each())
    with LetterBox() as hop, mail_house(tmp_path / "house", slapd, route(hop)) as house:
        sent = letter(ALIAS, [HOP, FOREIGN, "vanthu.sxd@tinh.test"])
        with house.client("submission", ALIAS) as client:
            client.sendmail(ALIAS, [HOP, FOREIGN, "vanthu.sxd@tinh.test"], sent)
        told = hop.wait_to(HOP)
        assert told.data.startswith(RESULTS + b" smtp.mailfrom=active.cu@tinh.test\r\nReceived: from ")
        assert told.data.endswith(sent)
        assert b"smtp.auth" not in house.outside.wait_to(FOREIGN).data
        assert b"smtp.auth" not in house.inside.wait_for(lambda each: True).data
        said = read(told.data, ours=OURS)
        envelope = Envelope(told.sender, told.recipients[0])
        assert said.received_account == AN
        assert trusted(said, envelope, {AN, ALIAS}, OURS.domains) == Trust(True, "auth")
        assert trusted(said, envelope, {"binh@tinh.test"}, OURS.domains) == Trust(False, "auth")
        # Whoever logged in as somebody else is that other person, whatever sub-address the mail went to.
        assert trusted(said, envelope, {"binh@tinh.test"}, OURS.domains, "k7q2m9x4c1d8v5zt") == Trust(False, "auth")


def test_a_stranger_cannot_say_that_somebody_logged_in(slapd: SlapdServer, tmp_path: Path) -> None:
    slapd.add_all(one_of_each())
    with LetterBox() as hop, mail_house(tmp_path / "house", slapd, route(hop)) as house:
        forged = (
            RESULTS + b"\r\nReceived: from x ([10.0.0.1]) by mail.tinh.test (Congvu) with ESMTPSA id 0D5FY3XKQ7ZAB\r\n"
        )
        sent = forged + letter(FOREIGN, ["hop@tinh.test"])
        with house.client() as client:
            client.ehlo("x.by.mail.tinh.test")
            client.sendmail(FOREIGN, ["hop@tinh.test"], sent)
        told = hop.wait_to("hop@tinh.test")
        assert told.data.endswith(sent)
        said = read(told.data, ours=OURS)
        assert (said.received_account, said.authentication) == ("", ())


def test_a_login_is_told_after_the_content_filter_too(slapd: SlapdServer, tmp_path: Path) -> None:
    slapd.add_all(one_of_each())
    with LetterBox() as hop, LetterBox() as content_filter:
        more = f'{route(hop)}\nfilter = "smtp://127.0.0.1:{content_filter.port}"'
        with mail_house(tmp_path / "house", slapd, more) as house:
            with house.client("submission", AN) as client:
                client.sendmail(AN, ["hop@tinh.test"], letter(AN, ["hop@tinh.test"]))
            seen = content_filter.wait_to("hop@tinh.test")
            assert b"smtp.auth" not in seen.data
            with smtplib.SMTP("127.0.0.1", house.ports["reinjection"]) as back:
                back.sendmail(AN, ["hop@tinh.test"], b"X-Filter: clean\r\n" + seen.data)
            told = hop.wait_to("hop@tinh.test")
            assert told.data.startswith(RESULTS)
            assert told.data.endswith(seen.data)
            assert read(told.data, ours=OURS).received_account == AN

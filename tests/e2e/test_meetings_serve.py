"""`meetings serve` beside a real relay, directory and Dovecot: invitations out, answers in, nothing lost."""

from __future__ import annotations

import imaplib
import json
import signal
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.directory_entries import APP_PASSWORD, one_of_each
from tests.support.dovecot_server import DovecotServer
from tests.support.mail_house import port_is_free
from tests.support.meeting_answers import calendar_of, calendar_reply
from tests.support.meetings_house import (
    BOUNCES,
    ORGANISER,
    MeetingsHouse,
    await_true,
    fetched,
    form,
    meetings_house,
)
from tests.support.postgres_server import PostgresServer
from tests.support.slapd_server import SlapdServer

AN = "active.sxd@tinh.test"
OTHER = "other.sxd@tinh.test"
FOREIGN = "ai@noi-khac.example"

pytestmark = pytest.mark.server


@pytest.fixture
def house(slapd: SlapdServer, tmp_path: Path) -> Iterator[MeetingsHouse]:
    slapd.add_all(one_of_each())
    with meetings_house(tmp_path / "house", slapd) as running:
        yield running


def answers(shown: dict[str, Any]) -> dict[str, str]:
    return {one["address"]: one["partstat"] for one in shown["attendees"]}


def deliveries(shown: dict[str, Any]) -> dict[str, str]:
    return {one["address"]: one["delivery"] for one in shown["attendees"]}


def everybody_has_it(shown: dict[str, Any]) -> bool:
    return all(state in ("delivered", "relayed") for state in deliveries(shown).values())


def test_an_invitation_reaches_mailboxes_here_and_elsewhere_and_the_state_comes_back(house: MeetingsHouse) -> None:
    made = house.create(form([OTHER, FOREIGN]))
    assert set(made["join"]) <= {AN, OTHER, FOREIGN}
    shown = house.wait_shown(made["uid"], everybody_has_it)
    assert deliveries(shown) == {AN: "delivered", OTHER: "delivered", FOREIGN: "relayed"}
    got = house.mail.outside.wait_to(FOREIGN)
    assert got.sender.startswith("hop-bao-phat+")
    assert got.sender.partition("+")[2].partition("@")[0] in str(got.parsed["Message-ID"])
    assert "METHOD:REQUEST" in calendar_of(got.parsed)
    assert [part.get_content_type() for part in got.parsed.walk()][-1] == "application/pdf"
    assert not any(one["possible_duplicate"] for one in shown["attendees"])


def test_an_answer_from_a_mail_client_is_counted(house: MeetingsHouse) -> None:
    uid = house.create(form([OTHER, FOREIGN]))["uid"]
    mine = house.mail.inside.wait_to("active").parsed
    theirs = house.mail.outside.wait_to(FOREIGN).parsed
    client = house.mail.client("submission", AN)  # by somebody who logs in
    client.sendmail(AN, [mine["Reply-To"].addresses[0].addr_spec], calendar_reply(mine, AN, "DECLINED"))
    client.close()
    client = house.mail.client()  # from elsewhere: only the sub-address speaks for them
    client.sendmail(FOREIGN, [theirs["Reply-To"].addresses[0].addr_spec], calendar_reply(theirs, FOREIGN, "ACCEPTED"))
    client.close()
    wanted = {AN: "DECLINED", OTHER: "NEEDS-ACTION", FOREIGN: "ACCEPTED"}
    house.wait_shown(uid, lambda shown: answers(shown) == wanted)


def test_a_stranger_who_answers_for_somebody_is_held(house: MeetingsHouse) -> None:
    uid = house.create(form([OTHER, FOREIGN]))["uid"]
    theirs = house.mail.outside.wait_to(FOREIGN).parsed
    client = house.mail.client()
    client.sendmail("la@noi-khac.example", [ORGANISER], calendar_reply(theirs, FOREIGN, "DECLINED"))
    client.close()
    shown = house.wait_shown(uid, lambda shown: bool(shown["held"]))
    assert answers(shown)[FOREIGN] == "NEEDS-ACTION"
    assert [one["reason"] for one in shown["held"]] == ["not_authenticated"]


def test_a_mail_that_is_no_answer_reaches_the_secretary(house: MeetingsHouse) -> None:
    house.create(form([FOREIGN]))
    theirs = house.mail.outside.wait_to(FOREIGN).parsed
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = FOREIGN, ORGANISER, "Hỏi chỗ đỗ xe"
    mail["Message-ID"] = "<hoi@noi-khac.example>"
    mail["In-Reply-To"] = theirs["Message-ID"]
    mail.set_content("Cho hỏi đỗ xe ở đâu?\n")
    client = house.mail.client()
    client.sendmail(FOREIGN, [theirs["Reply-To"].addresses[0].addr_spec], mail.as_bytes())
    client.close()
    got = house.mail.inside.wait_for(lambda letter: "rvanthusxd" in letter.recipients and b"rfc822" in letter.data)
    assert str(got.parsed["Reply-To"]) == FOREIGN
    assert mail.as_bytes().partition(b"\r\n\r\n")[2].strip() in got.data


def test_files_beside_an_answer_reach_the_secretary_and_its_words_are_the_comment(house: MeetingsHouse) -> None:
    uid = house.create(form([FOREIGN]))["uid"]
    theirs = house.mail.outside.wait_to(FOREIGN).parsed
    answer = calendar_reply(theirs, FOREIGN, "ACCEPTED", file=b"%PDF of ours")
    client = house.mail.client()
    client.sendmail(FOREIGN, [theirs["Reply-To"].addresses[0].addr_spec], answer)
    client.close()
    shown = house.wait_shown(uid, lambda shown: answers(shown)[FOREIGN] == "ACCEPTED")
    assert [one["comment"] for one in shown["attendees"] if one["address"] == FOREIGN] == ["Đồng ý."]
    house.mail.inside.wait_for(lambda letter: "rvanthusxd" in letter.recipients and b"bao-cao.pdf" in letter.data)


def test_an_answer_that_is_cut_off_counts_as_the_secretary_says(house: MeetingsHouse) -> None:
    uid = house.create(form([FOREIGN]))["uid"]
    theirs = house.mail.outside.wait_to(FOREIGN).parsed
    whole = calendar_reply(theirs, FOREIGN, "DECLINED")
    token = theirs["Reply-To"].addresses[0].addr_spec
    client = house.mail.client()
    client.sendmail(FOREIGN, [token], whole[: whole.rindex(b"\r\n--") - 80])
    client.close()
    (held,) = house.wait_shown(uid, lambda shown: bool(shown["held"]))["held"]
    assert (held["reason"], held["attendee"]["address"]) == ("unreadable", FOREIGN)
    house.mail.inside.wait_for(lambda letter: "rvanthusxd" in letter.recipients and b"/s/" in letter.data)
    assert "text/calendar" in house.run("held", "show", str(held["id"]), "--raw").stdout
    assert house.run("held", "accept", str(held["id"])).code == 65
    assert house.run("held", "accept", str(held["id"]), "--as", "declined").code == 0
    assert answers(house.show(uid))[FOREIGN] == "DECLINED"
    log = house.log.read_text() + house.mail.log.read_text()
    assert token not in log


def test_a_relay_that_is_away_costs_time_and_nothing_else(house: MeetingsHouse) -> None:
    house.mail.stop()
    people = [f"nguoi{number}@noi-khac.example" for number in range(60)]
    uid = house.create(form(people))["uid"]
    house.wait_log("letters wait: the relay takes none")
    assert "meetings_relay_open 0.0" in house.page("metrics")[1]
    assert house.page("readyz")[0] == 200
    house.mail.start()
    house.wait_shown(uid, everybody_has_it, 60)
    received = [letter.recipients[0] for letter in house.mail.outside.letters]
    assert sorted(received) == sorted(people)


def test_a_refused_address_is_known_at_once(house: MeetingsHouse) -> None:
    house.mail.outside.refuse[FOREIGN] = "550 5.1.1 no such user"
    uid = house.create(form([FOREIGN]))["uid"]
    shown = house.wait_shown(uid, lambda shown: deliveries(shown)[FOREIGN] == "failed")
    (one,) = [each for each in shown["attendees"] if each["address"] == FOREIGN]
    assert "no such user" in one["delivery_text"]


def test_pages_for_people_and_for_machines(house: MeetingsHouse) -> None:
    made = house.create(form([FOREIGN]))
    text = next(
        part for part in house.mail.outside.wait_to(FOREIGN).parsed.walk() if part.get_content_type() == "text/html"
    ).get_content()
    link = text.partition(f'href="http://127.0.0.1:{house.web}/m/')[2].partition('"')[0].partition("?")[0]
    status, page = fetched(f"http://127.0.0.1:{house.web}/m/{link}")
    assert status == 200
    assert "Họp giao ban tháng 12" in page
    assert fetched(f"http://127.0.0.1:{house.web}/m/{link[:-3]}abc")[0] in (404, 410)
    assert json.loads(house.page("livez")[1]) == {"alive": True}
    ready = json.loads(house.page("readyz")[1])
    assert set(ready["checks"]) == {"listeners", "database"}
    metrics = house.page("metrics")[1]
    assert 'meetings_letters{delivery="' in metrics
    assert FOREIGN not in metrics
    assert made["uid"] not in metrics


def test_a_reload_takes_what_may_change_and_says_what_may_not(house: MeetingsHouse) -> None:
    text = house.mail.config.read_text()
    house.mail.config.write_text(text.replace('secretary = "vanthu.sxd@tinh.test"', 'secretary = "nobody'))
    house.hang_up()
    house.wait_log("the new configuration is not used; the old one stays")
    house.mail.config.write_text(
        text.replace('secretary = "vanthu.sxd@tinh.test"', 'secretary = "active.sxd@tinh.test"').replace(
            f'web_listen = "127.0.0.1:{house.web}"', 'web_listen = "127.0.0.1:1"'
        )
    )
    house.hang_up()
    house.wait_log("reloaded wait_for_restart=web")
    assert fetched(f"http://127.0.0.1:{house.web}/robots.txt")[0] == 200


def test_one_daemon_to_a_database_and_a_port_that_is_taken(house: MeetingsHouse) -> None:
    second = house.run("serve")
    assert second.code == 75
    house.stop()
    with socket.create_server(("127.0.0.1", house.lmtp)):
        taken = house.run("serve")
    assert taken.code == 69
    assert "lmtp_listen" in taken.stderr


def test_a_stop_is_quick_and_complete(house: MeetingsHouse) -> None:
    assert house.stop(signal.SIGTERM) == 0
    assert port_is_free(house.web)
    assert port_is_free(house.lmtp)
    assert not (house.folder / "meetings-control").exists()
    house.start()
    assert house.stop(signal.SIGINT) == 0


def test_reports_of_mail_that_is_not_ours_are_taken_and_forgotten(house: MeetingsHouse) -> None:
    with smtplib.LMTP("127.0.0.1", house.lmtp) as talk:
        talk.sendmail("", [BOUNCES.replace("@", "+khongco@")], b"From: x@bo.test\r\nSubject: x\r\n\r\nx\r\n")
    await_true(lambda: 'verdict="' in house.page("metrics")[1], "it was taken in")


def test_the_story_on_postgresql(slapd: SlapdServer, tmp_path: Path, postgres_server: PostgresServer) -> None:
    slapd.add_all(one_of_each())
    storage = postgres_server.url(postgres_server.create_database())
    with meetings_house(tmp_path / "house", slapd, storage=storage) as house:
        uid = house.create(form([OTHER, FOREIGN]))["uid"]
        house.wait_shown(uid, everybody_has_it)
        theirs = house.mail.outside.wait_to(FOREIGN).parsed
        assert house.run("serve").code == 75
        house.kill()
        client = house.mail.client()
        client.sendmail(
            FOREIGN, [theirs["Reply-To"].addresses[0].addr_spec], calendar_reply(theirs, FOREIGN, "TENTATIVE")
        )
        client.close()
        house.start()
        house.wait_shown(uid, lambda shown: answers(shown)[FOREIGN] == "TENTATIVE")
        assert house.stop() == 0


# ---- with a real mailbox server ----------------------------------------------------------------------------------


def headers_in(dovecot: DovecotServer, login: str) -> Sequence[EmailMessage]:
    """All mails in an inbox."""
    context = ssl.create_default_context(cafile=str(dovecot.ca_file))
    with imaplib.IMAP4_SSL("localhost", dovecot.settings.imaps_port, ssl_context=context) as imap:
        imap.login(login, APP_PASSWORD)
        imap.select("INBOX")
        found = imap.search(None, "ALL")[1][0].split()
        mails = [cast(bytes, imap.fetch(number, "(RFC822)")[1][0][1]) for number in found]  # type: ignore[index]
    return [cast(EmailMessage, message_from_bytes(mail, policy=policy.default)) for mail in mails]


def test_the_whole_way_from_the_form_to_the_mailbox_and_back(
    slapd: SlapdServer, dovecot: DovecotServer, tmp_path: Path
) -> None:
    slapd.add_all(one_of_each())
    with meetings_house(tmp_path / "house", slapd, inside_port=dovecot.settings.lmtp_port) as house:
        uid = house.create(form([OTHER]))["uid"]
        house.wait_shown(uid, everybody_has_it)
        (invitation,) = headers_in(dovecot, AN)
        client = house.mail.client("submissions", AN)
        client.sendmail(AN, [invitation["Reply-To"].addresses[0].addr_spec], calendar_reply(invitation, AN, "ACCEPTED"))
        client.close()
        house.wait_shown(uid, lambda shown: answers(shown)[AN] == "ACCEPTED")

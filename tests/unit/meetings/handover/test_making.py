"""The bytes of claimed letters: the same every time, one PDF for an edition, none when this machine cannot make it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest

from foundation.errors import ConfigError
from foundation.language import Text
from foundation.rendering import Renderer
from foundation.storage import Database, open_database
from meetings.desk.context import Created
from meetings.desk.letters_of import Sources
from meetings.handover import making as making_module
from meetings.handover.making import Making
from meetings.invitations import letter_pdf
from meetings.settings import Letterhead
from meetings.store import outbox
from meetings.store.mail_values import Claimed
from tests.support.meeting_book import AT, EVERYBODY, HOUR, MIGRATIONS, OFFICE, SECOND, a_meeting, change, create
from tests.support.meeting_keys import links


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite://{tmp_path}", "meetings", MIGRATIONS) as opened:
        yield opened


class Printer:
    """Prints pages, or cannot; remembers the instants (seconds since 1970) of the editions for which it was asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.fails = False

    def __call__(self, page: str, epoch: str) -> bytes:
        self.asked.append(int(epoch))
        if self.fails:
            raise ConfigError(Text("thiếu Pango", "Pango is missing"), Text("cài", "apt-get install"))
        return b"%PDF-1.7 " + page.encode()


@pytest.fixture
def printer(monkeypatch: pytest.MonkeyPatch) -> Printer:
    found = Printer()
    monkeypatch.setattr(letter_pdf, "print_page", found)
    monkeypatch.setattr(letter_pdf, "_kept", OrderedDict())
    return found


def making(**changes: Any) -> Making:
    return Making(Sources(replace(OFFICE, **changes), links()), Renderer())


def claim(database: Database, at: int = AT) -> list[Claimed]:
    return database.run(lambda unit: outbox.claim_due(unit, at + HOUR, 100, at + HOUR, "handover"))


def made(database: Database, claimed: list[Claimed], maker: Making) -> dict[int, bytes]:
    ways = database.read(lambda unit: maker.prepare(unit, claimed))
    return {number: make() for number, make in ways.items()}


def parsed(mail: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(mail, policy=policy.default))


def pdfs(mails: dict[int, bytes]) -> list[bytes]:
    parts = [part for mail in mails.values() for part in parsed(mail).walk()]
    return [cast(bytes, part.get_content()) for part in parts if part.get_content_type() == "application/pdf"]


def created(database: Database, **facts: Any) -> Created:
    return create(database, meeting=a_meeting(**facts))


def test_everybody_gets_a_letter_of_their_own_with_the_same_pdf(database: Database, printer: Printer) -> None:
    created(database)
    mails = made(database, claim(database), making())
    assert len(mails) == len(EVERYBODY)
    assert len(set(mails.values())) == len(EVERYBODY)
    assert len(pdfs(mails)) == len(EVERYBODY)
    assert len(set(pdfs(mails))) == 1
    assert printer.asked == [AT // SECOND]


def test_another_daemon_makes_the_same_bytes(database: Database, printer: Printer) -> None:
    created(database)
    claimed = claim(database)
    assert made(database, claimed, making()) == made(database, claimed, making())


def test_a_machine_that_makes_no_pdf_sends_the_letter_without_and_says_so(
    database: Database, printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(making_module.logs, "event", lambda *_, **fields: told.append(fields))
    printer.fails = True
    created(database)
    maker = making()
    mails = made(database, claim(database), maker)
    assert len(mails) == len(EVERYBODY)
    assert pdfs(mails) == []
    assert [fields["reason"] for fields in told] == ["Pango is missing: apt-get install"]
    assert maker.without_pdf == len(EVERYBODY)
    assert len(printer.asked) == 1


def test_another_letterhead_is_another_pdf(database: Database, printer: Printer) -> None:
    created(database)
    claimed, maker = claim(database), making()
    before = made(database, claimed, maker)
    office = replace(OFFICE, letterhead=Letterhead(signer_title="CHÁNH VĂN PHÒNG", signer_name="Lê Thị Thư"))
    maker.reload(Sources(office, links()), Renderer())
    after = made(database, claimed, maker)
    assert "CHÁNH VĂN PHÒNG".encode() in pdfs(after)[0]
    assert "CHÁNH VĂN PHÒNG".encode() not in pdfs(before)[0]


def test_a_letter_carries_the_pdf_of_its_own_edition(database: Database, printer: Printer) -> None:
    one = created(database)
    claimed = claim(database)
    made(database, claimed, making())
    ended = [outbox.HandedOver(each.id, AT) for each in claimed]
    database.run(lambda unit: outbox.handed_over(unit, ended))
    change(database, one, summary="Họp triển khai nhiệm vụ mới", at=AT + HOUR)
    made(database, claim(database, AT + 2 * HOUR), making())
    assert printer.asked == [AT // SECOND, (AT + HOUR) // SECOND]


def test_a_reload_takes_other_words(database: Database, printer: Printer) -> None:
    created(database)
    claimed, maker = claim(database), making()
    before = made(database, claimed, maker)
    maker.reload(Sources(replace(OFFICE, organiser_name="Sở Nội vụ"), links()), Renderer())
    after = made(database, claimed, maker)
    assert {parsed(mail)["From"].addresses[0].display_name for mail in before.values()} == {OFFICE.organiser_name}
    assert {parsed(mail)["From"].addresses[0].display_name for mail in after.values()} == {"Sở Nội vụ"}

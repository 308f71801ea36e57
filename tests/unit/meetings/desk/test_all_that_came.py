"""All mail that came in: what became of each, without the delivery reports unless they are wanted."""

from __future__ import annotations

from functools import partial

from foundation.storage import Database
from meetings.commands import presentation
from meetings.store import waiting
from meetings.terms import VERDICTS
from tests.support.meeting_book import BINH, answered, create, reply, send_all


def test_mail_to_the_address_of_reports_is_left_out(database: Database) -> None:
    created = create(database)
    send_all(database)
    reply(database, created, answered(BINH.address))
    for but_to, shown in (("", 1), ("hop-bao-phat@tinh.test", 1), ("ho_@tinh.test", 1), ("hop@tinh.test", 0)):
        for meeting_id in (None, created.id):
            listed = partial(waiting.incoming, meeting_id=meeting_id, everything=True, but_to=but_to)
            assert len(database.read(listed)) == shown, but_to


def test_every_verdict_has_its_word() -> None:
    assert set(presentation.VERDICTS) == set(VERDICTS)
    decided = {"verdict": "held", "decided": "rejected"}
    assert presentation.verdict(decided) == "đã bỏ"
    assert presentation.verdict({**decided, "decided": ""}) == "đang chờ"

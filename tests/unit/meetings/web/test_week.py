"""The weekly schedule for everybody: page, PDF, calendar; weeks that there are not are not found."""

from __future__ import annotations

import pytest

from foundation.rendering import Renderer
from meetings.web.application import create_app
from tests.support.meeting_pages import GUEST, LINKS, SETTINGS, FakeDesk, browser, path


def test_a_week_is_shown_with_its_neighbours_that_are_issued() -> None:
    answer = browser(FakeDesk()).get("/week/2026-W48")
    assert answer.status_code == 200
    assert "<h1>Lịch công tác tuần 48 </h1>" in answer.text
    assert 'href="/week/2026-W47"' in answer.text
    assert "2026-W49" not in answer.text
    assert answer.headers["cache-control"].startswith("public")


def test_the_last_week_of_a_year_is_followed_by_the_first() -> None:
    from datetime import date

    from meetings.web.week import name_of

    assert name_of(date(2027, 1, 1)) == "2026-W53"
    assert name_of(date(2027, 1, 4)) == "2027-W01"


@pytest.mark.parametrize(("kind", "media"), [("pdf", "application/pdf"), ("ics", "text/calendar; charset=utf-8")])
def test_a_week_comes_as_a_file(kind: str, media: str) -> None:
    answer = browser(FakeDesk()).get(f"/week/2026-W48.{kind}")
    assert answer.headers["content-type"] == media
    assert f"lich-cong-tac-2026-W48.{kind}" in answer.headers["content-disposition"]
    assert browser(FakeDesk()).get(f"/week/2026-W47.{kind}").status_code == 404


@pytest.mark.parametrize("week", ["2026-W54", "2025-W53", "2026-W00", "2026-48", "1999-W01", "x", "2026-W48%0d%0aX:y"])
def test_what_is_no_week_is_not_found(week: str) -> None:
    assert browser(FakeDesk()).get(f"/week/{week}").status_code == 404


def test_without_a_schedule_there_is_no_page() -> None:
    from starlette.testclient import TestClient

    app = create_app(FakeDesk(), LINKS, SETTINGS, Renderer())
    assert TestClient(app, base_url=SETTINGS.public_url).get("/week/2026-W48").status_code == 404


def test_a_leader_has_a_week_of_their_own_behind_the_link_of_their_feed() -> None:
    own = path(LINKS.week("feedfeedfeedfeed", 0, "2026-W48"))
    client = browser(FakeDesk())
    answer = client.get(own)
    assert f"<h1>Lịch công tác tuần 48 {GUEST.address}</h1>" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert f'href="{own.replace("W48", "W47")}"' in answer.text
    assert client.get(f"{own}.pdf").content == f"file {GUEST.address}".encode()
    assert client.get(f"{own}.pdf").headers["cache-control"] == "no-store"
    assert client.get(f"{own}.ics").headers["cache-control"] == "private, no-cache"


def test_a_week_behind_a_link_that_holds_no_more_is_gone() -> None:
    client = browser(FakeDesk())
    assert client.get(path(LINKS.week("feedfeedfeedfeed", 1, "2026-W48"))).status_code == 410
    assert client.get(f"/f/{'a' * 16}.0.{'A' * 43}/week/2026-W48").status_code == 404


def test_the_bare_address_leads_to_this_week() -> None:
    answer = browser(FakeDesk()).get("/week")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/week/20")

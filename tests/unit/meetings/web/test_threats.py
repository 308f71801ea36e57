"""What strangers try: forged links, links of another kind, foreign forms, markup and headers in every field, floods."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from typing import Any

import pytest

from foundation import clock
from foundation.language import Text
from meetings.desk.context import Door
from meetings.meeting import Guest
from meetings.store.values import DeputyProposal
from meetings.store.view_values import PersonLine
from tests.support.meeting_pages import (
    ATTENDEE,
    FEED,
    ID,
    JOIN,
    LINKS,
    LIST,
    MEETING,
    PAGE,
    START,
    FakeDesk,
    answered,
    browser,
    form_token,
    path,
    personal_view,
    secretary_view,
    series,
)

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7191*7193 }}"


def test_a_forged_link_asks_nobody_and_looks_like_any_other_path() -> None:
    desk = FakeDesk()
    client = browser(desk)
    forged = PAGE[:-1] + ("A" if PAGE[-1] != "A" else "B")
    unsigned = f"/m/{'z' * 16}.0.{'A' * 43}"
    answers = [client.get(one) for one in (forged, unsigned, "/m/x", "/nothing")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({re.sub("lang=[a-z]*", "", answer.text) for answer in answers}) == 1
    assert desk.asked == 0, "only what we signed is looked up: time tells nothing about which meetings there are"


@pytest.mark.parametrize(
    ("kind", "token"),
    [
        ("m", LINKS.token("join", ID, 0)),
        ("m", LINKS.token("secretary", ID, 0)),
        ("j", LINKS.token("page", ID, 0)),
        ("s", LINKS.token("page", ID, 0)),
        ("f", LINKS.token("page", ID, 0) + ".ics"),
    ],
)
def test_a_link_of_another_kind_opens_nothing(kind: str, token: str) -> None:
    desk = FakeDesk()
    assert browser(desk).get(f"/{kind}/{token}").status_code == 404
    assert desk.asked == 0


@pytest.mark.parametrize(
    "target", ["/m/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2fconfig.toml", "/m/", "/m", "/%00", "/m/" + "a" * 5000]
)
def test_odd_paths_are_not_found(target: str) -> None:
    assert browser(FakeDesk()).get(target).status_code == 404


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.test"},
    {"Origin": "https://hop.tinh.test.evil.test"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(
    ("page", "action", "values"),
    [
        (PAGE, "answer", {"answer": "declined"}),
        (PAGE, "deputy", {"address": "x@tinh.test"}),
        (PAGE, "feed", {}),
        (LIST, "held", {"id": "5", "decision": "yes"}),
        (LIST, "resend", {"id": "5"}),
    ],
)
def test_a_form_of_another_site_is_not_obeyed(
    page: str, action: str, values: dict[str, str], headers: dict[str, str]
) -> None:
    desk = FakeDesk()
    client = browser(desk)
    token = form_token(client.get(page).text)
    refused = client.post(f"{page}/{action}", data={"token": token, **values}, headers=headers)
    assert refused.status_code == 403
    assert "không được gửi từ trang của hệ thống" in refused.text
    assert "mở quá lâu" not in refused.text
    assert desk.orders == []


def test_the_token_of_one_link_does_not_serve_another() -> None:
    desk = FakeDesk()
    client = browser(desk)
    other = path(LINKS.page(replace(ATTENDEE, public_id="q" * 16)))
    token = form_token(client.get(other).text)
    assert client.post(f"{PAGE}/answer", data={"token": token, "answer": "declined"}).status_code == 403
    assert client.post(f"{LIST}/resend", data={"token": token, "id": "5"}).status_code == 403
    assert desk.orders == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_only_post_orders(method: str) -> None:
    desk = FakeDesk()
    assert browser(desk).request(method, f"{PAGE}/answer?answer=declined").status_code == 405
    assert desk.orders == []


def test_a_form_in_another_dress_is_not_read() -> None:
    desk = FakeDesk()
    client = browser(desk)
    token = form_token(client.get(PAGE).text)
    for content_type in ("text/plain", "application/json", "multipart/form-data; boundary=x"):
        answer = client.post(
            f"{PAGE}/answer", content=f"token={token}&answer=declined", headers={"Content-Type": content_type}
        )
        assert answer.status_code == 415
    assert desk.orders == []


class Tags(HTMLParser):
    """Collects the tags and attributes that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def harmless(html: str) -> None:
    """No script, no picture, no handler, no address that a browser should not open; the attack stays text."""
    seen = Tags()
    seen.feed(html)
    assert not {"script", "img", "iframe", "object", "embed", "base", "style"}.intersection(seen.tags)
    for name, value in seen.attributes:
        assert not name.startswith("on"), name
        assert name != "style"
        if name in ("href", "action", "src"):
            assert not (value or "").strip().lower().startswith(("javascript:", "data:", "vbscript:"))
    assert str(7191 * 7193) not in html, "a template ran"


def attacked(value: Any) -> Any:
    """The same value with the attack in every text that people or offices write, at any depth."""
    if isinstance(value, str):
        return ATTACK
    if isinstance(value, PersonLine):
        return value._replace(**_attacked_fields(value._asdict()))
    if isinstance(value, tuple):
        return tuple(attacked(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **_attacked_fields({one.name: getattr(value, one.name) for one in fields(value)}))
    return value


def _attacked_fields(own: dict[str, Any]) -> dict[str, Any]:
    kept = {
        "uid", "timezone", "rrule", "status", "urgency", "public_id", "reply_token", "partstat", "role", "delivery",
        "reason", "verdict", "state", "via", "feed_id",
    }  # fmt: skip
    return {name: value if name in kept else attacked(value) for name, value in own.items()}


def test_markup_in_any_field_of_the_personal_page_stays_text() -> None:
    meeting, sittings = series()
    deputy = Guest("x@tinh.test", "x")
    before = replace(MEETING, start=START, summary="khác")
    view = attacked(
        personal_view(
            meeting,
            occurrences=sittings,
            answers=(answered("DECLINED", comment="x"),),
            previous=before,
            proposal=DeputyProposal(1, 3, 7, deputy, "x", "page", 1, "open"),
        )
    )
    desk = FakeDesk(view, people=(attacked(deputy),))
    client = browser(desk)
    for page in (PAGE, f"{PAGE}?lang=en", f"{PAGE}/deputy", f"{PAGE}/deputy?words=<script>alert(1)</script>"):
        text = client.get(page).text
        assert "&lt;script&gt;" in text
        harmless(text)


def test_markup_in_a_refused_form_stays_text() -> None:
    desk = FakeDesk()
    text = browser(desk).post(f"{PAGE}/answer", data={"answer": ATTACK, "comment": ATTACK, "occurrence": ATTACK}).text
    assert "&lt;script&gt;" in text
    harmless(text)


def test_markup_in_any_field_of_the_list_stays_text() -> None:
    text = browser(FakeDesk(sheet=attacked(secretary_view()))).get(LIST).text
    assert "&lt;script&gt;" in text
    harmless(text)


def test_markup_on_the_way_into_the_room_stays_text() -> None:
    for state in ("open", "early", "over"):
        door = Door(state, attacked(MEETING), attacked(ATTENDEE), 0, 1)
        answer = browser(FakeDesk(open_door=door)).get(JOIN)
        assert "location" not in answer.headers
        harmless(answer.text)


def test_words_of_the_address_are_not_repeated() -> None:
    text = browser(FakeDesk()).get(f"{PAGE}?said=%3Cscript%3E&answer=%3Cscript%3E&lang=%3Cscript%3E").text
    assert "<script" not in text


def test_calendars_hold_what_people_write_as_text() -> None:
    nasty = replace(MEETING, summary="a\r\nATTENDEE:mailto:evil@x.test\r\n", content="b\nEND:VEVENT\nBEGIN:VALARM")
    client = browser(FakeDesk(personal_view(nasty)))
    for target in (FEED, f"{PAGE}/lich-hop.ics"):
        lines = client.get(target).content.split(b"\r\n")
        assert not any(one.startswith((b"ATTENDEE", b"BEGIN:VALARM")) for one in lines)
        assert lines.count(b"END:VEVENT") == 1


def test_no_header_can_be_written_from_outside() -> None:
    desk = FakeDesk(refusal=None)
    client = browser(desk)
    token = form_token(client.get(PAGE).text)
    answer = client.post(
        f"{PAGE}/answer?lang=en%0d%0aX-Evil:1", data={"token": token, "answer": "accepted", "comment": "a\r\nX-Evil: 1"}
    )
    assert answer.status_code == 303
    assert "x-evil" not in answer.headers
    assert desk.orders[0][3] == "a\nX-Evil: 1"


def test_a_page_too_long_is_refused_before_it_is_read() -> None:
    desk = FakeDesk()
    assert browser(desk).post(f"{PAGE}/answer", data={"comment": "a" * 70_000}).status_code == 413
    assert desk.asked == 0


def test_one_link_is_not_opened_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic", lambda: 6000.0)
    client = browser(FakeDesk())
    statuses = [client.get(PAGE).status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    assert client.get(JOIN).status_code == 303, "another link is not concerned"


def test_one_link_does_not_order_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic", lambda: 6000.0)
    desk = FakeDesk()
    client = browser(desk)
    token = form_token(client.get(PAGE).text)
    data = {"token": token, "answer": "accepted"}
    statuses = [client.post(f"{PAGE}/answer", data=data).status_code for _ in range(31)]
    assert statuses == [303] * 30 + [429]
    assert len(desk.orders) == 30


def test_a_refusal_speaks_without_secrets_of_the_desk() -> None:
    desk = FakeDesk(broken=RuntimeError("SELECT * FROM attendee"))
    answer = browser(desk).get(PAGE)
    assert answer.status_code == 500
    assert "SELECT" not in answer.text
    assert Text("Có lỗi ở phía chúng tôi", "").vi in answer.text

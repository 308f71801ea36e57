"""Forms: only our own, only lately, and clean text out of whatever was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from foundation import clock
from foundation.web.forms import TOKEN_HOURS, FormTokens, clean, comes_from_us, read_form

OURS = "https://hop.tinh.test"
HOUR = 3600 * 10**6
NOON = 500_000 * HOUR


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    now = [NOON]
    monkeypatch.setattr(clock, "now_microseconds", lambda: now[0])
    return now


def test_a_token_holds_for_its_subject_alone(at: list[int]) -> None:
    tokens = FormTokens([b"1" * 32])
    token = tokens.issue("page:a.0")
    assert tokens.holds(token, "page:a.0")
    assert not tokens.holds(token, "page:a.1")
    assert not tokens.holds(token, "secretary:a.0")


def test_a_token_holds_for_a_working_day(at: list[int]) -> None:
    tokens = FormTokens([b"1" * 32])
    token = tokens.issue("page:a.0")
    at[0] = NOON + TOKEN_HOURS * HOUR
    assert tokens.holds(token, "page:a.0")
    at[0] += HOUR
    assert not tokens.holds(token, "page:a.0")
    at[0] = NOON - HOUR
    assert not tokens.holds(token, "page:a.0")


def test_after_a_rotation_open_pages_still_work(at: list[int]) -> None:
    token = FormTokens([b"1" * 32]).issue("page:a.0")
    assert FormTokens([b"2" * 32, b"1" * 32]).holds(token, "page:a.0")
    assert not FormTokens([b"2" * 32]).holds(token, "page:a.0")


@pytest.mark.parametrize("token", ["", ".", "500000.", "500000." + "A" * 43, "x" * 10_000, "５00000." + "A" * 43])
def test_what_is_no_token_does_not_hold(at: list[int], token: str) -> None:
    assert not FormTokens([b"1" * 32]).holds(token, "page:a.0")


def test_no_secret_no_tokens() -> None:
    with pytest.raises(ValueError):
        FormTokens([])


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"Origin": OURS}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "https://evil.test"}, False),
        ({"Origin": "http://hop.tinh.test"}, False),
        ({"Origin": OURS, "Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
    ],
)
def test_where_a_form_comes_from(headers: Mapping[str, str], ours: bool) -> None:
    assert comes_from_us(Headers(headers), OURS) is ours


def form(body: bytes, kind: str = "application/x-www-form-urlencoded") -> Mapping[str, str]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
    return asyncio.run(read_form(Request(scope, receive)))


def test_fields_are_clean_text() -> None:
    fields = form(b"comment=L%C3%BD+do%0D%0A%00h%E1%BB%8Dp%E2%80%AE&answer=declined&answer=accepted&empty=")
    assert fields == {"comment": "Lý do\nhọp", "answer": "declined", "empty": ""}


def test_text_is_composed() -> None:
    assert clean("Ho\u0323p") == "Họp"


def test_an_empty_form_has_no_fields() -> None:
    assert form(b"") == {}


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json", "text/plain", ""])
def test_only_plain_forms_are_read(kind: str) -> None:
    with pytest.raises(HTTPException) as refused:
        form(b"a=b", kind)
    assert refused.value.status_code == 415


@pytest.mark.parametrize("body", [b"a=%ff", b"\xff=b", b"no-pair", b"&".join(b"a%d=1" % n for n in range(65))])
def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(HTTPException) as refused:
        form(body)
    assert refused.value.status_code == 400

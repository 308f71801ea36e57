"""The guards around every page: headers, host, rates, bodies, errors without detail, a log without keys."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from foundation import clock
from foundation.errors import StorageError
from foundation.language import Text
from foundation.rendering import Renderer
from foundation.web.guards import guarded
from foundation.web.limits import BODY_BYTES, BodyLimit
from foundation.web.pages import Pages

HTTPS = "https://hop.tinh.test"


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body; some paths fail."""
    path = scope["path"]
    if path == "/refused":
        raise HTTPException(403, headers={"X-Reason": "none"})
    if path == "/away":
        raise StorageError(Text("mất postgres.noi-bo.test", "lost postgres.noi-bo.test"))
    if path == "/bug":
        raise RuntimeError("password=hunter2")
    body = await Request(scope, receive).body()
    response: Response = PlainTextResponse(str(len(body)))
    if path == "/kept":
        response.headers["Cache-Control"] = "public, max-age=60"
    await response(scope, receive, send)


def client(public_url: str = HTTPS, requests_per_minute: float = 1000, peer: str = "192.0.2.1") -> TestClient:
    pages = Pages(Renderer(), "UBND tỉnh Thử", "vi", public_url)
    app = guarded(inner, pages, public_url, "web.trial", ("m",), requests_per_minute)
    return TestClient(app, base_url=public_url, client=(peer, 1000), follow_redirects=False)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    logger = logging.getLogger("congvu")
    before = logger.level, logger.propagate
    logger.setLevel(logging.DEBUG)
    logger.propagate = True
    yield caplog
    logger.level, logger.propagate = before


@pytest.mark.parametrize("path", ["/m/x", "/refused", "/away", "/bug"])
def test_every_answer_carries_the_security_headers(path: str) -> None:
    headers = client().get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "camera=()" in headers["permissions-policy"]


def test_a_page_may_say_how_long_it_is_kept() -> None:
    assert client().get("/kept").headers["cache-control"] == "public, max-age=60"


def test_without_https_there_is_no_strict_transport() -> None:
    assert "strict-transport-security" not in client("http://127.0.0.1:8025").get("/m/x").headers


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [("/refused", 403, "Không chấp nhận"), ("/away", 503, "Tạm thời"), ("/bug", 500, "Có lỗi ở phía chúng tôi")],
)
def test_an_error_is_a_page_without_detail(path: str, status: int, said: str) -> None:
    answer = client().get(path)
    assert answer.status_code == status
    assert said in answer.text
    assert '<html lang="vi">' in answer.text
    assert "noi-bo" not in answer.text
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text


def test_an_error_page_speaks_the_language_asked_for() -> None:
    answer = client().get("/refused?lang=en")
    assert '<html lang="en">' in answer.text
    assert "not accepted" in answer.text
    assert answer.headers["x-reason"] == "none"


@pytest.mark.parametrize("host", ["evil.test", "hop.tinh.test:8443", "hop.tinh.test.evil.test", ""])
def test_another_host_is_refused(host: str) -> None:
    answer = client().get("/m/x", headers={"Host": host})
    assert answer.status_code == 421
    assert "evil" not in answer.text


@pytest.mark.parametrize("host", ["hop.tinh.test", "HOP.tinh.test", "hop.tinh.test:443"])
def test_our_host_is_known_in_all_spellings(host: str) -> None:
    assert client().get("/m/x", headers={"Host": host}).status_code == 200


def test_the_port_of_a_trial_belongs_to_the_host() -> None:
    trial = client("http://127.0.0.1:8025")
    assert trial.get("/m/x").status_code == 200
    assert trial.get("/m/x", headers={"Host": "127.0.0.1"}).status_code == 421


def test_an_address_that_asks_too_often_must_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic", lambda: 6000.0)
    busy = client(requests_per_minute=3)
    assert [busy.get("/m/x").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert busy.get("/m/x").headers["retry-after"] == "60"
    monkeypatch.setattr(clock, "monotonic", lambda: 6121.0)
    assert busy.get("/m/x").status_code == 200


def test_behind_a_proxy_of_this_machine_each_visitor_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic", lambda: 6000.0)
    proxy = client(requests_per_minute=1, peer="127.0.0.1")
    assert proxy.get("/m/x", headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 200
    assert proxy.get("/m/x", headers={"X-Forwarded-For": "203.0.113.6"}).status_code == 200
    assert proxy.get("/m/x", headers={"X-Forwarded-For": "203.0.113.6"}).status_code == 429


def test_only_the_last_address_of_a_forwarded_chain_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic", lambda: 6000.0)
    proxy = client(requests_per_minute=1, peer="127.0.0.1")
    first = proxy.get("/m/x", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.6"})
    second = proxy.get("/m/x", headers={"X-Forwarded-For": "198.51.100.2, 203.0.113.6"})
    assert (first.status_code, second.status_code) == (200, 429)


def test_a_stranger_cannot_say_that_it_is_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic", lambda: 6000.0)
    stranger = client(requests_per_minute=1, peer="192.0.2.77")
    assert stranger.get("/m/x", headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 200
    assert stranger.get("/m/x", headers={"X-Forwarded-For": "203.0.113.6"}).status_code == 429


def test_one_site_of_ipv6_is_one_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic", lambda: 6000.0)
    proxy = client(requests_per_minute=1, peer="::1")
    assert proxy.get("/m/x", headers={"X-Forwarded-For": "2001:db8:1:2::1"}).status_code == 200
    assert proxy.get("/m/x", headers={"X-Forwarded-For": "2001:db8:1:2:3::9"}).status_code == 429


def test_the_largest_body_passes_and_one_more_byte_does_not() -> None:
    assert client().post("/m/x", content=b"a" * BODY_BYTES).text == str(BODY_BYTES)
    refused = client().post("/m/x", content=b"a" * (BODY_BYTES + 1))
    assert refused.status_code == 413
    assert "quá dài" in refused.text


def test_a_body_without_a_length_is_bounded_too() -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(1 + BODY_BYTES // 1024):
            yield b"a" * 1024

    assert client().post("/m/x", content=chunks()).status_code == 413


@pytest.mark.parametrize("length", ["-1", "abc", "1_0", "٣"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    scope = scope_of([(b"content-length", length.encode())])
    with pytest.raises(HTTPException) as refused:
        asyncio.run(BodyLimit(inner)(scope, never, ignore))
    assert refused.value.status_code == 400


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    with pytest.raises(HTTPException) as refused:
        asyncio.run(BodyLimit(inner, seconds=0.0)(scope_of([]), never, ignore))
    assert refused.value.status_code == 408


def test_the_log_says_what_kind_of_page_and_never_which(log: pytest.LogCaptureFixture) -> None:
    client().get("/m/abcdefgh.0.SIGNATURE?answer=accepted&word=geheim")
    client().get("/nothing/SIGNATURE")
    fields = [vars(record)["fields"] for record in log.records if record.getMessage() == "answered a request"]
    assert [one["page"] for one in fields] == ["m", "other"]
    assert fields[0]["client"] == "192.0.2.1"
    assert fields[0]["status"] == 200
    assert "SIGNATURE" not in str(fields)
    assert "geheim" not in str(fields)


def test_a_bug_is_logged(log: pytest.LogCaptureFixture) -> None:
    client().get("/bug")
    assert any("our bug" in record.getMessage() for record in log.records)


def scope_of(headers: list[tuple[bytes, bytes]]) -> Scope:
    return {"type": "http", "method": "POST", "path": "/m/x", "query_string": b"", "headers": headers, "client": None}


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def ignore(message: Any) -> None:
    """Nobody reads the answer."""

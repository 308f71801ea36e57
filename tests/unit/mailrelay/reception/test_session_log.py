"""What a session leaves in the log."""

from __future__ import annotations

import io
import logging
from base64 import b64encode
from collections.abc import Callable, Iterator

import pytest

from foundation import logs
from tests.support.reception_stage import Stage


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, as lines."""
    logger = logging.getLogger("congvu")
    before = (logger.handlers[:], logger.level, logger.propagate)
    stream = io.StringIO()
    logs.configure(2, stream)
    yield stream
    logger.handlers[:], logger.level, logger.propagate = before


def test_a_refusal_is_one_line_that_says_who_what_and_why(log: io.StringIO, played: Stage) -> None:
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.ask("MAIL FROM:<an@bo.test>", "250")
        client.ask("RCPT TO:<nobody@tinh.test>", "550")
    played.await_true(lambda: not played.desk.sessions, "the session ended")
    refused, ended = log.getvalue().splitlines()
    for part in ("info relay.session: refused", "peer=127.0.0.1", "step=RCPT", "550 5.1.1", "nobody@tinh.test"):
        assert part in refused
    assert "debug relay.session: connection ended" in ended
    assert "messages=0" in ended


def test_a_refusal_that_comes_again_is_told_once_but_each_recipient_by_name(
    log: io.StringIO, open_stage: Callable[..., Stage]
) -> None:
    played = open_stage(limits={"recipients": 1})
    with played.connect() as client:
        client.ask("EHLO may.bo.test", "250-")
        client.ask("MAIL FROM:<an@bo.test>", "250")
        for name in ("ai", "ba", "ai"):
            client.ask(f"RCPT TO:<{name}@khac.test>", "550")
        client.ask("RCPT TO:<binh@tinh.test>", "250")
        for number in range(50):
            client.ask(f"RCPT TO:<chi{number}@tinh.test>", "452")
    played.await_true(lambda: not played.desk.sessions, "the session ended")
    told = [line for line in log.getvalue().splitlines() if "refused" in line]
    assert len(told) == 3
    assert "452 4.5.3" in told[-1]


def test_no_password_and_no_content_is_logged(log: io.StringIO, played: Stage) -> None:
    secret = b64encode("\0an@tinh.test\0rất bí mật".encode()).decode()
    with played.connect("submissions") as client:
        client.ask("EHLO may.tinh.test", "250-")
        client.ask(f"AUTH PLAIN {secret}", "535")
        client.ask("AUTH PLAIN", "334")
        client.ask(secret, "535")
        client.ask(f"AUTH PLAIN {secret} {secret}", "501")
        client.ask(f"AUTHX {secret}", "500")
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(b"From: chutich@tinh.test\r\nSubject: kin\r\n\r\n").startswith("550")
    played.await_true(lambda: not played.desk.sessions, "the sessions ended")
    text = log.getvalue()
    assert "refused" in text
    assert secret not in text
    assert "bí mật" not in text
    assert "kin" not in text


def test_an_ordinary_session_logs_its_end_alone(log: io.StringIO, played: Stage) -> None:
    with played.connect() as client:
        client.envelope()
        assert client.hand_over(b"Subject: x\r\n\r\n").startswith("250")
        client.ask("QUIT", "221")
    played.await_true(lambda: not played.desk.sessions, "the session ended")
    assert len(log.getvalue().splitlines()) == 1

"""Replies in plain words."""

from __future__ import annotations

import pytest

from foundation.delivery_reasons import advise, explain
from foundation.status_codes import EXPLANATIONS, SAME_AS


@pytest.mark.parametrize(
    ("code", "enhanced", "text", "vi", "en"),
    [
        (550, "5.1.1", "<x@y.test> User unknown", "không có hộp thư nào", "no mailbox"),
        (550, "", "5.1.1 <x@y.test>: no", "không có hộp thư nào", "no mailbox"),
        (550, "", "No such user here", "không có hộp thư nào", "no mailbox"),
        (452, "4.2.2", "Mailbox full", "đã đầy", "full"),
        (552, "5.2.2", "Quota exceeded (mailbox for user is full)", "đã đầy", "full"),
        (452, "4.3.1", "Insufficient system storage", "hết chỗ chứa", "out of space"),
        (552, "5.3.4", "Message too big", "quá lớn", "too large"),
        (552, "", "Message size exceeds fixed maximum message size", "quá lớn", "too large"),
        (554, "5.4.6", "Too many hops", "vòng lặp", "loop"),
        (554, "5.7.1", "Relay access denied", "không chuyển tiếp", "does not forward"),
        (550, "5.7.1", "Sender not allowed", "không được phép", "may not write"),
        (550, "5.7.1", "Rejected by SPF", "nguồn gốc", "came from"),
        (550, "5.7.26", "unauthenticated", "nguồn gốc", "came from"),
        (451, "4.7.1", "Greylisted, come back later", "tạm từ chối", "first attempts"),
        (550, "5.6.7", "need SMTPUTF8", "có dấu", "ASCII"),
        (0, "4.4.1", "connect to 192.0.2.1:25: Connection refused", "từ chối kết nối", "refused the connection"),
        (0, "4.4.1", "timed out after 30 s", "không trả lời trong thời gian", "in time"),
        (0, "4.4.1", "", "không kết nối được", "did not answer"),
        (0, "4.4.2", "connection lost", "đứt giữa chừng", "broke off"),
        (0, "4.4.3", "SERVFAIL", "DNS", "DNS"),
        (0, "4.4.7", "delivery time expired", "quá thời hạn|thời hạn cho phép", "time allowed"),
        (0, "5.1.10", "null MX", "không nhận thư", "accepts no mail"),
        (0, "5.1.2", "NXDOMAIN", "tên miền", "domain"),
        (421, "4.7.5", "certificate verify failed", "chứng thư", "certificate"),
    ],
)
def test_a_known_reply(code: int, enhanced: str, text: str, vi: str, en: str) -> None:
    reason = explain(code, enhanced, text)
    assert any(words in reason.vi for words in vi.split("|"))
    assert en in reason.en


def test_an_unknown_reply_is_its_own_reason() -> None:
    reason = explain(550, "5.9.9", "The  moon\r\nis {wrong}")
    assert reason.vi == "máy chủ nhận trả lời: The moon is {wrong}"
    assert reason.en == "the receiving server said: The moon is {wrong}"
    assert len(explain(550, "", "x" * 5000).vi) < 400


def test_without_words_the_class_is_told() -> None:
    assert "tạm thời" in explain(451, "", "").vi
    assert "từ chối" in explain(550, "", "").vi


def test_the_sender_is_told_what_to_do() -> None:
    assert "địa chỉ" in advise(550, "5.1.1", "").vi
    assert "nhỏ hơn" in advise(552, "5.3.4", "").vi
    assert "later" in advise(451, "", "").en


def test_every_code_speaks_both_languages() -> None:
    for explanation in EXPLANATIONS.values():
        for text in explanation:
            assert text.vi
            assert text.en
            assert not text.vi.endswith(".")
            assert not text.en.endswith(".")
    assert set(SAME_AS.values()) <= set(EXPLANATIONS)
    assert not set(SAME_AS) & set(EXPLANATIONS)

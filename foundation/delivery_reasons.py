"""Says in plain words why a recipient did not get a message, and what its sender can do about it.

An enhanced status code (RFC 3463) decides; many servers send only a general one, so a wording that cannot be mistaken
("mailbox full", "connection refused") wins over a general code. A reply that nobody understands is its own reason:
nothing is invented. Whoever shows a reason shows the raw reply beside it.
"""

from __future__ import annotations

import re
from typing import Final

from foundation.language import Text
from foundation.status_codes import ASK_THEM, EXPLANATIONS, LATER, SAME_AS, Explanation

_STATUS: Final = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\Z")
_IN_TEXT: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_SHOWN: Final = 300
"""Characters of a raw reply inside a sentence; the whole reply stands elsewhere."""

_GENERAL: Final = frozenset({"0.0", "1.0", "2.0", "3.0", "4.0", "5.0", "6.0", "7.0", "7.1", "3.2", "4.1"})
"""Codes that servers send for nearly anything; the wording may know better."""

_BY_WORDING: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (r"over ?quota|quota exceeded|mailbox (?:is )?full|exceeded .{0,20}quota", "2.2"),
        (r"insufficient (?:system )?storage|no space left|disk full", "3.1"),
        (r"user (?:is )?unknown|unknown (?:user|recipient)|no such (?:user|recipient|mailbox)", "1.1"),
        (r"(?:user|recipient|mailbox|address) (?:was )?not found|user doesn'?t exist|does not exist", "1.1"),
        (r"(?:mailbox|account) (?:is |has been )?(?:disabled|inactive|suspended)", "2.1"),
        (r"greylist|graylist", "greylisted"),
        (r"message (?:size )?(?:is )?too (?:large|big)|size limit|exceeds .{0,30}size", "3.4"),
        (r"\b(?:spf|dkim|dmarc)\b", "7.26"),
        (r"spam|blacklist|blocklist|block list|\brbl\b|poor reputation", "spam"),
        (r"virus|malware", "virus"),
        (r"certificate", "7.5"),
        (r"must issue a starttls|encryption required|tls (?:is )?required", "7.10"),
        (r"relay(?:ing)? (?:access )?denied|relaying (?:is )?not (?:allowed|permitted)", "relay"),
        (r"too many hops|mail loop|routing loop|loops back", "4.6"),
        (r"too many recipients", "5.3"),
        (r"connection refused", "refused"),
        (r"network is unreachable|no route to host|host is down", "4.4"),
        (r"timed? ?out|timeout", "timeout"),
        (r"connection (?:was )?(?:reset|closed|lost|dropped|aborted)|broken pipe|unexpected end", "4.2"),
        (r"host or domain name not found|domain (?:was )?not found|nxdomain|no such domain", "1.2"),
        (r"null mx|does not accept mail", "1.10"),
    )
)  # fmt: skip

_WORDS_ONLY: Final = {
    "greylisted": Explanation(
        Text(
            "máy chủ nhận tạm từ chối lần đầu để kiểm tra máy gửi; lần sau thường nhận",
            "the receiving server refuses first attempts to test the sender; a later one usually succeeds",
        ),
        LATER,
    ),
    "spam": Explanation(
        Text("máy chủ nhận cho là thư rác", "the receiving server considers it spam"),
        ASK_THEM,
    ),
    "virus": Explanation(
        Text("máy chủ nhận cho là thư có mã độc", "the receiving server considers it infected"),
        Text("kiểm tra tệp đính kèm bằng phần mềm diệt mã độc", "check the attachments with a malware scanner"),
    ),
    "relay": Explanation(
        Text(
            "máy chủ nhận không phụ trách tên miền này và không chuyển tiếp",
            "the receiving server is not responsible for this domain and does not forward to it",
        ),
        ASK_THEM,
    ),
    "refused": Explanation(
        Text(
            "máy chủ nhận từ chối kết nối (máy chủ đang tắt hoặc bị tường lửa chặn)",
            "the receiving server refused the connection (it is down, or a firewall is in the way)",
        ),
        LATER,
    ),
    "timeout": Explanation(
        Text("máy chủ nhận không trả lời trong thời gian cho phép", "the receiving server did not answer in time"),
        LATER,
    ),
}


def explain(code: int, enhanced: str, text: str) -> Text:
    """Why, as a clause in Vietnamese and English, for an SMTP reply or a failure of our own told in its shape.

    `code` is the reply code (0 when there was no reply), `enhanced` an RFC 3463 code or empty, `text` what the server
    (or our connection) said.
    """
    return _explanation(code, enhanced, text).reason


def advise(code: int, enhanced: str, text: str) -> Text:
    """What the sender can do, as a clause; the same arguments as `explain`."""
    return _explanation(code, enhanced, text).advice


def _explanation(code: int, enhanced: str, text: str) -> Explanation:
    match = _STATUS.match(enhanced) or _IN_TEXT.search(text[:_SHOWN])
    detail = f"{match[2]}.{match[3]}" if match else "0.0"
    if detail in _GENERAL:
        named = next((name for pattern, name in _BY_WORDING if pattern.search(text[:1000])), None)
        if named:
            return _WORDS_ONLY.get(named) or EXPLANATIONS[named]
    known = EXPLANATIONS.get(SAME_AS.get(detail, detail))
    return known or _unknown(code, text)


def _unknown(code: int, text: str) -> Explanation:
    """Nothing is known but what the server said."""
    said = " ".join(text.split())[:_SHOWN]
    temporary = 400 <= code < 500
    if said:
        reason = Text("máy chủ nhận trả lời: {said}", "the receiving server said: {said}").format(said=said)
    elif temporary:
        reason = Text("máy chủ nhận tạm thời chưa nhận thư", "the receiving server does not take it at present")
    else:
        reason = Text("máy chủ nhận từ chối, không nêu lý do", "the receiving server refused without a reason")
    return Explanation(reason, LATER if temporary else ASK_THEM)

"""RFC 2047 words as mail programs write them."""

from __future__ import annotations

import pytest

from mailrelay.messages.encoded_words import decode_words


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("không có gì", "không có gì"),
        ("=?utf-8?Q?Th=C3=B4ng_b=C3=A1o?=", "Thông báo"),
        ("=?UTF-8?b?VGjDtG5nIGLDoW8=?=", "Thông báo"),
        ("=?UTF-8*vi?b?VGjDtG5nIGLDoW8=?=", "Thông báo"),
        ("=?UTF-8?b?VGjDtG5nIGLDoW8?=", "Thông báo"),
        ("Re: =?utf-8?Q?Th=C3=B4ng?= =?utf-8?Q?_b=C3=A1o?= (x)", "Re: Thông báo (x)"),
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=B4?=", "ô"),
        ("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"),
        ("=?windows-1258?Q?Vi=EA=F2t?=", "Viê\u0323t"),
        ("=?x-unknown?Q?abc?=", "=?x-unknown?Q?abc?="),
        ("=?idna?Q?abc?=", "=?idna?Q?abc?="),
        ("=?unicode_escape?Q?=5Cx41?=", "=?unicode_escape?Q?=5Cx41?="),
        ("=?utf-8?B?a?=", "=?utf-8?B?a?="),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?utf-8?Q?unfinished", "=?utf-8?Q?unfinished"),
        ("=?utf-8?Q?=FF?=", "\ufffd"),
        ("=??Q?a?=", "=??Q?a?="),
    ],
)
def test_words(text: str, meaning: str) -> None:
    assert decode_words(text) == meaning

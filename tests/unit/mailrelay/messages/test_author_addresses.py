"""Every author address is found, however a From field is written."""

from __future__ import annotations

import pytest

from mailrelay.messages.author_addresses import addresses_in


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("an@tinh.test", ["an@tinh.test"]),
        (" An <an@tinh.test>", ["an@tinh.test"]),
        ("<an@tinh.test>", ["an@tinh.test"]),
        ('"Nguyễn Văn An" <an@tinh.test>', ["an@tinh.test"]),
        ("=?utf-8?B?Tmd1eeG7hW4=?= <an@tinh.test>", ["an@tinh.test"]),
        ("Nguyễn Văn An <an@tinh.test>", ["an@tinh.test"]),
        ('"An, Nguyễn" <an@tinh.test>, binh@tinh.test', ["an@tinh.test", "binh@tinh.test"]),
        ('"lanhdao@tinh.test" <x@else.example>', ["x@else.example"]),
        (r'"An \"x\" <y@z.test>" <an@tinh.test>', ["an@tinh.test"]),
        ("An (phòng 1, tầng (2)) <an@tinh.test> (nghỉ)", ["an@tinh.test"]),
        ("an@tinh.test (Nguyễn Văn An)", ["an@tinh.test"]),
        ("Sở: an@tinh.test, Bình <binh@tinh.test>;", ["an@tinh.test", "binh@tinh.test"]),
        ("Sở: a@b.test;, Phòng: c@d.test;", ["a@b.test", "c@d.test"]),
        ("undisclosed-recipients:;", []),
        ("\r\n An\r\n\t<an@tinh.test>", ["an@tinh.test"]),
        ("an @ tinh.test", ["an@tinh.test"]),
        ("<@relay.test,@b.test:an@tinh.test>", ["an@tinh.test"]),
        ('"an nguyễn"@tinh.test', ['"an nguyễn"@tinh.test']),
        ("đức@tỉnh.test", ["đức@tỉnh.test"]),
        ("an@[192.0.2.1]", ["an@[192.0.2.1]"]),
        ("", []),
        ("Nguyễn Văn An", []),
    ],
)
def test_sound_fields(value: str, addresses: list[str]) -> None:
    assert list(addresses_in(value.encode())) == addresses


@pytest.mark.parametrize(
    "value",
    [
        "lanhdao@tinh.test <x@else.example>",
        "x@else.example, <lanhdao@tinh.test",
        "<x@else.example> lanhdao@tinh.test",
        "x@else.example lanhdao@tinh.test",
        "x@else.example@lanhdao@tinh.test",
        '"x@else.example, lanhdao@tinh.test',
        "x@else.example (lanhdao@tinh.test",
        "x@else.example <<lanhdao@tinh.test>>",
        "<x@else.example><lanhdao@tinh.test>",
        "=?utf-8?q?lanhdao=40tinh=2Etest?=",
        "x@else.example;lanhdao@tinh.test",
        "x@else.example,lanhdao@ti\x00nh.test",
        "x@else.example,lanhdao@\u200btinh.test",
    ],
)
def test_an_address_that_a_client_could_show_is_never_missed(value: str) -> None:
    assert "lanhdao@tinh.test" in addresses_in(value.encode())


def test_text_that_is_not_utf_8_does_no_harm() -> None:
    assert addresses_in(b"Nguy\xea\xff <an@tinh.test>") == ("an@tinh.test",)


def test_letters_are_composed() -> None:
    assert addresses_in("đu\u031b\u0301c@tinh.test".encode()) == ("đức@tinh.test",)

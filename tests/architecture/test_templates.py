"""Every template compiles, uses only what its first line lists, renders, and exists in both languages."""

from __future__ import annotations

import re
from typing import Any

import pytest

from foundation.rendering import Renderer, declared_variables
from foundation.resources import templates_folder
from tests.support.meeting_letters import template_samples
from tests.support.page_samples import PAGE_SAMPLES
from tests.support.week_book import week_samples

PATHS = Renderer().paths()

_REPORTED = {
    "address": "annv@tinh.test",
    "via": "sxd@tinh.test",
    "action": "delivered",
    "remote": "mx.tinh.test",
    "reason": "không có hộp thư nào mang địa chỉ này",
    "advice": "kiểm tra lại địa chỉ",
    "possible_duplicate": True,
    "last_attempt_at": "14:05 ngày 22/11/2026",
    "until": "14:05 ngày 27/11/2026",
}

SAMPLES: dict[str, dict[str, Any]] = {
    "reports/keys.txt": {
        "kinds": [
            {
                "name": "journal",
                "place": "{ file = ... }",
                "state_text": "có",
                "protects": "p",
                "when_lost": "l",
                "when_leaked": "k",
                "keys": [
                    {
                        "id": "01234567",
                        "created_on": "2026-11-22",
                        "signs": True,
                        "imported_from": "",
                        "public_key": "=",
                    },
                    {
                        "id": "89abcdef",
                        "created_on": "2026-11-23",
                        "signs": False,
                        "imported_from": "x",
                        "public_key": "",
                    },
                ],
            }
        ]
    },
    "mail/delivery_report.txt": {
        "ownerless": False,
        "document": "Thông báo 36/TB-SXD",
        "subject": "Thông báo họp",
        "accepted_at": "14:05 ngày 22/11/2026",
        "organisation": "UBND tỉnh Thử",
        "postmaster": "postmaster@tinh.test",
        "unlisted": 3,
        "failed": [_REPORTED],
        "delayed": [_REPORTED],
        "delivered": [_REPORTED, _REPORTED | {"action": "relayed"}, _REPORTED | {"action": "expanded"}],
    },
    "mail/passed_on.txt": {
        "organiser": "hop@tinh.test",
        "sender": "an@bo.test",
        "subject": "Hỏi về cuộc họp",
        "received": "14:05 22/11/2026",
        "counted": False,
        "reason": "thư thường, không có lịch",
    },
    **PAGE_SAMPLES,
    **template_samples(),
    **week_samples(),
}
"""What each template receives in a sample; a new template brings its own."""


_CONTROL = re.compile(r"\{%.*?%\}", re.DOTALL)
_LINK = re.compile(r"\{\{ \w*url\w* \}\}|\bhref=\"\{\{.*?\}\}")


def name_of(path: str) -> str:
    kind, _, file = path.split("/", 2)
    return f"{kind}/{file}"


def test_there_are_templates() -> None:
    assert PATHS


@pytest.mark.parametrize("path", PATHS)
def test_a_template_renders(path: str) -> None:
    Renderer().check(path)
    sample = SAMPLES[name_of(path)]
    source = (templates_folder() / path).read_text(encoding="utf-8")
    assert declared_variables(path, source) == set(sample)
    language = "vi" if path.split("/")[1] == "vi" else "en"
    assert Renderer().render(name_of(path), language, **sample).strip()


@pytest.mark.parametrize("name", sorted({name_of(path) for path in PATHS}))
def test_a_template_exists_in_both_languages(name: str) -> None:
    assert Renderer.path_of(name, "vi") in PATHS
    assert Renderer.path_of(name, "en") in PATHS


@pytest.mark.parametrize("name", sorted({name_of(path) for path in PATHS}))
def test_both_languages_say_the_same_things_in_the_same_order(name: str) -> None:
    """A letter is written as prose in each language, because an office rewrites it as prose; what it says when, and
    where it leads, is one skeleton that has to be kept in both."""
    vi, en = (_skeleton(Renderer().source(name, language)) for language in ("vi", "en"))
    assert vi == en


def _skeleton(source: str) -> tuple[list[str], list[str]]:
    """(conditions and loops in their order, links), with the names of both languages alike."""
    alike = re.sub(r"\b(?:vi|en)/", "LANGUAGE/", re.sub(r"\.(?:vi|en)\b", ".LANGUAGE", source))
    return _CONTROL.findall(alike), sorted(_LINK.findall(alike))

"""Which strings are Vietnamese syllables."""

from __future__ import annotations

from itertools import chain

import pytest

from foundation.documents import ALL_KINDS
from foundation.vietnamese import syllable_is_valid
from tests.support.vietnamese_names import every_name


def test_every_kinh_name_is_valid() -> None:
    assert sorted({name for name in chain(*every_name()) if not syllable_is_valid(name)}) == []


def test_every_kind_of_document_is_valid() -> None:
    words = {word for kind in ALL_KINDS for word in kind.name.split()}
    assert sorted(word for word in words if not syllable_is_valid(word)) == []


VALID = """
    hoà hòa Thuý THÚY quý gì giếng già khuya khuỷu nghiêng quốc huơ yếm uyên ngoằn quýt boong Ơ Ý Hu\u0300ynh Huỳnh thuở
    rượu đoái xoong gìn
"""

NOT_VALID = """
    nguyôn phơng baù laõ cét kang ngiêng ghà hòac Mlô Niê hoàà trầnn các\u0300 cat việc1 é\u0323 Müller hopp
    qua\u0301c\u0300 wăn iên féo
"""


@pytest.mark.parametrize("syllable", VALID.split())
def test_valid(syllable: str) -> None:
    assert syllable_is_valid(syllable)


@pytest.mark.parametrize("syllable", [*NOT_VALID.split(), "", "bác bạn"])
def test_not_valid(syllable: str) -> None:
    assert not syllable_is_valid(syllable)

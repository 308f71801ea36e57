"""What can be said for somebody: in English as scripts do, in Vietnamese as people do."""

from __future__ import annotations

import unicodedata

import click
import pytest

from meetings.commands.answer import AnswerWord


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("accepted", "accepted"),
        ("dự", "accepted"),
        ("Tham dự", "accepted"),
        ("không dự", "declined"),
        ("không-dự", "declined"),
        (unicodedata.normalize("NFD", "không dự"), "declined"),
        ("chưa  chắc", "tentative"),
        ("chưa chắc chắn", "tentative"),
    ],
)
def test_an_answer_is_said_in_either_language(said: str, means: str) -> None:
    assert AnswerWord().convert(said, None, None) == means


@pytest.mark.parametrize("said", ["", "không", "maybe", "dự không"])
def test_what_is_no_answer_is_refused(said: str) -> None:
    with pytest.raises(click.BadParameter):
        AnswerWord().convert(said, None, None)

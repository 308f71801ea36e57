"""The page for secretaries names every key of the form, and the example beside it is a form that can be read."""

from __future__ import annotations

import re
import tomllib

import pytest

from meetings.form.reading import KEYS, read_form
from tests.support.project import FOLDER

PAGE = (FOLDER / "docs/meetings.md").read_text(encoding="utf-8")
EXAMPLE = (FOLDER / "docs/examples/meeting.toml").read_text(encoding="utf-8")
ONLY_FOR_CHANGES = {"add", "add_optional", "remove", "reason"}
BEHIND_A_SIGN = re.findall(r"^# ([a-z_]+ = .+)$", EXAMPLE, re.MULTILINE)


def test_every_key_of_the_form_is_explained_once() -> None:
    explained = re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE)
    assert sorted(explained) == sorted(KEYS)


def test_the_example_is_read_without_a_problem() -> None:
    reading = read_form(tomllib.loads(EXAMPLE), "meeting.toml")
    assert reading.problems == ()
    assert reading.values.end is not None
    assert [place.groups for place in reading.values.places] == [(), ("sxd",)]


def test_the_example_shows_every_key_of_a_new_meeting() -> None:
    shown = set(tomllib.loads(EXAMPLE)) | {line.partition(" ")[0] for line in BEHIND_A_SIGN}
    assert shown == set(KEYS) - ONLY_FOR_CHANGES


@pytest.mark.parametrize("line", BEHIND_A_SIGN)
def test_what_stands_behind_a_sign_can_be_read_too(line: str) -> None:
    fields = {**tomllib.loads(EXAMPLE), **tomllib.loads(line)}
    assert read_form(fields, "meeting.toml").problems == ()

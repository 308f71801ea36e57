"""The journal's words are a closed set, each with a meaning."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.journal import RecordType, Vocabulary

OPENED = RecordType(
    "account.opened",
    1,
    "An account was opened.",
    public={"uid": "The account.", "reason": "Why, if it was given."},
    private={"name": "Whose it is."},
    optional=frozenset({"reason"}),
)


def test_declared_fields_pass() -> None:
    OPENED.check({"uid": 1, "reason": 2}, {"name": 3})
    OPENED.check({"uid": 1}, {"name": 3})


@pytest.mark.parametrize(
    ("public", "private"),
    [
        ({}, {"name": 1}),
        ({"uid": 1}, {}),
        ({"uid": 1, "colour": 2}, {"name": 1}),
        ({"uid": 1, "name": 2}, {"name": 1}),
        ({"uid": 1}, {"name": 1, "uid": 1}),
    ],
)
def test_undeclared_and_missing_fields_are_refused(public: dict[str, int], private: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        OPENED.check(public, private)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "opened"},
        {"name": "Account.Opened"},
        {"version": 0},
        {"meaning": ""},
        {"public": {"uid": ""}},
        {"public": {"User": "Upper case."}},
        {"public": {"name": "Also private."}},
        {"optional": frozenset({"nothing"})},
    ],
)
def test_a_type_is_declared_completely(wrong: dict[str, Any]) -> None:
    right = {"name": "account.opened", "version": 1, "meaning": "Opened.", "public": {"uid": "The account."}}
    with pytest.raises(ValueError):
        RecordType(**{**right, "private": {"name": "Whose."}, **wrong})


def test_a_vocabulary_finds_its_types_by_name_and_version() -> None:
    newer = RecordType("account.opened", 2, "An account was opened.")
    vocabulary = Vocabulary(OPENED, newer)
    assert list(vocabulary) == [OPENED, newer]
    assert vocabulary.find("account.opened", 2) is newer
    assert vocabulary.find("account.opened", 3) is None


def test_a_type_is_declared_once() -> None:
    with pytest.raises(ValueError):
        Vocabulary(OPENED, RecordType("account.opened", 1, "Again."))

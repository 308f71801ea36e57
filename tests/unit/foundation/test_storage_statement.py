"""One SQL text for both databases."""

from __future__ import annotations

import pytest

from foundation.storage import StatementRefused
from foundation.storage.statement import checked, for_psycopg


@pytest.mark.parametrize(
    ("sql", "translated"),
    [
        ("SELECT 1", "SELECT 1"),
        ("SELECT ? + ?", "SELECT %s + %s"),
        ("SELECT '?', \"?\", 'it''s ?'", "SELECT '?', \"?\", 'it''s ?'"),
        ("SELECT '100%', 7 % 3", "SELECT '100%%', 7 %% 3"),
        ("SELECT 1 -- why ?\n, ?", "SELECT 1 -- why ?\n, %s"),
        ("SELECT /* ? ; */ ?;  -- end", "SELECT /* ? ; */ %s;  -- end"),
        ("SELECT 'đường ?' || ?", "SELECT 'đường ?' || %s"),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "WITH x AS (SELECT 1) SELECT * FROM x"),
    ],
)
def test_question_marks_become_what_psycopg_reads(sql: str, translated: str) -> None:
    assert for_psycopg(sql) == translated
    assert checked(sql) == sql


@pytest.mark.parametrize(
    "sql",
    [
        "",
        " -- only a comment",
        "SELECT 1; DROP TABLE item",
        "SELECT 'open",
        'SELECT "open',
        "SELECT /* open",
        "BEGIN",
        "commit",
        "ROLLBACK TO unit",
        "/* hidden */ SAVEPOINT mine",
        "RELEASE unit",
        "PRAGMA synchronous = OFF",
        "SET search_path = public",
        "ATTACH 'other' AS other",
        "VACUUM",
    ],
)
def test_what_reaches_beyond_a_unit_is_refused(sql: str) -> None:
    for check in (checked, for_psycopg):
        with pytest.raises(StatementRefused):
            check(sql)


def test_the_words_in_between_are_free() -> None:
    """Only the first word decides: UPDATE ... SET and ON CONFLICT ... SET are everyday."""
    assert checked("UPDATE item SET name = ? WHERE id = ?")
    assert checked("SELECT CASE WHEN 1 THEN 2 END")

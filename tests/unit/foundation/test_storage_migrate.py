"""Migration files: their names, their numbers, the words that differ between the dialects."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from foundation.journal import MIGRATIONS
from foundation.storage.migrate import expand, read_migrations


def test_a_package_names_its_migrations() -> None:
    first = read_migrations(MIGRATIONS)[0]
    assert first.title == "journal 0001_journal"
    assert first.sha256 == hashlib.sha256(first.template.encode()).hexdigest()


def test_folders_are_read_in_the_order_given(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "0002_more.sql").write_text("SELECT 2")
        (tmp_path / name / "0001_first.sql").write_text("SELECT 1")
        (tmp_path / name / "README").write_text("not SQL")
    titles = [migration.title for migration in read_migrations([tmp_path / "b", tmp_path / "a"])]
    assert titles == ["b 0001_first", "b 0002_more", "a 0001_first", "a 0002_more"]


@pytest.mark.parametrize("names", [["0002_second.sql"], ["0001_a.sql", "0003_c.sql"], ["0001_a.sql", "0001_b.sql"]])
def test_numbers_have_no_gap_and_no_double(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(ValueError):
        read_migrations(tmp_path)


@pytest.mark.parametrize("name", ["1_short.sql", "0001-dash.sql", "0001_Upper.sql", "notes.sql"])
def test_a_misnamed_file_is_not_overlooked(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(ValueError):
        read_migrations(tmp_path)


def test_words_are_expanded_per_dialect() -> None:
    template = "CREATE TABLE t (id {identity}, body {bytes}) {strict};"
    assert expand(template, "sqlite") == "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB) STRICT;"
    assert "GENERATED ALWAYS AS IDENTITY" in expand(template, "postgresql")
    assert "ON fact" in expand("{append_only(fact)}", "postgresql")


def test_a_table_may_be_stored_in_the_order_of_its_key() -> None:
    template = "CREATE TABLE t (a {integer}, b {integer}, PRIMARY KEY (a, b)) {strict_clustered};"
    assert expand(template, "sqlite").endswith("PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;")
    assert expand(template, "postgresql").endswith("PRIMARY KEY (a, b)) ;")


def test_an_unknown_word_is_an_error() -> None:
    with pytest.raises(ValueError, match="blob"):
        expand("CREATE TABLE t (body {blob})", "sqlite")


def test_other_braces_are_left_alone() -> None:
    assert expand("SELECT '{}', '{\"a\": 1}'", "sqlite") == "SELECT '{}', '{\"a\": 1}'"

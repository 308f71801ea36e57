"""Tables grow by numbered SQL files that are applied once, in order, and record themselves. Forward only.

A folder `migrations` of a package holds `0001_name.sql`, `0002_...`; each runs in one transaction together with its row
in the table `migration`, so a crash leaves it applied and recorded, or neither. Programs that start together are safe:
one applies, the others see it applied. A file that was edited after it had been applied, and a database that a newer
program has changed, are errors. Undoing is done by a further migration or a restored backup.

The two dialects differ only in the words below, written `{word}` in the files: `id {identity}`,
`body {bytes} NOT NULL`, `) {strict};` and `{append_only(record)}`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Protocol

from foundation import clock
from foundation.language import Text
from foundation.storage.failures import SchemaMismatch
from foundation.storage.protocol import Dialect
from foundation.storage.session import Session

_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql\Z")
_WORD = re.compile(r"\{(\w+)(?:\((\w+)\))?\}")

_WORDS: dict[Dialect, dict[str, str]] = {
    "sqlite": {
        "identity": "INTEGER PRIMARY KEY AUTOINCREMENT",  # AUTOINCREMENT: a number is never given twice
        "integer": "INTEGER",
        "real": "REAL",
        "text": "TEXT",
        "bytes": "BLOB",
        "strict": "STRICT",  # types are checked, as PostgreSQL does anyway
        "strict_clustered": "STRICT, WITHOUT ROWID",  # rows stand in the order of the primary key: one tree, not two
        "append_only": """
            CREATE TRIGGER {table}_is_never_changed BEFORE UPDATE ON {table}
              BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;
            CREATE TRIGGER {table}_is_never_deleted BEFORE DELETE ON {table}
              BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;""",
    },
    "postgresql": {
        "identity": "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "integer": "bigint",
        "real": "double precision",
        "text": 'text COLLATE "C"',  # sorts by code point, as SQLite does
        "bytes": "bytea",
        "strict": "",
        "strict_clustered": "",
        "append_only": """
            CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
              $$BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END$$;
            CREATE TRIGGER {table}_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
              FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();""",
    },
}

_OWN_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
  folder {text} NOT NULL,
  number {integer} NOT NULL,
  name {text} NOT NULL,
  sha256 {text} NOT NULL,
  applied_at {integer} NOT NULL,
  PRIMARY KEY (folder, number)
) {strict}"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: `folder` is the package it belongs to, `sha256` (hex) that of the file's bytes."""

    folder: str
    number: int
    name: str
    template: str
    sha256: str

    @property
    def title(self) -> str:
        return f"{self.folder} {self.number:04}_{self.name}"


class MigratableSession(Session, Protocol):
    """What migrating needs beyond ordinary units of work."""

    def begin_migration(self) -> None:
        """Begin a transaction that is alone in migrating, waiting for another one to finish."""

    def run_script(self, sql: str) -> None:
        """Run several statements."""

    def has_table(self, name: str) -> bool: ...


def read_migrations(sources: str | Path | Sequence[str | Path]) -> list[Migration]:
    """All migrations of these folders (a package's dotted name, or a path), in the order in which they apply."""
    listed = [sources] if isinstance(sources, (str, Path)) else sources
    return [migration for source in listed for migration in _read_folder(source)]


def pending(session: MigratableSession, migrations: Sequence[Migration]) -> list[Migration]:
    """Those not applied yet; raises SchemaMismatch if the applied ones are not those that we know."""
    session.begin_read()
    try:
        return _pending(session, migrations)
    finally:
        session.rollback()


def apply_migrations(session: MigratableSession, migrations: Sequence[Migration]) -> None:
    """Apply what is pending, one transaction each."""
    while pending(session, migrations):
        session.begin_migration()
        try:
            session.run_script(expand(_OWN_TABLE, session.dialect))
            waiting = _pending(session, migrations)  # again: another process may have been faster
            if waiting:
                _apply(session, waiting[0])
            session.commit()
        finally:
            session.rollback()


def expand(template: str, dialect: Dialect) -> str:
    """Put the dialect's words in place of `{word}` and `{word(table)}`; raises ValueError for an unknown word."""
    words = _WORDS[dialect]

    def word(match: re.Match[str]) -> str:
        if match[1] not in words:
            raise ValueError(f"unknown word in a migration: {match[0]}")
        return words[match[1]].replace("{table}", match[2] or "")

    return _WORD.sub(word, template)


def _apply(session: MigratableSession, migration: Migration) -> None:
    session.run_script(expand(migration.template, session.dialect))
    session.execute(
        "INSERT INTO migration (folder, number, name, sha256, applied_at) VALUES (?, ?, ?, ?, ?)",
        (migration.folder, migration.number, migration.name, migration.sha256, clock.now_microseconds()),
    )


def _pending(session: MigratableSession, migrations: Sequence[Migration]) -> list[Migration]:
    if not session.has_table("migration"):
        return list(migrations)
    applied = {
        (folder, number): (name, sha256)
        for folder, number, name, sha256 in session.execute("SELECT folder, number, name, sha256 FROM migration", ())
    }
    known = {(migration.folder, migration.number): migration for migration in migrations}
    for key, (name, sha256) in applied.items():
        if key not in known:
            raise _newer(f"{key[0]} {key[1]:04}_{name}")
        if known[key].sha256 != sha256:
            raise _edited(known[key].title)
    return [migration for key, migration in known.items() if key not in applied]


def _read_folder(source: str | Path) -> list[Migration]:
    folder: Traversable = source if isinstance(source, Path) else files(source)
    owner = source.name if isinstance(source, Path) else source.removesuffix(".migrations").rpartition(".")[2]
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    found = [_migration(owner, name, folder.joinpath(name).read_bytes()) for name in names]
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"the migrations of {source} are not numbered 0001, 0002, ... without a gap")
    return found


def _migration(owner: str, file_name: str, content: bytes) -> Migration:
    match = _FILE_NAME.match(file_name)
    if match is None:
        raise ValueError(f"not a name for a migration: {file_name}")
    return Migration(owner, int(match[1]), match[2], content.decode("utf-8"), hashlib.sha256(content).hexdigest())


def _newer(title: str) -> SchemaMismatch:
    return SchemaMismatch(
        Text(
            "cơ sở dữ liệu đã được một phiên bản mới hơn thay đổi ({title})",
            "a newer version has already changed the database ({title})",
        ).format(title=title),
        Text("cài phiên bản mới hơn, hoặc phục hồi bản sao lưu", "install the newer version, or restore a backup"),
    )


def _edited(title: str) -> SchemaMismatch:
    return SchemaMismatch(
        Text(
            "tệp migration {title} đã bị sửa sau khi áp dụng",
            "the migration {title} was edited after it had been applied",
        ).format(title=title),
        Text("cài lại đúng bản phát hành", "install the release again, unchanged"),
    )

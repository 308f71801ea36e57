"""One SQL text for both databases: checks a statement and rewrites its `?` for psycopg. Pure.

The scanner knows string literals, quoted names and comments, so a `?`, `%` or `;` inside them is left in peace. It is
not a parser: what it lets pass may still be refused by the database.

Refused here, because it would reach beyond the unit of work that runs it: transaction control, settings, attaching
files, and more than one statement in a text.
"""

from __future__ import annotations

import re
from functools import lru_cache

from foundation.storage.failures import refused

_TOKEN = re.compile(
    r"""
      (?P<quoted>'(?:[^']|'')*' | "(?:[^"]|"")*")
    | (?P<comment>--[^\n]* | /\*.*?\*/)
    | (?P<open>['"] | /\*)
    | (?P<placeholder>\?)
    | (?P<percent>%)
    | (?P<end>;)
    | (?P<space>\s+)
    | (?P<word>[A-Za-z_][A-Za-z_0-9]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_FORBIDDEN = frozenset(
    {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE"}
    | {"PRAGMA", "SET", "RESET", "DISCARD", "ATTACH", "DETACH", "VACUUM"}
)
_CACHED_STATEMENTS = 4096  # bulk inserts have one text per number of rows


@lru_cache(maxsize=_CACHED_STATEMENTS)
def checked(sql: str) -> str:
    """The statement itself, if it may run in a unit of work; raises StatementRefused."""
    _scan(sql)
    return sql


@lru_cache(maxsize=_CACHED_STATEMENTS)
def for_psycopg(sql: str) -> str:
    """The statement with `%s` for each `?` and every other `%` doubled; raises StatementRefused."""
    return _scan(sql)


def _scan(sql: str) -> str:
    first_word = ""
    ended = False
    pieces: list[str] = []
    for match in _TOKEN.finditer(sql):
        kind, text = str(match.lastgroup), match.group()
        if kind == "open":
            raise refused("an unfinished literal, name or comment", sql)
        if ended and kind not in ("space", "comment"):
            raise refused("more than one statement in one text", sql)
        ended = ended or kind == "end"
        if kind == "word" and not first_word:
            first_word = text.upper()
        pieces.append("%s" if kind == "placeholder" else text.replace("%", "%%"))
    if not first_word:
        raise refused("no statement", sql)
    if first_word in _FORBIDDEN:
        raise refused(f"{first_word} does not belong in a unit of work", sql)
    return "".join(pieces)

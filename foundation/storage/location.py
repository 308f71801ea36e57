"""Reads the `[storage] url`: which database, where; and how to name it without secrets. Pure.

    sqlite:///var/lib/congvu      the folder /var/lib/congvu (four slashes mean the same), taken literally: no %20
    sqlite:data                   the folder data beside the current one (also sqlite://./data)
    postgresql://user@host/name   a PostgreSQL database; several hosts and libpq's parameters as libpq has them

A password never stands in the URL, which is shown in logs and `config show`. It comes from `[storage] password`, a
password file (PGPASSFILE) or peer authentication.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from foundation.errors import ConfigError
from foundation.language import Text

_TOOL = re.compile(r"[a-z][a-z0-9_]{0,30}\Z")
_SECRET_PARAMETERS = frozenset({"password", "sslpassword", "oauth_client_secret"})


@dataclass(frozen=True, slots=True)
class SqliteLocation:
    """A folder that holds one file per tool."""

    folder: Path

    def file(self, tool: str) -> Path:
        return self.folder / f"{tool}.sqlite3"


@dataclass(frozen=True, slots=True)
class PostgresLocation:
    """A connection string for libpq, without a password."""

    url: str

    @property
    def shown(self) -> str:
        """User, hosts and database only."""
        parts = urlsplit(self.url)
        return f"postgresql://{parts.netloc}{parts.path}"


Location = SqliteLocation | PostgresLocation


def parse_url(url: str) -> Location:
    """Raises ConfigError; the message never repeats a password."""
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        raise _unreadable() from None
    if parts.scheme == "sqlite":
        return _sqlite(parts.netloc, parts.path, parts.query + parts.fragment)
    if parts.scheme not in ("postgresql", "postgres"):
        raise _unreadable()
    secrets = {name.lower() for name, _ in parse_qsl(parts.query)} & _SECRET_PARAMETERS
    if password is not None or secrets:
        raise ConfigError(
            Text("mật khẩu không được nằm trong [storage] url", "a password must not stand in [storage] url"),
            Text('viết password = { file = "..." } trong [storage]', 'write password = { file = "..." } in [storage]'),
        )
    return PostgresLocation(url)


def check_tool_name(tool: str) -> str:
    """The name of a tool becomes a file name and a schema name; raises ValueError (our bug) if it cannot."""
    if not _TOOL.match(tool):
        raise ValueError(f"not a name for a tool's database: {tool!r}")
    return tool


def _sqlite(host: str, path: str, rest: str) -> SqliteLocation:
    if host not in ("", ".", "..") or rest or not (host or path):
        raise _unreadable()
    if host:
        return SqliteLocation(Path(host + path))
    if path.startswith("/"):
        return SqliteLocation(Path("/" + path.lstrip("/")))
    return SqliteLocation(Path(path))


def _unreadable() -> ConfigError:
    return ConfigError(
        Text("[storage] url không đọc được", "cannot read [storage] url"),
        Text(
            "viết sqlite:///THƯ_MỤC hoặc postgresql://NGƯỜI_DÙNG@MÁY/CSDL",
            "write sqlite:///FOLDER or postgresql://USER@HOST/DATABASE",
        ),
    )

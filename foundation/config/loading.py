"""From a file and the environment to a validated configuration, with every problem collected and every origin known.

Order of precedence: variable, file, derived value, default. Derived values follow from others (the directory's base
from the mail domain) so that a small installation writes few lines. Secrets are not read here.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from foundation.config.environment import overlay
from foundation.config.locate import not_allowed
from foundation.config.origins import Origin, key_lines, line_of
from foundation.config.problems import problems_of
from foundation.config.sections import Configuration, Directory
from foundation.errors import ConfigError, Problem, UsageError
from foundation.language import Text
from foundation.system_errors import reason_of
from foundation.terminal import counted
from foundation.toml_errors import reason_and_line

LARGEST_FILE_BYTES = 1 << 20
"""A configuration is a few kilobytes; a file of more than 1 MiB is some other file."""

SUBTREES = ("people", "agencies", "lists", "role_mailboxes", "reservations")
_NO_DIRECTORY = Directory()


@dataclass(frozen=True, slots=True)
class Value:
    """One value as `congvu config show` prints it; `shown` never holds a secret."""

    key: str
    shown: Any
    origin: Origin


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration, the file it came from, and the origin of every value."""

    configuration: Configuration
    path: Path
    values: tuple[Value, ...]


def load_file(path: Path) -> Loaded:
    """Load and validate this file with the environment over it. Raises ConfigError (all problems), UsageError."""
    text = _text(path)
    document = _parsed(text, path)
    lines = key_lines(text)
    variables = overlay(document, os.environ, Configuration)
    derived = _derive(document)
    origins = _Origins(path, lines, variables, derived)
    try:
        configuration = Configuration.model_validate_json(
            json.dumps(document, default=str), context={"folder": path.absolute().parent}
        )
    except ValidationError as error:
        raise _refused(path, [origins.placed(problem) for problem in problems_of(error, Configuration)]) from None
    return Loaded(configuration, path, tuple(_values(configuration, origins)))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE_BYTES + 1)
    except PermissionError as error:
        raise not_allowed(path) from error
    except OSError as error:
        raise UsageError(
            Text(
                "không đọc được tệp cấu hình {path}: {reason}", "cannot read the configuration {path}: {reason}"
            ).format(path=path, reason=reason_of(error))
        ) from error
    if len(content) > LARGEST_FILE_BYTES:
        raise _refused(path, [Problem("error", Text("tệp lớn hơn 1 MiB", "the file is larger than 1 MiB"), str(path))])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _refused(
            path, [Problem("error", Text("không phải UTF-8", "is not UTF-8 text"), str(path), row=line)]
        ) from error


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, row = reason_and_line(error)
        message = Text("không đúng cú pháp TOML: {reason}", "not valid TOML: {reason}").format(reason=reason)
        raise _refused(path, [Problem("error", message, str(path), row=row)]) from error


def _derive(document: dict[str, Any]) -> dict[str, str]:
    """Fill in what follows from other keys. Returns {derived key: the key it follows from}."""
    derived: dict[str, str] = {}

    def derive(section: str, key: str, value: Any, origin: str) -> None:
        table: Any = document
        for name in section.split("."):
            table = table.setdefault(name, {}) if isinstance(table, dict) else None
        if isinstance(table, dict) and table.get(key, "") == "":
            table[key] = value
            derived[f"{section}.{key}"] = origin

    domain = _string(document, "organisation", "domain")
    if domain:
        derive("directory", "base", ",".join(f"dc={label}" for label in domain.split(".")), "organisation.domain")
        derive("journal", "origin", domain, "organisation.domain")
        derive("relay", "hostname", f"mail.{domain}", "organisation.domain")
        derive("meetings", "organiser", f"hop@{domain}", "organisation.domain")
        derive("meetings", "bounce_address", f"hop-bao-phat@{domain}", "organisation.domain")
        derive("meetings", "public_url", f"https://hop.{domain}", "organisation.domain")
    name = _string(document, "organisation", "name")
    if name:
        derive("meetings", "organiser_name", name, "organisation.name")
    hostname = _string(document, "relay", "hostname")
    if hostname:
        derive("meetings.submission", "server_name", hostname, "relay.hostname")
    base = _string(document, "directory", "base")
    if base:
        derive("directory", "bind_dn", f"cn=provision,ou=services,{base}", "directory.base")
        derive("relay", "bind_dn", f"cn=relay,ou=services,{base}", "directory.base")
        derive("meetings", "bind_dn", f"cn=meetings,ou=services,{base}", "directory.base")
        for subtree in SUBTREES:
            _complete(document, subtree, base, derived)
    folder = _string(document, "keys", "directory")
    if folder:
        derive("journal", "signing_key", {"file": f"{folder}/journal.keys"}, "keys.directory")
        derive("addresses", "register_key", {"file": f"{folder}/address-register.keys"}, "keys.directory")
        derive("relay.dkim", "key", {"file": f"{folder}/dkim.pem"}, "keys.directory")
        derive("meetings", "links_key", {"file": f"{folder}/links.keys"}, "keys.directory")
    return derived


def _complete(document: dict[str, Any], subtree: str, base: str, derived: dict[str, str]) -> None:
    """Make a subtree a full name: `ou=people` becomes `ou=people,BASE`."""
    table = document["directory"]
    written = table.get(subtree, getattr(_NO_DIRECTORY, subtree))
    if isinstance(written, str) and written and not written.lower().endswith(base.lower()):
        if subtree not in table:
            derived[f"directory.{subtree}"] = "directory.base"
        table[subtree] = f"{written},{base}"


def _string(document: Mapping[str, Any], section: str, key: str) -> str:
    table = document.get(section)
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class _Origins:
    path: Path
    lines: dict[str, int]
    variables: dict[str, str]
    derived: dict[str, str]

    def of(self, key: str) -> Origin:
        """The origin of a leaf: that of the innermost enclosing key that somebody wrote."""
        inner = key
        while inner:
            if inner in self.variables:
                return Origin("environment", self.variables[inner])
            if inner in self.derived:
                return Origin("derived", self.derived[inner])
            if inner in self.lines and "." in inner and not self._is_table(inner, key):
                return Origin("file", f"{self.path}:{self.lines[inner]}", self.lines[inner])
            inner = inner.rpartition(".")[0]
        return Origin("default")

    def _is_table(self, inner: str, key: str) -> bool:
        """A `[section.table]` header speaks only for the keys written below it."""
        return inner != key and any(other.startswith(f"{inner}.") for other in self.lines)

    def placed(self, problem: Problem) -> Problem:
        """The problem with the file and line, or the variable, that brought the value."""
        key = problem.column
        variable = next(
            (name for other, name in self.variables.items() if key == other or key.startswith(f"{other}.")), ""
        )
        if variable:
            return replace(problem, file=f"${variable}")
        return replace(problem, file=str(self.path), row=line_of(self.lines, key))


def _values(configuration: Configuration, origins: _Origins) -> Iterator[Value]:
    for key, shown in _leaves(configuration.model_dump(mode="json"), ""):
        yield Value(key, shown, origins.of(key))


def _leaves(node: Any, key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict) and node:
        for name, value in node.items():
            yield from _leaves(value, f"{key}.{name}" if key else str(name))
    else:
        yield key, node


def _refused(path: Path, problems: list[Problem]) -> ConfigError:
    return ConfigError(
        Text("cấu hình {path} có {count}", "the configuration {path} has {count}").format(
            path=path, count=counted(len(problems), Text("lỗi", "problem"))
        ),
        Text("sửa các dòng trên rồi chạy: congvu config check", "mend the lines above, then run: congvu config check"),
        tuple(problems),
    )

"""Kinds of values that several sections share: paths, secrets, mail domains, address patterns.

Each is checked here with a message in both languages; the sections only name the kind. Relative paths are taken from
the folder of the configuration file, which validation receives as its context. Nothing here touches the disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema

from foundation.config.secrets import Secret, SecretKind
from foundation.errors import ConfigError
from foundation.language import Text

_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+\Z")
_PATTERN_LITERAL = re.compile(r"[a-z0-9._-]*\Z")


class Wrong(ValueError):
    """A value that is wrong for a reason we can explain in both languages."""

    def __init__(self, message: Text, hint: Text | None = None) -> None:
        super().__init__(message.en)
        self.message = message
        self.hint = hint


@contextmanager
def explained() -> Iterator[None]:
    """Turn a ConfigError of the module that knows a value best into a finding about this value."""
    try:
        yield
    except ConfigError as error:
        raise Wrong(error.message, error.hint) from error


def _path(value: Any, information: ValidationInfo) -> Path | None:
    if not isinstance(value, str):
        raise Wrong(Text("phải là đường dẫn trong dấu nháy", "must be a path in quotes"))
    return folder_of(information) / Path(value).expanduser() if value else None


def _present(value: Path | None) -> Path:
    if value is None:
        raise Wrong(Text("đường dẫn không được rỗng", "the path must not be empty"))
    return value


def folder_of(information: ValidationInfo) -> Path:
    """The folder from which relative paths are taken."""
    return Path((information.context or {}).get("folder", "."))


def _secret(value: Any, information: ValidationInfo) -> Secret:
    if isinstance(value, Secret):
        return value
    kinds = get_args(SecretKind)
    if not isinstance(value, dict) or len(value) != 1 or not set(value) <= set(kinds):
        raise Wrong(
            Text(
                "bí mật không bao giờ được ghi thẳng vào cấu hình", "a secret is never written into the configuration"
            ),
            Text(
                'viết { file = "ĐƯỜNG_DẪN" }, { env = "TÊN_BIẾN" } hoặc { credential = "TÊN" }',
                'write { file = "PATH" }, { env = "VARIABLE" } or { credential = "NAME" }',
            ),
        )
    ((kind, place),) = value.items()
    if not isinstance(place, str) or not place:
        raise Wrong(
            Text("chỗ để bí mật phải là một chuỗi không rỗng", "the place of a secret must be a non-empty string")
        )
    if kind == "file":
        place = str(folder_of(information) / Path(place).expanduser())
    elif kind == "credential" and "/" in place:
        raise Wrong(Text("tên credential không được chứa dấu /", "the name of a credential must not contain a /"))
    return Secret(kind, place)


def _domain(value: str) -> str:
    if not _DOMAIN.match(value):
        raise Wrong(
            Text("không phải tên miền thư (chữ thường, ASCII)", "is not a mail domain (lower case, ASCII)"),
            Text("ví dụ: tinh.gov.vn", "for example: tinh.gov.vn"),
        )
    return value


def check_pattern(pattern: str, allowed: frozenset[str], required: frozenset[str]) -> str:
    """A local-part pattern with `{field}` places. `required`: at least one of these. Raises Wrong."""
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError as error:
        raise Wrong(Text("dấu ngoặc { } không khớp", "the braces { } do not match")) from error
    fields = {field for _, field, _, _ in parts if field is not None}
    unknown = sorted(fields - allowed)
    if unknown:
        raise Wrong(
            Text("không có trường {{{name}}} trong mẫu", "the pattern has no field {{{name}}}").format(name=unknown[0]),
            Text("dùng: {names}", "use: {names}").format(names=_braced(allowed)),
        )
    if any(specification or conversion for _, _, specification, conversion in parts):
        raise Wrong(Text("trường của mẫu không nhận định dạng", "fields of a pattern take no format or conversion"))
    if not all(_PATTERN_LITERAL.match(literal) for literal, _, _, _ in parts):
        raise Wrong(Text("ngoài các trường chỉ dùng a-z 0-9 . _ -", "outside its fields use only a-z 0-9 . _ -"))
    if not fields & required:
        raise Wrong(
            Text("mẫu phải có ít nhất một trong: {names}", "the pattern needs at least one of: {names}").format(
                names=_braced(required)
            )
        )
    return pattern


def _braced(names: frozenset[str]) -> str:
    return " ".join("{" + name + "}" for name in sorted(names))


def _person_pattern(value: str) -> str:
    return check_pattern(value, PERSON_FIELDS, frozenset({"given", "middle", "family", "initials"}))


def _agency_pattern(value: str) -> str:
    return check_pattern(value, frozenset({"agency"}), frozenset({"agency"}))


PERSON_FIELDS = frozenset({"given", "middle", "family", "initials", "agency"})
"""What an address pattern may name; the provisioner fills them with ASCII slugs."""

_path_schema = WithJsonSchema({"type": "string", "format": "path"})
_path_as_text = PlainSerializer(lambda path: "" if path is None else str(path))
_secret_schema = WithJsonSchema(
    {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": {kind: {"type": "string"} for kind in get_args(SecretKind)},
    }
)

RequiredPath = Annotated[Path, PlainValidator(lambda v, i: _present(_path(v, i))), _path_as_text, _path_schema]
OptionalPath = Annotated[Path | None, PlainValidator(_path), _path_as_text, _path_schema]
SecretPlace = Annotated[Secret, PlainValidator(_secret), PlainSerializer(Secret.describe), _secret_schema]
MailDomain = Annotated[str, AfterValidator(_domain)]
PersonPattern = Annotated[str, AfterValidator(_person_pattern)]
AgencyPattern = Annotated[str, AfterValidator(_agency_pattern)]
NonEmpty = Annotated[str, BeforeValidator(lambda value: _filled(value))]


def _filled(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise Wrong(Text("không được rỗng", "must not be empty"))
    return value

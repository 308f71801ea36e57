"""What validation found wrong, as Problems a person can act on: key, line, value, what to do, in both languages.

A value that belongs to a secret is never repeated. Unknown keys come with the nearest known key. Nothing here decides
whether a value is right.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from foundation.config.fields import Wrong
from foundation.config.secrets import Secret
from foundation.errors import Problem
from foundation.language import Text

LATER = frozenset(
    {
        "documents",
        "portal",
        "lifecycle.archive_after_days",
        "lifecycle.delete_after_months",
        "lifecycle.four_eyes",
        "lifecycle.approvers",
    }
)
"""Keys of the design whose part is not built yet: refused by name, so that nobody trusts a dead setting."""

_REASONS: dict[str, Text] = {
    "missing": Text("thiếu khóa bắt buộc này", "this key is required and missing"),
    "string_type": Text("phải là chuỗi trong dấu nháy", "must be a string in quotes"),
    "bool_type": Text("phải là true hoặc false", "must be true or false"),
    "int_type": Text("phải là số nguyên", "must be a whole number"),
    "int_from_float": Text("phải là số nguyên", "must be a whole number"),
    "float_type": Text("phải là số", "must be a number"),
    "tuple_type": Text("phải là danh sách [ ... ]", "must be a list [ ... ]"),
    "dict_type": Text("phải là bảng {{ ... }}", "must be a table {{ ... }}"),
    "model_type": Text("phải là bảng {{ ... }}", "must be a table {{ ... }}"),
    "model_attributes_type": Text("phải là bảng {{ ... }}", "must be a table {{ ... }}"),
    "literal_error": Text("chỉ nhận: {expected}", "must be one of: {expected}"),
    "too_short": Text("cần ít nhất {min_length} mục", "needs at least {min_length}"),
    "greater_than": Text("phải lớn hơn {gt}", "must be greater than {gt}"),
    "greater_than_equal": Text("phải từ {ge} trở lên", "must be at least {ge}"),
    "less_than_equal": Text("không được quá {le}", "must be at most {le}"),
    "string_pattern_mismatch": Text("phải khớp mẫu {pattern}", "must match the pattern {pattern}"),
}


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Every finding of a validation, without file and line (the caller knows those)."""
    return [_problem(finding, model) for finding in error.errors(include_url=False)]


def _problem(finding: Mapping[str, Any], model: type[BaseModel]) -> Problem:
    key = ".".join(str(part) for part in finding["loc"])
    if finding["type"] == "extra_forbidden":
        return _unknown_key(key, [str(part) for part in finding["loc"]], model)
    message, hint = _reason(finding)
    missing = finding["type"] == "missing" or not finding["loc"]
    value = "" if missing or _is_secret(model, finding["loc"]) else _shown(finding["input"])
    return Problem("error", message, column=key, value=value, hint=hint)


def _reason(finding: Mapping[str, Any]) -> tuple[Text, Text | None]:
    context = finding.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, Wrong):
        return cause.message, cause.hint
    known = _REASONS.get(finding["type"])
    if known:
        return known.format(**context), None
    return Text("giá trị không hợp lệ ({reason})", "{reason}").format(reason=finding["msg"]), None


def _unknown_key(key: str, location: list[str], model: type[BaseModel]) -> Problem:
    if key in LATER:
        return Problem(
            "error",
            Text("khóa này thuộc phần chưa có trong phiên bản này", "this key is for a part that does not exist yet"),
            column=key,
            hint=Text("bỏ khóa này cho tới phiên bản có phần đó", "leave it out until a version has that part"),
        )
    siblings = _keys_at(model, location[:-1])
    nearest = difflib.get_close_matches(location[-1], siblings, n=1, cutoff=0.5)
    hint = (
        Text("có phải là: {name}?", "did you mean: {name}?").format(name=".".join([*location[:-1], nearest[0]]))
        if nearest
        else Text("các khóa có ở đây: {names}", "the keys known here: {names}").format(names=", ".join(siblings))
    )
    return Problem("error", Text("không có khóa này", "there is no such key"), column=key, hint=hint)


def _keys_at(model: type[BaseModel], location: list[str]) -> list[str]:
    node: type[BaseModel] | None = model
    named = False
    for part in location:
        if named:
            named = False
            continue
        annotation = node.model_fields[part].annotation if node and part in node.model_fields else None
        node, named = _model_in(annotation), get_origin(annotation) is dict
    return sorted(node.model_fields) if node else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The section class inside an annotation such as `Limit | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _model_in(argument)
        if found:
            return found
    return None


def _is_secret(model: type[BaseModel], location: tuple[int | str, ...]) -> bool:
    if location == ("storage", "url"):  # the one other place where people put passwords
        return True
    node: type[BaseModel] | None = model
    named = False  # the keys of a free table: the next part is a name that people chose
    for part in location:
        if named:
            named = False
            continue
        field = node.model_fields.get(str(part)) if node else None
        if field is None:
            return False
        if _mentions_secret(field.annotation):
            return True
        node, named = _model_in(field.annotation), get_origin(field.annotation) is dict
    return False


def _mentions_secret(annotation: Any) -> bool:
    return annotation is Secret or any(_mentions_secret(inner) for inner in get_args(annotation))


def _shown(value: Any) -> str:
    """A single value as written; a whole table is not repeated, because a secret may stand somewhere in it."""
    if isinstance(value, (dict, list)):
        return ""
    return value if isinstance(value, str) else str(value).lower()

"""Variables `CONGVU_SECTION__KEY` laid over the file: they win over it, key by key.

A value is text unless the key wants something else (a number, true or false, a list, a table): then it is read as TOML,
so `CONGVU_ORGANISATION__OTHER_DOMAINS='["a.test"]'` works. A relative path in a variable is taken from the folder we
stand in, because the variable was set there. Variables without a double underscore are not ours to read here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

PREFIX = "CONGVU_"


def overlay(
    document: MutableMapping[str, Any], environment: Mapping[str, str], model: type[BaseModel]
) -> dict[str, str]:
    """Lay the variables over the document. Returns {dotted key: name of the variable}."""
    placed: dict[str, str] = {}
    for name, keys in _ours(environment):
        table: Any = document
        for key in keys[:-1]:
            table = table.setdefault(key, {})
            if not isinstance(table, MutableMapping):
                break
        if isinstance(table, MutableMapping):
            table[keys[-1]] = _value(environment[name], _schema_type(model, keys))
        placed[".".join(keys)] = name
    return placed


def _ours(environment: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    for name in sorted(environment):
        if name.startswith(PREFIX) and "__" in name:
            yield name, name.removeprefix(PREFIX).lower().split("__")


def _schema_type(model: type[BaseModel], keys: list[str]) -> str:
    """`path`, `text` or `toml`: how the value of this key is written in a variable."""
    node: dict[str, Any] = model.model_json_schema()
    definitions = node.get("$defs", {})
    for key in keys:
        node = _resolved(node.get("properties", {}).get(key) or node.get("additionalProperties") or {}, definitions)
    if node.get("format") == "path":
        return "path"
    return "text" if node.get("type", "string") == "string" else "toml"


def _resolved(node: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(node, dict):
        return {}
    for choice in node.get("anyOf", []):
        if choice.get("type") != "null":
            return _resolved(choice, definitions)
    reference = node.get("$ref", "")
    return definitions.get(reference.rpartition("/")[2], node) if reference else node


def _value(text: str, written_as: str) -> Any:
    if written_as == "path":
        return str(Path(text).absolute()) if text else ""
    if written_as == "text":
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text

"""`config.example.toml` loads as it stands, shows every key once, and tells the truth about the defaults."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from pydantic import BaseModel

from foundation.config import load_with_origins
from foundation.config.loading import load_file
from foundation.config.sections import Configuration
from foundation.resources import example_configuration

WITHOUT_A_DEFAULT = {"organisation.name", "organisation.domain", "directory.bind_password"}


@pytest.fixture(autouse=True)
def no_variables_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CONGVU_")]:
        monkeypatch.delenv(name)


def keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Every key that the sections know, down to where values begin."""
    found = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel) and inner.__name__ not in ("Limit", "RoleMailbox"):
            found += keys(inner, f"{prefix}{name}.")
        else:
            found.append(f"{prefix}{name}")
    return found


def written_keys() -> list[str]:
    """Every key that the example shows, those behind a # too; a table header counts for a table of free keys."""
    section, found = "", []
    for line in example_configuration().read_text(encoding="utf-8").splitlines():
        if header := re.fullmatch(r"\[([a-z_.]+)\]", line):
            section = header[1]
            found.append(section)
        elif key := re.match(r"(?:# )?([a-z0-9_]+) = ", line):
            found.append(f"{section}.{key[1]}")
    return found


def test_it_loads_as_it_stands() -> None:
    assert load_with_origins(example_configuration()).configuration.organisation.domain == "tinh.example"


def test_it_shows_every_key_once() -> None:
    written = written_keys()
    assert sorted({key for key in written if written.count(key) > 1}) == []
    assert sorted(set(keys(Configuration)) - set(written)) == []


def test_what_it_shows_is_the_default(tmp_path: Any) -> None:
    example = {value.key: value.shown for value in load_file(example_configuration()).values}
    bare = tmp_path / "config.toml"
    bare.write_text('[organisation]\nname = "Ủy ban nhân dân tỉnh Ví Dụ"\ndomain = "tinh.example"\n', encoding="utf-8")
    defaults = {value.key: value.shown for value in load_file(bare).values}
    assert {key: value for key, value in example.items() if key not in WITHOUT_A_DEFAULT} == {
        key: value for key, value in defaults.items() if key not in WITHOUT_A_DEFAULT
    }

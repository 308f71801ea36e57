"""Fills the templates of `deploy/`: a name between @ becomes its value, comments stay as they are."""

from __future__ import annotations

from collections.abc import Mapping

from foundation.resources import deploy_folder


def filled(template: str, values: Mapping[str, str]) -> str:
    """The text of `deploy/TEMPLATE` with these values. A name without a value stays and is not noticed."""
    lines = []
    for line in (deploy_folder() / template).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            for name, value in values.items():
                line = line.replace(f"@{name}@", value)
        lines.append(line)
    return "\n".join(lines) + "\n"

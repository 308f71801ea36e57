"""What all sections of the configuration share: frozen, strict, no unknown keys. No section stands here."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A misspelt key must not silently mean the default, so unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

"""Relative distinguished names (RFC 4514): one attribute, one value, escaped. Pure."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r'([,\\#+<>;"=])')


def rdn(attribute: str, value: str) -> str:
    """`attribute=value` with the escapes of RFC 4514 section 2.4."""
    escaped = _SPECIAL.sub(r"\\\1", value).replace("\0", "\\00")
    if escaped.startswith(" "):
        escaped = "\\" + escaped
    if len(escaped) > 1 and escaped.endswith(" ") and not escaped.endswith("\\ "):
        escaped = escaped[:-1] + "\\ "
    return f"{attribute}={escaped}"

"""One spelling for a JSON value, so that its hash means something: RFC 8785 (JCS) without floating point. Pure.

Keys are sorted, there is no space, text is UTF-8 in NFC. Refused with ValueError, because another program might spell
or read them differently: floats, integers beyond 2**53 (RFC 7493), lone surrogates, keys outside the Basic Multilingual
Plane (RFC 8785 sorts them in another order than Python), two keys that NFC makes equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from json import encoder
from typing import Any
from unicodedata import is_normalized, normalize

JSON = None | bool | int | str | Sequence["JSON"] | Mapping[str, "JSON"]

_GREATEST_INTEGER = 2**53 - 1
_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_make: Any = getattr(encoder, "c_make_encoder", None)
_pieces = _make and _make(None, _encoder.default, encoder.encode_basestring, None, ":", ",", True, False, False)
"""What JSONEncoder makes anew for every value, at a third of its time; None in a Python without it."""


def _encode(value: Any) -> str:
    return "".join(_pieces(value, 0)) if _pieces else _encoder.encode(value)


def canonical_json(value: JSON) -> bytes:
    """The canonical bytes of a value; raises ValueError if it has none."""
    text = _encode(value if _is_plain(value) else _plain(value))
    return text.encode("utf-8")  # UnicodeEncodeError, for a surrogate, is a ValueError


def _is_plain(value: Any) -> bool:
    """Whether the value can be encoded as it stands, as nearly all are: a look instead of a copy, at half the cost.

    Exact types and ASCII text only; whatever else goes the careful way.
    """
    kind = type(value)
    if kind is dict:
        for key, element in value.items():
            if type(key) is not str or not key.isascii():
                return False
            kind = type(element)
            if kind is str:  # most of what there is, without a call
                if not element.isascii():
                    return False
            elif kind is int:
                if not -_GREATEST_INTEGER <= element <= _GREATEST_INTEGER:
                    return False
            elif not _is_plain(element):
                return False
        return True
    if kind is list or kind is tuple:
        return all(map(_is_plain, value))
    if kind is int:
        return bool(-_GREATEST_INTEGER <= value <= _GREATEST_INTEGER)
    return value.isascii() if kind is str else value is None or kind is bool


def _plain(value: JSON) -> Any:
    if isinstance(value, str):
        return value if value.isascii() or is_normalized("NFC", value) else normalize("NFC", value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > _GREATEST_INTEGER:
            raise ValueError(f"an integer beyond 2**53 has no place in canonical JSON: {value}")
        return value
    if isinstance(value, Mapping):
        return _plain_object(value)
    if isinstance(value, (list, tuple)):
        return [_plain(element) for element in value]
    raise ValueError(f"{type(value).__name__} has no place in canonical JSON")


def _plain_object(value: Mapping[str, JSON]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, element in value.items():
        if not isinstance(key, str) or (not key.isascii() and max(key) > "\uffff"):
            raise ValueError(f"not a key for canonical JSON: {key!r}")
        name = str(_plain(key))
        if name in plain:
            raise ValueError(f"two keys are equal in NFC: {key!r}")
        plain[name] = _plain(element)
    return plain

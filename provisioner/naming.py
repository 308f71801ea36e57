"""Addresses from names: the pattern, the numbering of collisions, and what a person should look at twice.

Pure: takes names and sets of taken addresses, returns addresses. The pattern is a format string with named fields and
nothing else (no attributes, indexes, conversions or format specifications), so an administrator's pattern cannot reach
into the program. It promises that the same people give the same addresses whatever the order of the rows, and that an
address which `is_taken` refuses is never returned. It does not decide when a person's address must change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from string import Formatter

from foundation.errors import ConfigError
from foundation.language import Text
from foundation.vietnamese import slug
from provisioner.people import Name

FIELDS = ("given", "middle", "family", "initials", "agency")
LOCAL_PART_OCTETS = 64
"""RFC 5321 section 4.5.3.1.1."""

_NUMBER = "\x00"
_LITERAL = re.compile(r"[a-z0-9._-]*\Z")
_LOCAL_PART = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*\Z")


class AddressPattern:
    """A compiled local-part pattern such as `{given}{initials}.{agency}`.

    The collision number goes right after the name: before the separator that precedes `{agency}` when the agency stands
    behind the name, else at the end (`annv2.sxd`, `sxd.annv2`).
    """

    def __init__(self, pattern: str) -> None:
        self._parts = _compile(pattern)
        self.pattern = pattern

    def base(self, name: Name, agency_label: str) -> str:
        """The local part with a place for the number; compare bases to learn whether an address still fits."""
        values = _values(name, agency_label)
        return "".join(values[part] if field else part for field, part in self._parts)

    @staticmethod
    def numbered(base: str, number: int) -> str:
        """The local part for the n-th holder of a base: the first has no number, the second gets 2."""
        return base.replace(_NUMBER, str(number) if number > 1 else "")

    @staticmethod
    def fits(base: str, local_part: str) -> bool:
        """Whether the local part is this base with any number or none."""
        head, _, tail = base.partition(_NUMBER)
        if not (local_part.startswith(head) and local_part.endswith(tail)) or len(local_part) < len(head) + len(tail):
            return False
        middle = local_part[len(head) : len(local_part) - len(tail)]
        return middle == "" or (middle.isascii() and middle.isdigit() and not middle.startswith("0"))


def _compile(pattern: str) -> list[tuple[bool, str]]:
    """Split a pattern into literals and fields, with the place of the number. Raises ConfigError."""
    parts: list[tuple[bool, str]] = []
    try:
        for literal, field, specification, conversion in Formatter().parse(pattern):
            if literal:
                parts.append((False, literal))
            if field is not None:
                if field not in FIELDS or specification or conversion:
                    raise ValueError(field)
                parts.append((True, field))
    except ValueError as error:
        raise _bad_pattern(pattern) from error
    if not any(field and part != "agency" for field, part in parts):
        raise _bad_pattern(pattern)
    if not all(field or _LITERAL.match(part) for field, part in parts):
        raise _bad_pattern(pattern)
    parts.insert(_number_place(parts), (False, _NUMBER))
    return parts


def _number_place(parts: list[tuple[bool, str]]) -> int:
    fields = [part for field, part in parts if field]
    if "agency" not in fields[1:]:
        return len(parts)
    place = len(parts) - 1 - parts[::-1].index((True, "agency"))
    return place - 1 if not parts[place - 1][0] else place


def _bad_pattern(pattern: str) -> ConfigError:
    return ConfigError(
        Text("mẫu địa chỉ không hợp lệ: {value}", "invalid address pattern: {value}").format(value=repr(pattern)),
        Text(
            "chỉ dùng các trường {fields} và các ký tự a-z 0-9 . _ -; phải có tên người",
            "use only the fields {fields} and the characters a-z 0-9 . _ -; a part of the name is needed",
        ).format(fields=" ".join("{" + field + "}" for field in FIELDS)),
    )


def _values(name: Name, agency_label: str) -> dict[str, str]:
    surname_words = f"{name.family} {name.middle}".split()
    return {
        "given": slug(name.given),
        "middle": slug(name.middle),
        "family": slug(name.family),
        "initials": "".join(slug(word)[:1] for word in surname_words),
        "agency": agency_label,
    }


@dataclass(frozen=True, slots=True)
class AddressRequest:
    """A person who needs an address: `base` from the pattern; hire date then key decide who comes first.

    `returning` says that the person may have had an address of this base before, which they get back.
    """

    key: str
    hired_on: date | None
    base: str
    domain: str
    returning: bool = False


def assign(
    requests: Iterable[AddressRequest], is_taken: Callable[[str, str], bool]
) -> tuple[dict[str, str], list[AddressRequest]]:
    """Give each request the first free number of its base.

    `is_taken(address, key)` says whether the address belongs, or ever belonged, to somebody other than `key`. Returns
    {key: address} and the requests for which no legal local part exists (empty or longer than 64 octets).
    """
    given: dict[str, str] = {}
    impossible: list[AddressRequest] = []
    used: set[str] = set()
    next_number: dict[tuple[str, str], int] = {}
    for request in sorted(requests, key=_seniority):
        place = (request.base, request.domain)
        # only bases with a collision are remembered: few, so memory stays small
        number = 1 if request.returning else next_number.get(place, 1)
        while True:
            local_part = AddressPattern.numbered(request.base, number)
            address = f"{local_part}@{request.domain}"
            possible = len(local_part) <= LOCAL_PART_OCTETS and _LOCAL_PART.match(local_part)
            if not possible or (address not in used and not is_taken(address, request.key)):
                break
            number += 1
        if not possible:
            impossible.append(request)
            continue
        if number > 1:
            next_number[place] = max(number + 1, next_number.get(place, 1))
        used.add(address)
        given[request.key] = address
    return given, impossible


def _seniority(request: AddressRequest) -> tuple[date, str]:
    return (request.hired_on or date.max, request.key)


_RUDE = re.compile(
    # Whole runs of letters that read as rude or ridiculous in Vietnamese without marks, or in English.
    r"(?:^|[._-])(?:du|dit|dut|lon|buoi|cac|cak|cut|dam|dien|khung|ngu|heo|lol|cave|dm|dcm|vcl|vl|"
    r"ass|shit|fuck|sex|dick|cunt|anal|anus|gay|nazi|idiot)\d*(?=$|[._-])"
)


def is_rude(local_part: str) -> bool:
    """Whether a part of the address reads as a rude word; such addresses are reported, never silently changed."""
    return _RUDE.search(local_part) is not None


def skeleton(local_part: str) -> str:
    """What remains when letters that the eye confuses are folded: equal skeletons look alike (arnv / amv, lo / 10)."""
    folded = local_part.replace("rn", "m").replace("vv", "w").translate(_LOOK_ALIKE)
    return re.sub(r"(.)\1+", r"\1", folded)


_LOOK_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "-": ".", "_": "."})

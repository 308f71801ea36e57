"""New addresses that a person should look at before they are printed on cards: rude ones and look-alikes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from foundation.errors import Problem
from foundation.language import Text
from provisioner.naming import is_rude, skeleton
from provisioner.people import Agency, Person

SHOWN = 50
"""How many of one kind are listed: as many as fit on a screen or two."""


def report_unpleasant(given: Sequence[tuple[Person, str]], agencies: Mapping[str, Agency]) -> list[Problem]:
    """Warnings for the addresses just given."""
    rude = [
        _problem(person, address, Text("địa chỉ đọc thành từ khiếm nhã", "the address reads as a rude word"))
        for person, address in given
        if is_rude(_name_part(person, address, agencies))
    ]
    seen: dict[tuple[str, str], str] = {}
    alike = []
    for person, address in sorted(given, key=lambda pair: pair[1]):
        name_part = _name_part(person, address, agencies).rstrip("0123456789")
        place = (skeleton(name_part), address[len(name_part) :].lstrip("0123456789"))
        other = seen.setdefault(place, name_part)
        if other != name_part:
            text = Text("địa chỉ dễ nhầm với {other}", "the address is easily mistaken for {other}")
            alike.append(_problem(person, address, text.format(other=other)))
    return _capped(rude) + _capped(alike)


def _name_part(person: Person, address: str, agencies: Mapping[str, Agency]) -> str:
    local_part = address.partition("@")[0]
    agency = agencies.get(person.agency)
    return local_part.removesuffix(f".{agency.label}") if agency else local_part


def _problem(person: Person, address: str, message: Text) -> Problem:
    return Problem(
        "warning",
        message,
        row=person.row or None,
        value=f"{address} ({person.name.full}, {person.employee_id})",
        hint=Text(
            "nếu cần, chọn mẫu khác trong [addresses] pattern trước khi ghi",
            "if need be choose another [addresses] pattern before writing",
        ),
    )


def _capped(problems: list[Problem]) -> list[Problem]:
    if len(problems) <= SHOWN:
        return problems
    rest = Text("… và {count} địa chỉ nữa cùng loại", "… and {count} more of this kind").format(
        count=len(problems) - SHOWN
    )
    return [*problems[:SHOWN], Problem("warning", rest)]

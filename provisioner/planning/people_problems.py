"""What can be wrong with a person's entry or address, in words. Pure."""

from __future__ import annotations

from foundation.errors import Problem
from foundation.language import Text
from provisioner.naming import LOCAL_PART_OCTETS, AddressPattern, AddressRequest
from provisioner.people import Person


def impossible_address(person: Person, request: AddressRequest) -> Problem:
    """No legal local part exists for this person."""
    shown = AddressPattern.numbered(request.base, 1)
    return Problem(
        "error",
        Text(
            "không lập được địa chỉ: phần trước @ trống, có ký tự lạ hoặc dài quá {limit} ký tự",
            "no address can be made: the local part is empty, has odd characters or more than {limit} octets",
        ).format(limit=LOCAL_PART_OCTETS),
        row=person.row,
        value=f"{person.employee_id} {person.name.full}: {shown}"[:200],
        hint=Text(
            "sửa họ tên, nhãn thư của đơn vị, hoặc [addresses] pattern",
            "correct the name, the agency's mail label, or [addresses] pattern",
        ),
    )


def somebody_else(person: Person, old_name: str) -> Problem:
    """A known id comes back with a name that shares no syllable with the old one."""
    return Problem(
        "question",
        Text(
            "mã {id} trước là {old}, nay là {new}: có phải cùng một người không?",
            "id {id} was {old} and is now {new}: is this the same person?",
        ).format(id=person.employee_id, old=old_name, new=person.name.full),
        row=person.row,
        value=f"{person.employee_id} {person.name.full}",
        hint=Text(
            "khác người: cấp mã mới cho người mới; cùng người: trả lời trong tệp [roster] answers, cột họ tên, tên mới",
            "another person: give the new one an id of their own; the same person: answer with the new name in the "
            "file of [roster] answers, in the name column",
        ),
    )


def two_entries(key: str, first: str, second: str) -> Problem:
    """Two entries of the directory carry one person key."""
    return Problem(
        "error",
        Text(
            "hai mục cùng mang khóa {key}: {first} và {second}", "two entries carry the key {key}: {first}, {second}"
        ).format(key=key, first=first, second=second),
        value=key,
        hint=Text(
            "giữ một mục, gỡ khóa khỏi mục kia; xem 'provision audit'",
            "keep one entry and take the key off the other; see 'provision audit'",
        ),
    )

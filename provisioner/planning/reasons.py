"""Why a change is planned, in words an administrator and an auditor understand. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from foundation.directory import schema
from foundation.language import Text
from provisioner.people import Person

NEW_PERSON = Text("người mới trong danh sách", "new in the roster")

FIELD_NAMES: dict[str, Text] = {
    "cn": Text("họ tên", "name"),
    "sn": Text("họ", "family name"),
    "givenName": Text("tên", "given name"),
    "title": Text("chức vụ", "title"),
    "telephoneNumber": Text("điện thoại", "telephone"),
    "departmentNumber": Text("đơn vị", "agency"),
    "mail": Text("địa chỉ thư", "mail address"),
    "employeeNumber": Text("mã CBCC", "employee id"),
    schema.POST: Text("vị trí công tác", "posts"),
    schema.ADDRESS_RECORD: Text("bí danh thư", "aliases"),
    schema.ADDRESS_HASH: Text("sổ địa chỉ đã cấp", "address register"),
    schema.STATE: Text("trạng thái", "state"),
    schema.PERSON_KEY: Text("khóa nhân sự", "person key"),
    "member": Text("thành viên", "members"),
    "roleOccupant": Text("người giữ hộp thư", "owners"),
    "displayName": Text("tên gọi", "name"),
    schema.AGENCY_LEVEL: Text("cấp", "level"),
    schema.PARENT_AGENCY: Text("đơn vị cấp trên", "parent agency"),
    schema.CHANNEL: Text("kênh nhận văn bản", "channel"),
    schema.VALID_FROM: Text("hiệu lực từ", "valid from"),
    schema.VALID_TO: Text("hiệu lực đến", "valid to"),
    schema.PREDECESSOR: Text("đơn vị tiền nhiệm", "predecessors"),
    schema.SUCCESSOR: Text("đơn vị kế thừa", "successors"),
    schema.MAIL_DOMAIN: Text("tên miền thư", "mail domain"),
    schema.MAIL_LABEL: Text("nhãn thư", "mail label"),
}


def changed_fields(names: Iterable[str]) -> Text:
    """`changed: title, telephone`."""
    known = [FIELD_NAMES[name] for name in names if name in FIELD_NAMES]
    fields = list(dict.fromkeys(known)) or [Text("thông tin", "details")]
    return Text(
        "thay đổi " + ", ".join(field.vi for field in fields),
        "changed: " + ", ".join(field.en for field in fields),
    )


def moved(person: Person, old_agency: str) -> Text:
    """From which agency to which."""
    text = Text("chuyển từ {old} sang {new}", "moved from {old} to {new}")
    return text.format(old=old_agency or "?", new=person.agency)


def renamed(person: Person, old_name: str) -> Text:
    """From which name to which."""
    text = Text("đổi tên từ {old} thành {new}", "renamed from {old} to {new}")
    return text.format(old=old_name, new=person.name.full)


def suspended(person: Person | None) -> Text:
    """Not in the roster any more, or there with a status that ends the work."""
    if person is None:
        return Text("không còn trong danh sách", "no longer in the roster")
    if person.standing == "suspended":
        return Text("tạm đình chỉ công tác", "suspended from duty")
    return Text("đã nghỉ theo danh sách", "left, by the roster's status")

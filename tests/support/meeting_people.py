"""A few people, offices, lists and agencies for the meetings, as entries that any directory takes. All invented."""

from __future__ import annotations

from collections.abc import Mapping

from meetings.settings import Subtrees
from tests.support.directory_entries import AGENCY, BASE, LIST, ROLE, Attributes, person, person_dn

SUBTREES = Subtrees(BASE, f"ou=people,{BASE}", f"ou=lists,{BASE}", f"ou=roles,{BASE}", f"ou=agencies,{BASE}")
DOMAINS = ("tinh.test",)


def agency(code: str, name: str, label: str, **changes: list[str]) -> tuple[str, Attributes]:
    """(dn, entry) of an agency without an end."""
    own = {"ou": [code], "displayName": [name], "congvuMailLabel": [label], "congvuMailDomain": [], "mail": []}
    dates = {"congvuValidTo": [], "congvuSuccessor": [], "congvuPredecessor": []}
    return f"ou={code},ou=agencies,{BASE}", _without_empty(AGENCY | own | dates | changes)


def somebody(
    uid: str, name: str, code: str, title: str = "Chuyên viên", state: str = "active"
) -> tuple[str, Attributes]:
    """(dn, entry) of a person: uid@tinh.test, formerly uid.cu@tinh.test."""
    addresses = [f"{uid}@tinh.test", f"{uid}.cu@tinh.test"]
    return person_dn(uid), person(
        uid,
        state,
        cn=[name],
        displayName=[name],
        title=[title],
        departmentNumber=[code],
        mail=addresses[:1],
        mailLocalAddress=addresses,
        congvuAddressHash=[_hash(uid)],
    )


def group(name: str, *members: str) -> tuple[str, Attributes]:
    """(dn, entry) of a list name@tinh.test; nobody in it: the node of all lists, as groupOfNames wants a member."""
    own = {
        "cn": [name],
        "displayName": [name],
        "member": list(members) or [SUBTREES.lists],
        "mail": [f"{name}@tinh.test"],
        "mailLocalAddress": [f"{name}@tinh.test"],
        "congvuAddressHash": [_hash(f"list {name}")],
    }
    return list_dn(name), LIST | own


def list_dn(name: str) -> str:
    return f"cn={name},ou=lists,{BASE}"


def office(name: str, code: str, role: str, *holders: str, state: str = "active") -> tuple[str, Attributes]:
    """(dn, entry) of a role mailbox name@tinh.test."""
    own = {
        "cn": [name],
        "uid": [f"r{name.replace('.', '')}"],
        "displayName": [f"Hộp thư {name}"],
        "departmentNumber": [code],
        "roleOccupant": list(holders),
        "mail": [f"{name}@tinh.test"],
        "mailLocalAddress": [f"{name}@tinh.test"],
        "congvuRole": [role],
        "congvuState": [state],
        "congvuAddressHash": [_hash(f"role {name}")],
    }
    return f"cn={name},ou=roles,{BASE}", _without_empty(ROLE | own)


def province() -> Mapping[str, Attributes]:
    """{dn: entry}: SXD has two leaders, STC a leader who is suspended and an office, UBND nobody, STNMT is no more."""
    return dict(
        (
            agency("SXD", "Sở Xây dựng", "sxd"),
            agency("STC", "Sở Tài chính", "stc"),
            agency("UBND", "Văn phòng UBND tỉnh", "vpubnd"),
            agency("X.AN", "Xã An Bình", "xanbinh", congvuMailDomain=["xa.tinh.test"]),
            agency("STNMT", "Sở Tài nguyên", "stnmt", congvuValidTo=["20250630000000Z"], congvuSuccessor=["SNNMT"]),
            somebody("an", "Nguyễn Văn An", "SXD", "Giám đốc"),
            somebody("binh", "Lê Thị Bình", "SXD", "Phó Giám đốc", "invited"),
            somebody("cuong", "Trần Cường", "SXD"),
            somebody("dung", "Phạm Dũng", "STC", "Giám đốc", "suspended"),
            somebody("em", "Hồ Thị Em", "STC", "Văn thư"),
            group("lanhdao", person_dn("binh"), person_dn("an"), person_dn("dung")),
            group("trong"),
            group("long", list_dn("lanhdao"), person_dn("em"), list_dn("vong")),
            group("vong", list_dn("long"), person_dn("cuong"), f"cn=vanthu.sxd,ou=roles,{BASE}"),
            office("sxd", "SXD", "agency", person_dn("cuong")),
            office("stc", "STC", "agency", person_dn("em"), person_dn("dung")),
            office("vanthu.sxd", "SXD", "van_thu", person_dn("cuong")),
            office("xanbinh", "X.AN", "agency", state="suspended"),
        )
    )


def _hash(text: str) -> str:
    return f"k1:{text.encode().hex():0>32}"[:3] + f"{text.encode().hex():0>32}"[-32:]


def _without_empty(attributes: Attributes) -> Attributes:
    return {name: values for name, values in attributes.items() if values}

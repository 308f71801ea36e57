"""Agencies against the directory: creates and updates, never a removal.

An agency that the file no longer names stays as it is: merging, splitting and abolishing are one operation of their
own (`provision reorganise`). Validity dates in the file are data like any other.
"""

from __future__ import annotations

from collections.abc import Mapping

from foundation.directory.entries import Entry
from foundation.language import Text
from provisioner.changes import Change
from provisioner.people import Agency
from provisioner.planning import attributes as shapes
from provisioner.planning.rdn import rdn
from provisioner.planning.reasons import changed_fields

AGENCY_CLASSES = ("top", "organizationalUnit", "congvuAgency")


def plan_agencies(desired: Mapping[str, Agency], live: Mapping[str, Entry], subtree: str) -> tuple[list[Change], int]:
    """Changes for the agencies of the file against `live` (by code), and how many need none."""
    changes: list[Change] = []
    unchanged = 0
    for code in sorted(desired):
        agency = desired[code]
        entry = live.get(code)
        if entry is None:
            changes.append(_create(agency, subtree))
            continue
        before, after = shapes.difference(entry.attributes, shapes.agency_facts(agency))
        if not after:
            unchanged += 1
            continue
        changes.append(
            Change("agency", "update", code, entry.dn, "", before, after, changed_fields(after), code, name=agency.name)
        )
    return changes, unchanged


def _create(agency: Agency, subtree: str) -> Change:
    facts = {name: values for name, values in shapes.agency_facts(agency).items() if values}
    after = {"objectClass": AGENCY_CLASSES, "ou": (agency.code,), **facts}
    why = Text("đơn vị mới trong danh mục", "new in the list of agencies")
    dn = f"{rdn('ou', agency.code)},{subtree}"
    return Change("agency", "create", agency.code, dn, "", {}, after, why, agency.code, name=agency.name)

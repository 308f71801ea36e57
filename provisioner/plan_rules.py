"""What a plan file may ask for at all: our kinds, our actions, our attributes, under our subtrees.

The digest in a plan file guards against accidents, not against somebody who writes one by hand; a plan from a file must
not be able to do what no plan of ours ever does, such as setting a password or writing outside our subtrees. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from foundation.directory import schema
from provisioner.changes import ACTIONS, Change
from provisioner.planning.attributes import PERSON_ATTRIBUTES
from provisioner.planning.groups_planner import GROUP_ATTRIBUTES
from provisioner.planning.planner import AGENCY_ATTRIBUTES
from provisioner.settings import Subtrees

_EVERY_ENTRY = ("objectClass", "uid", "mailLocalAddress", "mailAlternateAddress")
_RESERVATION = ("objectClass", "description", schema.ADDRESS_HASH, schema.RESERVED_SINCE)
_MANAGED: dict[str, frozenset[str]] = {
    kind: frozenset(name.lower() for name in names)
    for kind, names in {
        "agency": ("objectClass", *AGENCY_ATTRIBUTES),
        "person": (*_EVERY_ENTRY, "displayName", *PERSON_ATTRIBUTES),
        "role_mailbox": (*_EVERY_ENTRY, *GROUP_ATTRIBUTES),
        "list": (*_EVERY_ENTRY, *GROUP_ATTRIBUTES),
        "reservation": _RESERVATION,
    }.items()
}
_AROUND_SEPARATORS = re.compile(r"\s*([,=])\s*")


def foreign_part(kind: object, action: object, attributes: Iterable[str]) -> str:
    """What in a change no plan of ours contains: an unknown kind or action, or an attribute; "" when all is ours."""
    if not isinstance(kind, str) or kind not in _MANAGED:
        return str(kind)
    if action not in ACTIONS:
        return str(action)
    return next((name for name in attributes if name.lower() not in _MANAGED[kind]), "")


def is_in_place(change: Change, subtrees: Subtrees) -> bool:
    """Whether the entry stands below the subtree of its kind; case and blanks around separators do not count."""
    home = {
        "agency": subtrees.agencies,
        "person": subtrees.people,
        "role_mailbox": subtrees.roles,
        "list": subtrees.lists,
        "reservation": subtrees.reservations,
    }[change.kind]
    dn, end = _plain(change.dn), f",{_plain(home)}"
    before = dn.removesuffix(end)
    escapes = len(before) - len(before.rstrip("\\"))
    return before not in ("", dn) and escapes % 2 == 0


def _plain(dn: str) -> str:
    return _AROUND_SEPARATORS.sub(r"\1", dn.strip().lower())

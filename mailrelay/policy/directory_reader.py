"""People, offices and lists as the directory has them, turned into entries of the address book. Reads, never writes.

It asks for what cn=relay may see and for nothing else: addresses, states, members, owners, the mail domains of
agencies, and `modifyTimestamp`, by which it later finds what has changed since. Deleted entries leave no trace there:
only a whole reading finds them. The order is people, offices, lists, so that those who are named come first.

An entry without an address, or with one that is none, is passed over without a word: `congvu doctor` and `provision
audit` look for those.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from foundation.directory import Directory, Entry, schema
from mailrelay.policy.addressbook import Kind, Known
from mailrelay.policy.addressing import normalised
from mailrelay.policy.filters import at_least, both, equals
from mailrelay.settings import Directory as Subtrees

MODIFIED: Final = "modifyTimestamp"
"""RFC 4512 3.4.3; both servers keep it."""
CHANGE_MARKER: Final = "contextCSN"
"""OpenLDAP only (syncprov): moves with every write to the database."""
OVERLAP: Final = timedelta(seconds=60)
"""Changes are asked for from a minute before the newest one seen: a write with an earlier time may commit later, and
the clocks of two writing servers differ. What is read twice changes nothing."""

_TIME: Final = "%Y%m%d%H%M%SZ"
_AROUND_SIGNS: Final = re.compile(r"\s*([,=+])\s*")


def normalised_name(dn: str) -> str:
    """A distinguished name in one spelling for comparing: lower case, no blanks around commas (RFC 4514)."""
    return _AROUND_SIGNS.sub(r"\1", dn.strip()).lower()


class DirectoryReader:
    """One connection to the directory, asked for the whole book or for what has changed."""

    def __init__(self, directory: Directory, subtrees: Subtrees, shared: Callable[[str], str] = str) -> None:
        """`shared` gives the string that the book already holds for a uid, so that members cost one pointer each."""
        self._directory = directory
        self._subtrees = subtrees
        self._shared = shared
        self._people = f",{normalised_name(subtrees.people)}"
        self._placeholder = normalised_name(subtrees.lists)
        self.newest = ""
        """The latest modifyTimestamp seen; empty when we may not read it."""
        self.names: dict[str, str] = {}
        """{normalised name: uid} of people and offices whose name does not show their uid."""

    def close(self) -> None:
        """Say goodbye to the server."""
        self._directory.close()

    def marker(self) -> str:
        """Something that changes whenever anything in the directory does; empty when the server has no such thing."""
        entry = self._directory.read(self._subtrees.base, [CHANGE_MARKER])
        return " ".join(sorted(entry.values(CHANGE_MARKER))) if entry else ""

    def agency_domains(self) -> frozenset[str]:
        """The mail domains of agencies that have one of their own. They are few: always read whole."""
        attributes = [schema.MAIL_DOMAIN]
        entries = self._directory.search(self._subtrees.agencies, f"({schema.MAIL_DOMAIN}=*)", attributes)
        addresses = (normalised(f"postmaster@{entry.first(schema.MAIL_DOMAIN)}") for entry in entries)
        return frozenset(address.rpartition("@")[2] for address in addresses if address)

    def entries(self, since: str = "") -> Iterator[Known]:
        """All entries, or those changed at or after `since` (a modifyTimestamp). Raises Unreachable."""
        alias = self._directory.dialect.alias_attribute
        common = [schema.UID, schema.MAIL, alias, schema.STATE, MODIFIED]
        searches: tuple[tuple[Kind, str, str, str], ...] = (
            ("person", self._subtrees.people, schema.PERSON_CLASS, ""),
            ("role", self._subtrees.roles, schema.ROLE_MAILBOX_CLASS, schema.ROLE_OCCUPANT),
            ("list", self._subtrees.lists, schema.LIST_CLASS, schema.MEMBER),
        )
        for kind, base, object_class, members in searches:
            wanted = equals(schema.OBJECT_CLASS, object_class)
            if since:
                wanted = both(wanted, at_least(MODIFIED, since))
            for entry in self._directory.search(base, wanted, [*common, members] if members else common):
                self.newest = max(self.newest, _plain_time(entry.first(MODIFIED)))
                known = self._known(kind, entry, entry.values(alias), entry.values(members) if members else ())
                if known is not None:
                    yield known

    def _known(self, kind: Kind, entry: Entry, aliases: tuple[str, ...], members: tuple[str, ...]) -> Known | None:
        addresses = _addresses(entry.first(schema.MAIL), aliases)
        name = self._member_name(entry.dn)
        uid = name if kind == "list" else entry.first(schema.UID)
        if not addresses or not uid:
            return None
        if name != uid:
            self.names[name] = uid
        named = tuple(sorted(self._shared(self._member_name(dn)) for dn in members if not self._is_placeholder(dn)))
        return Known(kind, self._shared(uid), addresses, _STATES.get(entry.first(schema.STATE), ""), named)

    def _member_name(self, dn: str) -> str:
        """How the book calls this entry: by the uid that its name shows, else by its normalised name."""
        name = normalised_name(dn)
        if name.startswith("uid=") and name.endswith(self._people):
            uid = name[4 : -len(self._people)]
            if not re.search(r"[,+\\]", uid):
                return uid
        return name

    def _is_placeholder(self, dn: str) -> bool:
        """An empty list has one member, the node of all lists: groupOfNames wants one."""
        return normalised_name(dn) == self._placeholder


def earlier(timestamp: str) -> str:
    """From when to ask after `timestamp` was the newest seen."""
    moment = datetime.strptime(timestamp, _TIME).replace(tzinfo=UTC)
    return (moment - OVERLAP).strftime(_TIME)


_STATES: Final = {state: state for state in (schema.STATE_INVITED, schema.STATE_ACTIVE, schema.STATE_SUSPENDED)}
"""One string per state, not one per person; any other state allows nothing, so its name is not kept."""


def _addresses(primary: str, aliases: tuple[str, ...]) -> tuple[str, ...]:
    """All addresses normalised, the primary one first, each once."""
    ordered = [primary, *sorted(aliases)] if primary else sorted(aliases)
    return tuple(dict.fromkeys(found for found in map(normalised, ordered) if found))


def _plain_time(value: str) -> str:
    """A generalizedTime to the second (RFC 4517 3.3.13: a fraction may follow), or nothing when it is none of ours."""
    return f"{value[:14]}Z" if value[:14].isdigit() and value.endswith("Z") and len(value) >= 15 else ""

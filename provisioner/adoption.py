"""Existing accounts come under management: a file of (dn, employee id) becomes a plan like any other.

The entry keeps its name, its password and its addresses, spelt in lower case; it gains our classes, the person key, the
state and the address register. Everything is checked first: the entry exists, lies under ou=people, is a person's, is
nobody else's, and none of its addresses belongs or ever belonged to somebody else. Where the file has a name,
the entry's cn must not be somebody else's. The next sync then compares it with the roster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Literal

from foundation.directory import schema
from foundation.directory.entries import Entry
from foundation.directory.lookup import Directory
from foundation.errors import InputError
from foundation.language import Text
from foundation.vietnamese import equality_key, repair_cells, search_key
from provisioner.address_records import AddressRecord
from provisioner.changes import Change, Plan, Population
from provisioner.planning import attributes as shapes
from provisioner.planning.address_book import RegisterKeys
from provisioner.planning.attributes import Shape
from provisioner.planning.planner import plan_identity
from provisioner.planning.rdn import same_name
from provisioner.roster.columns import Vocabulary, find_header, require, scorer
from provisioner.roster.employee_ids import BadId, parse_employee_id
from provisioner.roster.problem_list import ProblemList
from provisioner.roster.sizes import HEADER_SEARCH_ROWS
from provisioner.roster.table_file import open_table, read_file
from provisioner.roster.texts import raw_text, tidy
from provisioner.roster.words import ROSTER_HEADERS
from provisioner.settings import Settings

HEADERS = {
    "dn": ("dn", "DN", "distinguished name", "Mục thư mục"),
    "employee_id": ROSTER_HEADERS["employee_id"],
    "full_name": ROSTER_HEADERS["full_name"],
    "note": ("Ghi chú", "Note"),
}

_NEEDED = (("dn",), ("employee_id",))

_WHY = Text("tiếp nhận tài khoản đã có", "existing account taken over")
NO_ENTRY = Text("thư mục không có mục này", "the directory has no such entry")
OUTSIDE = Text("mục nằm ngoài {people}", "the entry lies outside {people}")
NOT_A_PERSON = Text("mục không phải là người (inetOrgPerson)", "the entry is not a person's (inetOrgPerson)")
OTHER_KEY = Text("mục đã thuộc về {key}", "the entry already belongs to {key}")
HAS_ENTRY = Text("mã này đã có tài khoản: {dn}", "this id already has an account: {dn}")
TWICE = Text("đã có ở dòng {first}", "named in row {first} already")
ADDRESS_TAKEN = Text("địa chỉ {address} đã thuộc về {dn}", "the address {address} belongs to {dn}")
RESERVED = Text(
    "địa chỉ {address} đã cấp ở tỉnh nhập vào: chắc chắn là cùng một người?",
    "the address {address} was given in a merged province: is it the same person?",
)
BAD_ADDRESS = Text("không phải địa chỉ thư", "not a mail address")
NO_MAIL = Text(
    "mục chưa có thuộc tính mail: lần đồng bộ sau sẽ cấp địa chỉ",
    "the entry has no mail: the next sync gives an address",
)
CHECK_DN = Text("tìm tên đúng: ldapsearch … '(mail=…)' dn", "find the right name: ldapsearch … '(mail=…)' dn")
OTHER_PERSON = Text(
    "tệp ghi {named}, thư mục ghi {cn}: có phải một người?", "the file says {named}, the entry {cn}: the same person?"
)
OTHER_SPELLING = Text("tệp ghi {named}, thư mục ghi {cn}", "the file says {named}, the entry {cn}")
CHECK_PERSON = Text(
    "sai người: sửa dn hoặc mã; đúng người: ghi họ tên như trong thư mục, hoặc để trống ô họ tên",
    "the wrong person: correct dn or id; the right one: write the name as the directory does, or leave its cell empty",
)
ONE_EACH = Text("mỗi người đúng một mục, mỗi mục đúng một người", "one entry a person, one person an entry")


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of the file."""

    row: int
    dn: str
    employee_id: str
    full_name: str = ""


Likeness = Literal["same", "similar", "different"]


def likeness(named: str, known: Sequence[str]) -> Likeness:
    """How near a name comes to the nearest of the names that an entry has, marks and spaces apart.

    "same" when the letters are the same, "different" without any common syllable. One of both unknown says nothing
    against them.
    """
    words = set(search_key(named).split())
    known_words = [search_key(name).split() for name in known]
    if not words or not any(known_words):
        return "same"
    if any(equality_key(named) == equality_key(name) for name in known):
        return "same"
    letters = search_key(named).replace(" ", "")
    if any(letters == "".join(other) for other in known_words):
        return "same"
    return "similar" if any(words.intersection(other) for other in known_words) else "different"


def read_claims(path: Path) -> tuple[list[Claim], ProblemList]:
    """The rows of an adoption file, names repaired as in a roster. Raises UsageError, InputError."""
    file = read_file(path)
    words = Vocabulary(HEADERS)
    problems = ProblemList(file.name)
    table = open_table(file, scorer(words, _NEEDED))
    head = list(islice(table.rows(), HEADER_SEARCH_ROWS))
    header = find_header(head, words, table.widths)
    claims: list[Claim] = []
    if not require(header, head, _NEEDED, words, problems) or header is None:
        return claims, problems
    for number, cells in islice(table.rows(), header.data_start, None):
        values = {name: cells[index] if index < len(cells) else "" for name, index in header.fields.items()}
        dn = tidy(raw_text(values["dn"]))
        try:
            employee_id = parse_employee_id(values["employee_id"])
        except BadId as bad:
            problems.error(bad.reason, row=number, column="employee_id", value=raw_text(values["employee_id"]))
            continue
        if dn and employee_id:
            claims.append(Claim(number, dn, employee_id, raw_text(values.get("full_name", ""))))
        elif dn or employee_id:
            problems.error(Text("thiếu dn hoặc mã", "dn or id is missing"), row=number, value=f"{dn}{employee_id}")
    names = repair_cells([claim.full_name for claim in claims], role="full")
    return [replace(claim, full_name=tidy(name.text)) for claim, name in zip(claims, names, strict=True)], problems


class Adoption:
    """Plans an adoption against the people of a directory."""

    def __init__(
        self, directory: Directory, settings: Settings, keys: RegisterKeys, now: datetime, today: date
    ) -> None:
        self._directory = directory
        self._settings = settings
        self._keys = keys
        self._now = now
        self._today = today
        self._shape = Shape(directory.dialect.alias_attribute, directory.dialect.alias_class)
        self._reserved: dict[str, str] = {}

    def plan(self, claims: Iterable[Claim], problems: ProblemList) -> Plan:
        """The plan for these rows; with errors it has no changes."""
        live = self._live()
        owners: dict[str, str] = {}
        keys: dict[str, str] = {}
        for entry in live.values():
            for address in self._addresses(entry):
                owners.setdefault(address, entry.dn)
            if key := entry.first(schema.PERSON_KEY):
                keys[key] = entry.dn
        self._reserved = self._reservations()
        changes, unchanged = [], 0
        seen: dict[str, int] = {}
        for claim in claims:
            if not self._acceptable(claim, live, keys, owners, seen, problems):
                continue
            change = self._change(claim, live[same_name(claim.dn)])
            if change is None:
                unchanged += 1
            else:
                changes.append(change)
        changes.sort(key=lambda change: change.order)
        found = problems.sorted()
        if any(problem.stops for problem in found):
            changes = []
        return Plan(changes, found, Population(), unchanged, plan_id=plan_identity(changes))

    def _live(self) -> dict[str, Entry]:
        """{same_name: entry}, of all people."""
        wanted = (*self._shape.person_attributes(), schema.OBJECT_CLASS)
        found = self._directory.search(self._settings.subtrees.people, "(objectClass=*)", wanted)
        return {same_name(entry.dn): entry for entry in found}

    def _reservations(self) -> dict[str, str]:
        """{hash: the entry on which it stands}: addresses of people, groups, leavers and merged provinces."""
        found = self._directory.search(
            self._settings.subtrees.base, f"({schema.ADDRESS_HASH}=*)", (schema.ADDRESS_HASH,)
        )
        return {digest: entry.dn for entry in found for digest in entry.values(schema.ADDRESS_HASH)}

    def _addresses(self, entry: Entry) -> list[str]:
        found = (*entry.values("mail"), *entry.values(self._shape.alias_attribute))
        return list(dict.fromkeys(address.lower() for address in found))

    def _acceptable(
        self,
        claim: Claim,
        live: Mapping[str, Entry],
        keys: Mapping[str, str],
        owners: Mapping[str, str],
        seen: dict[str, int],
        problems: ProblemList,
    ) -> bool:
        before = problems.error_count
        row, dn, name = claim.row, claim.dn, same_name(claim.dn)
        people = self._settings.subtrees.people
        for identity, value in ((name, dn), (f"id {claim.employee_id}", claim.employee_id)):
            if seen.setdefault(identity, row) != row:
                problems.error(TWICE, row=row, value=value, hint=ONE_EACH, first=seen[identity])
        entry = live.get(name)
        if not name.endswith(f",{same_name(people)}"):
            problems.error(OUTSIDE, row=row, column="dn", value=dn, people=people)
        elif entry is None:
            problems.error(NO_ENTRY, row=row, column="dn", value=dn, hint=CHECK_DN)
        else:
            self._check_entry(claim, entry, keys, owners, problems)
        return problems.error_count == before

    def _check_entry(
        self,
        claim: Claim,
        entry: Entry,
        keys: Mapping[str, str],
        owners: Mapping[str, str],
        problems: ProblemList,
    ) -> None:
        row, key = claim.row, self._settings.person_key(claim.employee_id)
        if "inetorgperson" not in {name.lower() for name in entry.values(schema.OBJECT_CLASS)}:
            problems.error(NOT_A_PERSON, row=row, column="dn", value=entry.dn)
        if entry.first(schema.PERSON_KEY) not in ("", key):
            problems.error(OTHER_KEY, row=row, column="dn", value=entry.dn, key=entry.first(schema.PERSON_KEY))
        if keys.get(key, entry.dn) != entry.dn:
            problems.error(
                HAS_ENTRY, row=row, column="employee_id", value=claim.employee_id, hint=ONE_EACH, dn=keys[key]
            )
        if entry.first(schema.PERSON_KEY) != key:
            self._check_name(claim, entry, problems)
        for address in self._addresses(entry):
            self._check_address(row, entry, address, owners[address], problems)
        if not entry.first("mail"):
            problems.warning(NO_MAIL, row=row, column="dn", value=entry.dn)

    def _check_name(self, claim: Claim, entry: Entry, problems: ProblemList) -> None:
        """Until it is ours, only its cn tells whose the entry is; afterwards the roster may well say another name."""
        known = entry.values("cn")
        found = likeness(claim.full_name, known)
        if found == "same":
            return
        where = {"row": claim.row, "column": "full_name", "value": entry.dn}
        names = {"named": claim.full_name, "cn": " | ".join(known)}
        if found == "different":
            problems.question(OTHER_PERSON, hint=CHECK_PERSON, **where, **names)
        else:
            problems.warning(OTHER_SPELLING, hint=CHECK_PERSON, **where, **names)

    def _check_address(self, row: int, entry: Entry, address: str, holder: str, problems: ProblemList) -> None:
        """Nobody else may hold the address now or have held it ever; of a merged province's only a person can tell."""
        try:
            digests = self._keys.digests(address)
        except InputError:
            problems.error(BAD_ADDRESS, row=row, column="dn", value=address)
            return
        holders = [holder, *(self._reserved[digest] for digest in digests if digest in self._reserved)]
        own = same_name(entry.dn)
        others = [dn for dn in holders if same_name(dn) != own]
        ownerless = f",{same_name(self._settings.subtrees.reservations)}"
        owner = next((dn for dn in others if not same_name(dn).endswith(ownerless)), None)
        if owner is not None:
            problems.error(ADDRESS_TAKEN, row=row, column="dn", value=entry.dn, address=address, dn=owner)
        elif others:
            problems.warning(RESERVED, row=row, column="dn", value=entry.dn, address=address)

    def _change(self, claim: Claim, entry: Entry) -> Change | None:
        key = self._settings.person_key(claim.employee_id)
        if entry.first(schema.PERSON_KEY) == key:
            return None
        addresses = self._addresses(entry)
        primary = entry.first("mail").lower()
        records = [
            AddressRecord("primary" if address == primary else "alias", self._today, None, address)
            for address in addresses
        ]
        classes = entry.values(schema.OBJECT_CLASS)
        known = {name.lower() for name in classes}
        added = [name for name in (self._shape.alias_class, schema.PERSON_CLASS) if name.lower() not in known]
        digests = (self._keys.digest(address) for address in addresses)
        desired = {
            schema.OBJECT_CLASS: (*classes, *added),
            "employeeNumber": (claim.employee_id,),
            **shapes.addresses(self._shape, records, (*entry.values(schema.ADDRESS_HASH), *digests)),
            schema.PERSON_KEY: (key,),
            schema.STATE: (schema.STATE_ACTIVE,),
            schema.ACTIVATED_SINCE: (shapes.generalized_time(self._now),),
        }
        before, after = shapes.difference(entry.attributes, desired)
        return Change(
            "person",
            "adopt",
            claim.employee_id,
            entry.dn,
            primary,
            before,
            after,
            _WHY,
            entry.first("departmentNumber"),
            name=entry.first("cn"),
        )

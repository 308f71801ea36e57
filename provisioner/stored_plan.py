"""A plan file against the world as it is now: does everything it assumes still hold?

The roster must have the same bytes; every entry the plan touches must hold the same managed values as when it was made
(or, when this very plan was begun before, already the new ones); and nothing else may have moved. Otherwise the plan is
stale, which no `--force` overrides: a new plan is one command away.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from pathlib import Path

from foundation.directory import schema
from foundation.directory.entries import Entry
from foundation.directory.lookup import Directory
from foundation.errors import StalePlan
from foundation.language import Text
from foundation.system_errors import reason_of
from provisioner.changes import Attributes, Change, Plan, Population
from provisioner.plan_file import FileBinding, StoredPlan
from provisioner.plan_rules import is_in_place
from provisioner.planning.attributes import Shape, holds
from provisioner.planning.groups_planner import GROUP_ATTRIBUTES
from provisioner.planning.managed import ManagedDigest
from provisioner.planning.planner import AGENCY_ATTRIBUTES
from provisioner.settings import Settings

_ANEW = Text("lập kế hoạch mới: provision plan … --out", "make a new plan: provision plan … --out")
_SHOWN = 5
_NOT_READ = frozenset({schema.OBJECT_CLASS, schema.UID})


def check_files(files: list[FileBinding]) -> None:
    """The roster and the agencies file must be the ones the plan was made from. Raises StalePlan."""
    for binding in files:
        try:
            path = Path(binding.path)
            if path.exists() and not path.is_file():  # a pipe would make us wait for ever
                raise OSError(errno.EINVAL, "not a regular file")
            with path.open("rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == binding.sha256
        except OSError as error:
            raise StalePlan(
                Text(
                    "không còn đọc được {path}, tệp mà kế hoạch dựa vào: {why}",
                    "cannot read {path}, from which the plan was made: {why}",
                ).format(path=binding.path, why=reason_of(error)),
                Text("đặt lại tệp đó, hoặc lập kế hoạch mới", "put the file back, or make a new plan"),
            ) from error
        if not same:
            raise StalePlan(
                Text("{path} đã khác với lúc lập kế hoạch", "{path} is not what it was when the plan was made").format(
                    path=binding.path
                ),
                _ANEW,
            )


def check_owner(stored: StoredPlan, settings: Settings) -> None:
    """A plan made for another directory, source or scope is not ours to apply, nor one that leaves our subtrees.

    Raises StalePlan.
    """
    header = stored.header
    ours = (settings.subtrees.base.lower(), settings.source, settings.scope)
    if (header.base.lower(), header.source, header.scope) != ours:
        raise StalePlan(
            Text(
                "kế hoạch dành cho {theirs}, cấu hình hiện tại là {ours}",
                "the plan is for {theirs}, the configuration says {ours}",
            ).format(theirs=f"{header.base} {header.source} {header.scope}", ours=" ".join(ours)),
            Text("dùng đúng --config", "use the right --config"),
        )
    outside = [change.dn for change in stored.changes if not is_in_place(change, settings.subtrees)]
    if outside:
        raise StalePlan(
            Text(
                "kế hoạch muốn ghi ra ngoài các nhánh của chúng ta: {names}",
                "the plan wants to write outside our subtrees: {names}",
            ).format(names=", ".join(outside[:_SHOWN])),
            _ANEW,
        )


def compare(stored: StoredPlan, directory: Directory, settings: Settings, begun: bool) -> Plan:
    """The plan with what of it is still to do; `begun` when an interrupted run already did a part. Raises StalePlan."""
    changes = {change.dn.lower(): change for change in stored.changes}
    left = dict(changes)
    digest = ManagedDigest()
    population = Population()
    moved = []
    dialect = directory.dialect
    for entry in _live(directory, settings, Shape(dialect.alias_attribute, dialect.alias_class)):
        _count(entry, settings, population)
        digest.add(entry)
        change = changes.get(entry.dn.lower())
        if change is None:
            continue
        if begun and _is_done(entry.attributes, change):
            del left[entry.dn.lower()]
        elif digest.of(entry.dn) != stored.bound[change.dn] or _state_moved(entry.attributes, change.before):
            moved.append(entry.dn)
    gone = [change.dn for change in stored.changes if change.action != "create" and not digest.of(change.dn)]
    if moved or gone or digest.rest(set(changes)) != stored.header.rest_digest:
        raise _stale(moved, gone)
    return Plan(list(left.values()), [], population, stored.header.unchanged, plan_id=stored.header.plan_id)


def _live(directory: Directory, settings: Settings, shape: Shape) -> Iterator[Entry]:
    subtrees = settings.subtrees
    groups = (*GROUP_ATTRIBUTES, shape.alias_attribute)
    yield from directory.search(subtrees.agencies, "(objectClass=congvuAgency)", AGENCY_ATTRIBUTES)
    yield from directory.search(subtrees.roles, "(objectClass=congvuRoleMailbox)", groups)
    yield from directory.search(subtrees.lists, "(objectClass=congvuList)", groups)
    yield from directory.search(subtrees.reservations, "(objectClass=congvuReservation)", (schema.ADDRESS_HASH,))
    for entry in directory.search(subtrees.people, "(objectClass=*)", shape.person_attributes()):
        if entry.dn.lower() != subtrees.people.lower():
            yield entry


def _count(entry: Entry, settings: Settings, population: Population) -> None:
    """What the limits are measured against, counted as the planner counts it."""
    live = entry.attributes
    if schema.PERSON_KEY in live:
        ours = live[schema.PERSON_KEY][0].startswith(f"{settings.source}:")
        if ours and live.get(schema.STATE) != (schema.STATE_SUSPENDED,):
            agency = next(iter(live.get("departmentNumber", ())), "")
            population.people += 1
            population.by_agency[agency] = population.by_agency.get(agency, 0) + 1
    elif schema.LIST_KIND in live:
        nobody = settings.subtrees.lists.lower()
        population.memberships += sum(member.lower() != nobody for member in live.get("member", ()))
    elif schema.ROLE in live:
        population.occupancies += len(live.get("roleOccupant", ()))
    elif entry.dn.lower().endswith(settings.subtrees.agencies.lower()):
        population.agencies += 1


def _state_moved(live: Attributes, before: Attributes) -> bool:
    """Whether a change of state meets another state; digests take invited and active for one."""
    return schema.STATE in before and live.get(schema.STATE, ()) != before[schema.STATE]


def _is_done(live: Attributes, change: Change) -> bool:
    """Whether an entry is what the change makes of it; object classes and uids are not read here."""
    return holds(live, {name: values for name, values in change.after.items() if name not in _NOT_READ})


def _stale(moved: list[str], gone: list[str]) -> StalePlan:
    names = (moved + gone)[:_SHOWN]
    listed = ", ".join(names) if names else ""
    more = " …" if len(moved) + len(gone) > _SHOWN else ""
    if not names:
        return StalePlan(
            Text(
                "thư mục đã thay đổi sau khi lập kế hoạch (ở các mục khác)",
                "the directory changed after the plan was made (in other entries)",
            ),
            _ANEW,
        )
    return StalePlan(
        Text(
            "các mục đã thay đổi sau khi lập kế hoạch: {names}", "entries changed after the plan was made: {names}"
        ).format(names=listed + more),
        _ANEW,
    )

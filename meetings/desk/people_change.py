"""Who stays, who comes and who goes between two editions; deputies go with those for whom they stand in.

An attendee is known again by address, also when the directory has given the person a new one since. Whom the directory
no longer knows stays on the list, unless taken out by name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from foundation.storage import Transaction
from meetings.desk.context import Context
from meetings.meeting import Guest
from meetings.store import attendees
from meetings.store.values import StoredAttendee


@dataclass(frozen=True, slots=True)
class PeopleChange:
    """`staying` are invited before and after, `going` before only; `new` were never invited, `returning` were removed
    once. `updated` is what the directory says of attendees today, by id; `bereft` lose their deputy, who was taken
    out; `freed` stood in for somebody who goes, and come in their own right. `unreachable` and `reachable` are what the
    directory said of them, ids; both empty when nobody asked it."""

    staying: tuple[StoredAttendee, ...] = ()
    going: tuple[StoredAttendee, ...] = ()
    new: tuple[Guest, ...] = ()
    returning: tuple[StoredAttendee, ...] = ()
    bereft: tuple[int, ...] = ()
    freed: tuple[int, ...] = ()
    updated: Mapping[int, Guest] = field(default_factory=dict)
    unreachable: tuple[int, ...] = ()
    reachable: tuple[int, ...] = ()

    @property
    def coming(self) -> int:
        return len(self.new) + len(self.returning)

    @property
    def changes(self) -> bool:
        """Whether anybody comes or goes."""
        return bool(self.coming or self.going)


def people_change(
    people: Sequence[StoredAttendee],
    guests: Iterable[Guest],
    removed: Collection[str],
    unreachable: frozenset[str] | None,
) -> PeopleChange:
    """Compare everybody ever invited (`people`) with whom the draft invites. Pure."""
    known = {one.attendee.guest.address: one for one in people}
    gone_by_name = {address.lower() for address in removed}
    wanted: dict[int, Guest] = {}
    new: dict[str, Guest] = {}
    for guest in guests:
        if guest.address in gone_by_name:
            continue
        one = _known(known, guest)
        if one is None:
            new.setdefault(guest.address, guest)
        else:
            wanted.setdefault(one.attendee.id, _under(one.attendee.guest.address, guest))
    staying, going = _divide(people, wanted, gone_by_name, unreachable or frozenset())
    returning = [one for one in people if one.attendee.removed and one.attendee.id in wanted]
    gone = {one.attendee.id for one in going}
    bereft = [one.attendee.id for one in staying if one.attendee.delegated_to in gone]
    freed = [one.attendee.id for one in staying if one.attendee.delegated_from in gone]
    everybody = [*staying, *returning]
    before = {one.attendee.id: one.attendee.guest for one in everybody}
    return PeopleChange(
        staying=tuple(staying),
        going=tuple(going),
        new=tuple(new.values()),
        returning=tuple(returning),
        bereft=tuple(bereft),
        freed=tuple(freed),
        updated={who: guest for who, guest in wanted.items() if before.get(who) != guest},
        unreachable=() if unreachable is None else _those([*everybody, *going], unreachable, inside=True),
        reachable=() if unreachable is None else _those([*everybody, *going], unreachable, inside=False),
    )


def apply_people(
    transaction: Transaction, meeting_id: int, moves: PeopleChange, context: Context
) -> tuple[StoredAttendee, ...]:
    """Write who comes and goes; returns those who have to be invited: new, returning, and those bereft of a deputy."""
    attendees.update_guests(transaction, meeting_id, list(moves.updated.items()))
    attendees.mark_unreachable(transaction, moves.unreachable, moves.reachable)
    attendees.remove(transaction, [one.attendee.id for one in moves.going])
    for attendee_id in (*moves.bereft, *moves.freed):
        attendees.unpair(transaction, attendee_id)
    returning = [one.attendee.id for one in moves.returning]
    attendees.revive(transaction, returning, context.at)
    ids = attendees.insert(transaction, meeting_id, moves.new, context.at) if moves.new else {}
    wanted = [*(ids[guest.address] for guest in moves.new), *returning, *moves.bereft]
    found = attendees.load_many(transaction, wanted)
    return tuple(found[attendee_id] for attendee_id in wanted)


def _under(address: str, guest: Guest) -> Guest:
    """The guest under the address by which they were invited; today's one may answer too."""
    if guest.address == address:
        return guest
    others = dict.fromkeys((guest.address, *guest.aliases))
    return replace(guest, address=address, aliases=tuple(one for one in others if one != address))


def _divide(
    people: Sequence[StoredAttendee],
    wanted: Mapping[int, Guest],
    gone_by_name: Collection[str],
    unreachable: frozenset[str],
) -> tuple[list[StoredAttendee], list[StoredAttendee]]:
    """(who stays, who goes) of those who are invited now."""
    invited = [one for one in people if not one.attendee.removed]
    stays = {
        one.attendee.id
        for one in invited
        if one.attendee.delegated_from is None
        and one.attendee.guest.address not in gone_by_name
        and (one.attendee.id in wanted or one.attendee.guest.address in unreachable)
    }
    stays |= {
        one.attendee.id
        for one in invited
        if one.attendee.delegated_from is not None
        and (one.attendee.delegated_from in stays or one.attendee.id in wanted)
        and one.attendee.guest.address not in gone_by_name
    }
    staying = [one for one in invited if one.attendee.id in stays]
    return staying, [one for one in invited if one.attendee.id not in stays]


def _known(known: Mapping[str, StoredAttendee], guest: Guest) -> StoredAttendee | None:
    """The attendee that this guest is: by today's address, else by a former one."""
    for address in (guest.address, *guest.aliases):
        one = known.get(address)
        if one is not None:
            return one
    return None


def _those(everybody: Iterable[StoredAttendee], unreachable: frozenset[str], *, inside: bool) -> tuple[int, ...]:
    return tuple(one.attendee.id for one in everybody if (one.attendee.guest.address.lower() in unreachable) is inside)

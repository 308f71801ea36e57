"""Who is invited: people and offices of a meeting, all addresses that may answer for them, and their feeds.

Nobody is deleted: a removed attendee keeps the row, so that a late answer is known for what it is, and comes back as
the same attendee when invited again. Written in few statements, for ten thousand at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from foundation.storage import Parameter, Row, Transaction
from foundation.storage.batches import change_rows, insert_rows, rows_among
from meetings.meeting import Attendee, Guest
from meetings.store.as_json import read_texts, texts_text
from meetings.store.random_ids import random_ids
from meetings.store.values import StoredAttendee

_GUEST = "address, name, role, title, agency, agency_name, telephone, aliases, named_by"
_COLUMNS = f"""attendee.id, attendee.meeting_id, {", ".join(f"attendee.{name}" for name in _GUEST.split(", "))},
  attendee.public_id, attendee.reply_token, attendee.link_serial, attendee.delegated_from, attendee.delegated_to,
  attendee.removed, attendee.unreachable, attendee.invited_at, attendee.last_mail, attendee.joined_at,
  coalesce(answer.partstat, 'NEEDS-ACTION'), coalesce(answer.comment, '')"""
_FROM = """FROM attendee LEFT JOIN answer ON answer.meeting_id = attendee.meeting_id
  AND answer.attendee_id = attendee.id AND answer.recurrence_id = 0"""
_INSERT = f"""
INSERT INTO attendee (meeting_id, {_GUEST}, public_id, reply_token, link_serial, delegated_from, removed, unreachable,
  invited_at)"""
_INSERT_ADDRESS = "INSERT INTO attendee_address (meeting_id, address, attendee_id)"
_INSERT_FEED = "INSERT INTO feed (address, public_id, link_serial)"
_SELECT = f"SELECT {_COLUMNS} {_FROM} WHERE attendee.meeting_id = ? ORDER BY attendee.id"
_SELECT_IDS = "SELECT id, address FROM attendee WHERE meeting_id = ?"
_SELECT_AMONG = f"SELECT {_COLUMNS} {_FROM} WHERE attendee.id IN {{values}}"
_SELECT_BY_PUBLIC_ID = f"SELECT {_COLUMNS} {_FROM} WHERE attendee.public_id = ?"
_SELECT_BY_TOKEN = f"SELECT {_COLUMNS} {_FROM} WHERE attendee.reply_token = ?"
_SELECT_MEETING_OF = "SELECT meeting_id FROM attendee WHERE reply_token = ?"
_SELECT_BY_ADDRESS = f"""
SELECT {_COLUMNS} {_FROM} WHERE attendee.id IN (SELECT attendee_id FROM attendee_address
  WHERE address IN {{values}} AND meeting_id = ?)"""  # noqa: S608
_SELECT_BY_OWN_ADDRESS = f"SELECT {_COLUMNS} {_FROM} WHERE attendee.address = ? ORDER BY attendee.id"
_SELECT_OF_MEETINGS = f"SELECT {_COLUMNS} {_FROM} WHERE attendee.meeting_id IN {{values}} ORDER BY attendee.id"
_SELECT_COMING = """
SELECT attendee.meeting_id, attendee_address.address, attendee.id, coalesce(answer.partstat, 'NEEDS-ACTION')
FROM attendee_address
JOIN attendee ON attendee.id = attendee_address.attendee_id
LEFT JOIN answer ON answer.meeting_id = attendee.meeting_id AND answer.attendee_id = attendee.id
  AND answer.recurrence_id = 0
WHERE attendee_address.meeting_id IN {values} AND attendee.removed = 0 AND attendee.delegated_to IS NULL"""
_UPDATE_GUESTS = """
UPDATE attendee SET name = given.name, role = given.role, title = given.title, agency = given.agency,
  agency_name = given.agency_name, telephone = given.telephone, aliases = given.aliases, named_by = given.named_by
FROM given WHERE attendee.id = given.id"""
_GUEST_KINDS = (
    "id bigint, name text, role text, title text, agency text, agency_name text, telephone text, aliases text, "
    "named_by text"
)
_REMOVE = "UPDATE attendee SET removed = 1, link_serial = link_serial + 1 WHERE id IN {values}"
_REVIVE = """
UPDATE attendee SET removed = 0, invited_at = given.at, delegated_from = NULL, delegated_to = NULL
FROM given WHERE attendee.id = given.id"""
_UNREACHABLE = "UPDATE attendee SET unreachable = 1 WHERE id IN {values}"
_REACHABLE = "UPDATE attendee SET unreachable = 0 WHERE id IN {values}"
_REVOKE = """
UPDATE attendee SET link_serial = link_serial + 1, reply_token = given.token FROM given WHERE attendee.id = given.id"""
_REVOKE_ALL = "UPDATE attendee SET link_serial = link_serial + 1 WHERE meeting_id = ?"
_DELEGATE_TO = "UPDATE attendee SET delegated_to = ?, link_serial = link_serial + 1 WHERE id = ?"
_TAKE_BACK = "UPDATE attendee SET delegated_to = NULL, delegated_from = NULL WHERE id = ?"
_DELEGATE_FROM = "UPDATE attendee SET delegated_from = ? WHERE id = ?"
_JOINED = "UPDATE attendee SET joined_at = ? WHERE id = ? AND joined_at IS NULL"
_ENTER = """
INSERT INTO room_entry (meeting_id, attendee_id, recurrence_id, at) VALUES (?, ?, ?, ?)
ON CONFLICT DO NOTHING RETURNING at"""
_SELECT_FEED = "SELECT address FROM feed WHERE public_id = ? AND link_serial = ?"
_SELECT_FEEDS = "SELECT address, public_id, link_serial FROM feed WHERE address IN {values}"
_REVOKE_FEED = "UPDATE feed SET link_serial = link_serial + 1 WHERE address = ?"


def insert(
    transaction: Transaction, meeting_id: int, guests: Sequence[Guest], at: int, delegated_from: int | None = None
) -> dict[str, int]:
    """Invite these people, who are not invited yet; returns {address: attendee id} of all people of the meeting."""
    dice = random_ids(3 * len(guests))
    rows: list[tuple[Parameter, ...]] = []
    for number, guest in enumerate(guests):
        public_id, reply_token = dice[3 * number], dice[3 * number + 1]
        rows.append(
            (meeting_id, guest.address, *_guest_row(guest), public_id, reply_token, 0, delegated_from, 0, 0, at)
        )
    insert_rows(transaction, _INSERT, rows)
    ids = {address: attendee_id for attendee_id, address in transaction.execute(_SELECT_IDS, (meeting_id,))}
    know_addresses(transaction, meeting_id, [(ids[guest.address], guest) for guest in guests])
    feeds = [(guest.address, dice[3 * number + 2], 0) for number, guest in enumerate(guests)]
    insert_rows(transaction, _INSERT_FEED, feeds, "ON CONFLICT DO NOTHING")
    return ids


def know_addresses(transaction: Transaction, meeting_id: int, known: Iterable[tuple[int, Guest]]) -> None:
    """Every address that may answer for these attendees."""
    rows = [
        (meeting_id, address, attendee_id)
        for attendee_id, guest in known
        for address in dict.fromkeys((guest.address, *guest.aliases))
    ]
    insert_rows(transaction, _INSERT_ADDRESS, rows, "ON CONFLICT DO NOTHING")


def of_meeting(transaction: Transaction, meeting_id: int) -> list[StoredAttendee]:
    """Everybody who was ever invited, removed ones too, in the order of invitation."""
    return [_stored(row) for row in transaction.execute(_SELECT, (meeting_id,))]


def of_meetings(transaction: Transaction, meeting_ids: Sequence[int]) -> dict[int, list[StoredAttendee]]:
    """The same for several meetings at once."""
    found: dict[int, list[StoredAttendee]] = {}
    for row in rows_among(transaction, _SELECT_OF_MEETINGS, list(dict.fromkeys(meeting_ids))):
        stored = _stored(row)
        found.setdefault(stored.meeting_id, []).append(stored)
    return found


def load(transaction: Transaction, attendee_id: int) -> StoredAttendee | None:
    return load_many(transaction, [attendee_id]).get(attendee_id)


def load_many(transaction: Transaction, ids: Iterable[int | None]) -> dict[int, StoredAttendee]:
    wanted = list(dict.fromkeys(attendee_id for attendee_id in ids if attendee_id is not None))
    return {row[0]: _stored(row) for row in rows_among(transaction, _SELECT_AMONG, wanted)}


def by_public_id(transaction: Transaction, public_id: str) -> StoredAttendee | None:
    rows = transaction.execute(_SELECT_BY_PUBLIC_ID, (public_id,))
    return _stored(rows[0]) if rows else None


def by_token(transaction: Transaction, reply_token: str) -> StoredAttendee | None:
    """Whoever has this reply token; None when nobody has."""
    rows = transaction.execute(_SELECT_BY_TOKEN, (reply_token,)) if reply_token else []
    return _stored(rows[0]) if rows else None


def meeting_of_token(transaction: Transaction, reply_token: str) -> int | None:
    """The id of the meeting of whoever has this reply token; None when nobody has."""
    rows = transaction.execute(_SELECT_MEETING_OF, (reply_token,))
    return rows[0][0] if rows else None


def answering(transaction: Transaction, meeting_id: int, addresses: Sequence[str]) -> list[StoredAttendee]:
    """The attendees for whom one of these addresses may answer."""
    rows = rows_among(transaction, _SELECT_BY_ADDRESS, list(dict.fromkeys(addresses)), (meeting_id,))
    return list({row[0]: _stored(row) for row in rows}.values())


def invited_as(transaction: Transaction, address: str) -> list[StoredAttendee]:
    """One person in all their meetings."""
    return [_stored(row) for row in transaction.execute(_SELECT_BY_OWN_ADDRESS, (address,))]


def coming(
    transaction: Transaction, addresses: Sequence[str], meeting_ids: Sequence[int]
) -> dict[int, list[tuple[str, int, str]]]:
    """{meeting id: (address, attendee id, answer to the whole) of those of these addresses that are invited to it}, of
    these meetings; whoever sends a deputy stays at home."""
    wanted = set(addresses)
    found: dict[int, list[tuple[str, int, str]]] = {}
    for meeting_id, address, attendee_id, partstat in rows_among(transaction, _SELECT_COMING, meeting_ids):
        if address in wanted:
            found.setdefault(meeting_id, []).append((address, attendee_id, partstat))
    return found


def update_guests(transaction: Transaction, meeting_id: int, known: Sequence[tuple[int, Guest]]) -> None:
    """What the directory says of them today."""
    rows: list[tuple[Parameter, ...]] = [(attendee_id, *_guest_row(guest)) for attendee_id, guest in known]
    change_rows(transaction, _UPDATE_GUESTS, _GUEST_KINDS, rows)
    know_addresses(transaction, meeting_id, known)


def remove(transaction: Transaction, ids: Sequence[int]) -> None:
    """They are no longer invited; their links end."""
    rows_among(transaction, _REMOVE, ids)


def revive(transaction: Transaction, ids: Sequence[int], at: int) -> None:
    """They are invited again."""
    change_rows(transaction, _REVIVE, "id bigint, at bigint", [(attendee_id, at) for attendee_id in ids])


def mark_unreachable(transaction: Transaction, ids: Sequence[int], reachable: Sequence[int]) -> None:
    """The directory no longer knows the first, and knows the others."""
    rows_among(transaction, _UNREACHABLE, ids)
    rows_among(transaction, _REACHABLE, reachable)


def revoke_links(transaction: Transaction, ids: Sequence[int]) -> None:
    """Their links end, and so does the sub-address for their answers; new ones hold from now on."""
    change_rows(transaction, _REVOKE, "id bigint, token text", list(zip(ids, random_ids(len(ids)), strict=True)))


def revoke_all_links(transaction: Transaction, meeting_id: int) -> None:
    transaction.execute(_REVOKE_ALL, (meeting_id,))


def pair(transaction: Transaction, delegator_id: int, deputy_id: int) -> None:
    """The deputy stands in: the pair knows each other, the delegator's links end."""
    transaction.execute(_DELEGATE_TO, (deputy_id, delegator_id))
    transaction.execute(_DELEGATE_FROM, (delegator_id, deputy_id))


def unpair(transaction: Transaction, attendee_id: int) -> None:
    """Nobody stands in for this person any more, and they for nobody."""
    transaction.execute(_TAKE_BACK, (attendee_id,))


def enter_room(transaction: Transaction, stored: StoredAttendee, recurrence_id: int, at: int) -> bool:
    """Remember that this person went into the room; False when that was known for this occurrence."""
    attendee_id = stored.attendee.id
    first = bool(transaction.execute(_ENTER, (stored.meeting_id, attendee_id, recurrence_id, at)))
    if first:
        transaction.execute(_JOINED, (at, attendee_id))
    return first


def feed_owner(transaction: Transaction, public_id: str, serial: int) -> str | None:
    """Whose feed a link with this id and serial is; None when the link is revoked or unknown."""
    rows = transaction.execute(_SELECT_FEED, (public_id, serial))
    return str(rows[0][0]) if rows else None


def feeds_of(transaction: Transaction, addresses: Sequence[str]) -> dict[str, tuple[str, int]]:
    """{address: (public id, serial)} of their feeds."""
    rows = rows_among(transaction, _SELECT_FEEDS, list(dict.fromkeys(addresses)))
    return {address: (public_id, serial) for address, public_id, serial in rows}


def revoke_feed(transaction: Transaction, address: str) -> None:
    transaction.execute(_REVOKE_FEED, (address,))


def _guest_row(guest: Guest) -> tuple[str, ...]:
    return (
        guest.name,
        guest.role,
        guest.title,
        guest.agency,
        guest.agency_name,
        guest.telephone,
        texts_text(guest.aliases),
        texts_text(guest.groups),
    )


def _stored(row: Row) -> StoredAttendee:
    (attendee_id, meeting_id, address, name, role, title, agency, agency_name, telephone, aliases, named_by) = row[:11]
    (public_id, reply_token, serial, came_from, goes_to, removed, unreachable, invited_at, last_mail, joined_at) = row[
        11:21
    ]
    guest = Guest(address, name, role, title, agency, agency_name, telephone, read_texts(aliases), read_texts(named_by))
    attendee = Attendee(
        attendee_id, guest, public_id, reply_token, serial, came_from, goes_to, bool(removed), row[21], row[22]
    )
    return StoredAttendee(attendee, meeting_id, invited_at, bool(unreachable), last_mail, joined_at)

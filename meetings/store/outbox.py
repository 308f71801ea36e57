"""The outbox: mail promised with what it tells of, claimed by the handover, handed to our relay, reported on.

A row holds inputs only; the bytes are made when it is claimed, the same for the same inputs. A claim is a lease: when
the claimer dies, the row is due again after it (or at once, by `release`), and the relay takes the repeat once, because
Message-ID and bytes are the same. Mails to one attendee leave in the order in which they were promised, so that no
update overtakes the invitation; a mail never tried that a newer one makes needless is withdrawn.

PostgreSQL: several hosts claim side by side (SKIP LOCKED).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from foundation.clock import from_microseconds
from foundation.journal import JSON, Entry, RecordType, append_many
from foundation.storage import Parameter, Row, Transaction
from foundation.storage.batches import change_rows, insert_rows, rows_among
from meetings.records import INVITATION_EXPIRED, INVITATION_REFUSED, INVITATION_SENT
from meetings.store.as_json import json_text, storable
from meetings.store.mail_values import Claimed, Promise, PromisedMail
from meetings.store.random_ids import random_ids

_COLUMNS = """id, meeting_id, attendee_id, address, purpose, sequence, recurrence_id, dtstamp, template, details, token,
  state, attempts, promised_at, next_attempt_at, handed_over_at, delivery, delivery_text, delivery_at,
  possible_duplicate"""
_INSERT = """
INSERT INTO promised (meeting_id, attendee_id, address, purpose, sequence, recurrence_id, dtstamp, template, details,
  token, state, attempts, promised_at, next_attempt_at, claimed_until, claimed_by, delivery, delivery_text,
  possible_duplicate)"""
_LAST_MAIL = "UPDATE attendee SET last_mail = given.mail FROM given WHERE attendee.id = given.id"
_WITHDRAW = """
UPDATE promised SET state = 'withdrawn' WHERE attendee_id IN {values} AND state = 'waiting' AND attempts = 0
  AND purpose IN ('request', 'delegation', 'reminder')"""
_WITHDRAW_UNTOLD = """
UPDATE promised SET state = 'withdrawn' WHERE attendee_id IN {values} AND state = 'waiting' AND attempts = 0
  AND purpose = 'neutral' RETURNING attendee_id, details"""
_WITHDRAW_MEETING = "UPDATE promised SET state = 'withdrawn', details = '{}' WHERE meeting_id = ? AND state = 'waiting'"
_SELECT_FAREWELLS = """
SELECT DISTINCT attendee_id FROM promised WHERE meeting_id = ? AND state = 'waiting' AND purpose = 'cancel'
  AND attendee_id IS NOT NULL"""
_BLANK_DETAILS = "UPDATE promised SET details = '{}' WHERE meeting_id = ?"
_DUE = """
SELECT id FROM promised WHERE state = 'waiting' AND next_attempt_at <= ? AND NOT EXISTS (
  SELECT 1 FROM promised AS earlier WHERE earlier.attendee_id = promised.attendee_id AND earlier.id < promised.id
    AND earlier.state = 'waiting')
ORDER BY next_attempt_at, id LIMIT ?"""
_SKIP = {"sqlite": "", "postgresql": " FOR UPDATE SKIP LOCKED"}
_SELECT_CLAIMABLE = """
SELECT id, token, address, purpose, attempts + 1, promised_at, claimed_until, meeting_id FROM promised
WHERE id IN {values} AND state = 'waiting'"""
_SELECT_WAITING = "SELECT 1 FROM promised WHERE id = ? AND state = 'waiting'"
_CLAIM = """
UPDATE promised SET attempts = attempts + 1, claimed_until = given.until, claimed_by = given.holder,
  next_attempt_at = given.until
FROM given WHERE promised.id = given.id AND promised.state = 'waiting'"""
_RELEASE = """
UPDATE promised SET next_attempt_at = ? WHERE state = 'waiting'
  AND ((claimed_until > 0 AND claimed_by = ?) OR promised_at > ?) RETURNING id"""
FACTS: Final = (
    "promised.id, meeting_id, attendee_id, address, purpose, sequence, recurrence_id, token, possible_duplicate"
)
"""What `record` must be told of a mail."""
_HAND_OVER = f"""
UPDATE promised SET state = 'handed_over', handed_over_at = given.at, claimed_until = 0, claimed_by = '',
  delivery = CASE WHEN delivery = 'deferred' THEN 'queued' ELSE delivery END, delivery_text = given.reply,
  possible_duplicate = given.duplicate
FROM given WHERE promised.id = given.id AND promised.state = 'waiting' RETURNING {FACTS}"""  # noqa: S608
_PUT_OFF = """
UPDATE promised SET next_attempt_at = given.due, claimed_until = 0, claimed_by = '', delivery = 'deferred',
  delivery_text = given.reply, delivery_at = given.at
FROM given WHERE promised.id = given.id AND promised.state = 'waiting'"""
_GIVE_UP = f"""
UPDATE promised SET state = given.state, claimed_until = 0, claimed_by = '', delivery = given.state,
  delivery_text = given.reply, delivery_at = given.at
FROM given WHERE promised.id = given.id AND promised.state = 'waiting' RETURNING {FACTS}"""  # noqa: S608
_SELECT_AMONG = f"SELECT {_COLUMNS} FROM promised WHERE id IN {{values}}"  # noqa: S608
_SELECT_OF_MEETING = f"SELECT {_COLUMNS} FROM promised WHERE meeting_id = ? ORDER BY id"  # noqa: S608
_SELECT_OF_ATTENDEE = f"SELECT {_COLUMNS} FROM promised WHERE attendee_id = ? ORDER BY id"  # noqa: S608
_SELECT_CANCELLATION = """
SELECT details FROM promised WHERE meeting_id = ? AND purpose = 'cancel' AND recurrence_id IN (?, 0)
ORDER BY id DESC"""
_NEXT_DUE = "SELECT min(next_attempt_at), count(*) FROM promised WHERE state = 'waiting'"
_COUNTS = "SELECT state, delivery, count(*) FROM promised GROUP BY state, delivery"
_SELECT_UIDS = "SELECT id, uid FROM meeting WHERE id IN {values}"

INVITING: Final = ("request", "delegation", "neutral", "cancel")
"""The purposes whose delivery is the delivery of a person's invitation."""


class HandedOver(NamedTuple):
    """Our relay took a mail. `possible_duplicate`: an earlier try may have succeeded and the relay could not tell."""

    id: int
    at: int
    reply: str = ""
    possible_duplicate: bool = False


class PutOff(NamedTuple):
    """Our relay could not be reached, or asked for another try at `next_attempt_at`."""

    id: int
    at: int
    next_attempt_at: int
    reply: str = ""


class Refused(NamedTuple):
    """Our relay refused a mail for good, or (`expired`) we gave up trying."""

    id: int
    at: int
    reply: str = ""
    expired: bool = False


def promise(transaction: Transaction, promises: Sequence[Promise]) -> list[int]:
    """Promise these mails; they leave when this unit of work is durable. Returns their ids in their order."""
    dice = random_ids(len(promises)) if promises else []
    tokens = [given.token or made for given, made in zip(promises, dice, strict=True)]
    rows: list[tuple[Parameter, ...]] = [
        (
            given.meeting_id,
            given.attendee_id,
            given.address,
            given.purpose,
            given.sequence,
            given.recurrence_id,
            given.dtstamp,
            given.template,
            json_text(given.details),
            token,
            "waiting",
            0,
            given.promised_at,
            given.due_at or given.promised_at,
            0,
            "",
            "queued",
            "",
            0,
        )
        for given, token in zip(promises, tokens, strict=True)
    ]
    insert_rows(transaction, _INSERT, rows)
    ids = _ids(transaction, tokens)
    last = {given.attendee_id: own for given, own in zip(promises, ids, strict=True) if given.purpose in INVITING}
    change_rows(
        transaction, _LAST_MAIL, "id bigint, mail bigint", [(who, own) for who, own in last.items() if who is not None]
    )
    return ids


def withdraw_superseded(transaction: Transaction, attendee_ids: Sequence[int]) -> None:
    """A newer mail to these people says it all: what was never tried needs not leave any more."""
    rows_among(transaction, _WITHDRAW, attendee_ids)


def withdraw_untold(transaction: Transaction, attendee_ids: Sequence[int]) -> frozenset[int]:
    """Withdraw what these attendees of a secret meeting were promised and nobody tried to send; the ids of those who
    were to hear of it for the first time."""
    withdrawn = rows_among(transaction, _WITHDRAW_UNTOLD, attendee_ids)
    return frozenset(attendee_id for attendee_id, details in withdrawn if "what" not in json.loads(details))


def waiting_farewells(transaction: Transaction, meeting_id: int) -> frozenset[int]:
    """The ids of the attendees to whom a CANCEL has yet to leave."""
    return frozenset(row[0] for row in transaction.execute(_SELECT_FAREWELLS, (meeting_id,)))


def withdraw_all(transaction: Transaction, meeting_id: int) -> None:
    """Nothing that waits may leave, and nothing readable stays of what mails were to say: the meeting is secret now."""
    transaction.execute(_WITHDRAW_MEETING, (meeting_id,))
    transaction.execute(_BLANK_DETAILS, (meeting_id,))


def claim_due(transaction: Transaction, now: int, limit: int, lease_until: int, holder: str) -> list[Claimed]:
    """Have up to `limit` due mails to oneself until `lease_until`; `holder` names the claimer for `release`."""
    found = transaction.execute(_DUE + _SKIP[transaction.dialect], (now, limit))
    rows = rows_among(transaction, _SELECT_CLAIMABLE, [row[0] for row in found])
    given = [(row[0], lease_until, holder) for row in rows]
    change_rows(transaction, _CLAIM, "id bigint, until bigint, holder text", given)
    return sorted((Claimed(*(*row[:6], row[6] > 0, row[7])) for row in rows), key=lambda one: one.id)


def is_waiting(transaction: Transaction, own: int) -> bool:
    """Whether this mail is still to leave; one that was claimed may have been withdrawn since."""
    return bool(transaction.execute(_SELECT_WAITING, (own,)))


def release(transaction: Transaction, holder: str, now: int) -> int:
    """What this holder claimed in an earlier life is due at once, and so is what was promised before the clock was set
    back, which would wait for that instant to come again; returns how many."""
    return len(transaction.execute(_RELEASE, (now, holder, now)))


def handed_over(transaction: Transaction, ended: Sequence[HandedOver]) -> None:
    """Our relay took these mails."""
    rows = [(own, at, storable(reply), int(twice)) for own, at, reply, twice in ended]
    changed = change_rows(transaction, _HAND_OVER, "id bigint, at bigint, reply text, duplicate bigint", rows)
    of = {own.id: own for own in ended}
    record(transaction, [(INVITATION_SENT, row, of[row[0]].reply, of[row[0]].at) for row in changed])


def put_off(transaction: Transaction, ended: Sequence[PutOff]) -> None:
    """These mails are tried again later."""
    rows = [(own, at, due, storable(reply)) for own, at, due, reply in ended]
    change_rows(transaction, _PUT_OFF, "id bigint, at bigint, due bigint, reply text", rows)


def refused(transaction: Transaction, ended: Sequence[Refused]) -> None:
    """These mails never leave."""
    rows = [(own, at, storable(reply), "expired" if expired else "refused") for own, at, reply, expired in ended]
    changed = change_rows(transaction, _GIVE_UP, "id bigint, at bigint, reply text, state text", rows)
    of = {own.id: own for own in ended}
    kinds = {True: INVITATION_EXPIRED, False: INVITATION_REFUSED}
    record(transaction, [(kinds[of[row[0]].expired], row, of[row[0]].reply, of[row[0]].at) for row in changed])


def load(transaction: Transaction, ids: Sequence[int]) -> dict[int, PromisedMail]:
    return {row[0]: _mail(row) for row in rows_among(transaction, _SELECT_AMONG, list(dict.fromkeys(ids)))}


def of_meeting(transaction: Transaction, meeting_id: int) -> list[PromisedMail]:
    """All mail of a meeting, in the order of promising."""
    return [_mail(row) for row in transaction.execute(_SELECT_OF_MEETING, (meeting_id,))]


def cancellation_reason(transaction: Transaction, meeting_id: int, recurrence_id: int) -> str:
    """The reason that the last cancellation of this occurrence or of the whole gave; not that of people removed."""
    for (text,) in transaction.execute(_SELECT_CANCELLATION, (meeting_id, recurrence_id)):
        details = json.loads(text)
        if not details.get("removed"):
            return str(details.get("reason", ""))
    return ""


def of_attendee(transaction: Transaction, attendee_id: int) -> list[PromisedMail]:
    return [_mail(row) for row in transaction.execute(_SELECT_OF_ATTENDEE, (attendee_id,))]


def next_due(transaction: Transaction) -> tuple[int | None, int]:
    """(when the next mail is due, how many wait)."""
    due, waiting = transaction.execute(_NEXT_DUE)[0]
    return due, int(waiting)


def counts(transaction: Transaction) -> dict[tuple[str, str], int]:
    """{(outbox state, delivery state): mails}, for the metrics."""
    return {(state, delivery): int(count) for state, delivery, count in transaction.execute(_COUNTS)}


def _ids(transaction: Transaction, tokens: Sequence[str]) -> list[int]:
    """Neither database promises an order of RETURNING, so the token tells which id is whose."""
    statement = "SELECT token, id FROM promised WHERE token IN {values}"
    of: dict[str, int] = {token: own for token, own in rows_among(transaction, statement, tokens)}  # noqa: C416
    return [of[token] for token in tokens]


def record(transaction: Transaction, ended: Iterable[tuple[RecordType, Row, str, int]]) -> None:
    """Write the journal's records of (kind, facts, reply, instant)."""
    listed = list(ended)
    found = rows_among(transaction, _SELECT_UIDS, list({facts[1] for _, facts, _, _ in listed}))
    uids: dict[int, str] = {own: uid for own, uid in found}  # noqa: C416
    append_many(transaction, [_entry(kind, facts, uids, reply, at) for kind, facts, reply, at in listed])


def _entry(kind: RecordType, facts: Row, uids: dict[int, str], reply: str, at: int) -> Entry:
    _, meeting_id, attendee_id, address, purpose, sequence, recurrence_id, token, twice = facts
    public: dict[str, JSON] = {
        "meeting": uids.get(meeting_id, ""),
        "attendee": attendee_id or 0,
        "purpose": purpose,
        "sequence": sequence,
    }
    if recurrence_id:
        public["occurrence"] = recurrence_id
    if twice:
        public["possible_duplicate"] = True
    private: dict[str, JSON] = {"address": address, "token": token, "reply": storable(reply)}
    return Entry(kind, public, {"mail": private}, from_microseconds(at))


def _mail(row: Row) -> PromisedMail:
    columns = list(row)
    columns[9] = json.loads(row[9])
    columns[19] = bool(row[19])
    return PromisedMail(*columns)

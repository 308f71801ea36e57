"""The provisioner's words in the journal, and how runs and changes become records.

The closed set below is what an auditor reads. Everything personal of a change (who, which entry, which address, what
stood there before and after) is one private field, so that erasing a person leaves the record and its proof intact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from foundation.directory import schema
from foundation.journal import JSON, Entry, RecordType, Vocabulary, append, append_many
from foundation.storage import Transaction
from provisioner import store
from provisioner.changes import Change
from provisioner.store import RunStart, StoredChange

_RUN = {"run": "number of the run"}
_CHANGE_PUBLIC = {
    **_RUN,
    "kind": "person, agency, role_mailbox, list or reservation",
    "action": "what was done to the entry",
}
_CHANGE_PRIVATE = {
    "change": "employee_id (or agency code), dn, address, agency, and the attributes before and after",
}


def _change_type(name: str, meaning: str) -> RecordType:
    return RecordType(name, 1, meaning, _CHANGE_PUBLIC, _CHANGE_PRIVATE)


RUN_STARTED = RecordType(
    "run.started",
    1,
    "A run began to write. Forced limits and the reason are part of the record.",
    {
        **_RUN,
        "command": "sync, adopt or reservations",
        "plan_id": "SHA-256 over the changes, first 16 hex digits",
        "source": "which personnel register the roster belongs to",
        "scope": "full, or agency:CODE",
        "roster_sha256": "SHA-256 of the roster file, empty for adopt",
        "roster_rows": "data rows of the roster",
        "forced": "limits that were overridden",
    },
    {"reason": "why limits were overridden"},
)
RUN_FINISHED = RecordType(
    "run.finished",
    1,
    "A run came to its end: `incomplete` when some changes failed, `interrupted` when the next run had to settle it.",
    {**_RUN, "state": "finished, incomplete or interrupted", "applied": "changes made, by kind/action"},
)
ACCOUNT_CREATED = _change_type("account.created", "A mailbox entry was created for a person.")
ACCOUNT_UPDATED = _change_type("account.updated", "Details of a person's entry changed; the address did not.")
ACCOUNT_RENAMED = _change_type("account.renamed", "A person got another address; the old one stays as an alias.")
ACCOUNT_MOVED = _change_type("account.moved", "A person's main post is in another agency now.")
ACCOUNT_SUSPENDED = _change_type("account.suspended", "A person's account was suspended.")
ACCOUNT_RESTORED = _change_type("account.restored", "A suspended account was opened again.")
ACCOUNT_ADOPTED = _change_type("account.adopted", "An existing account came under management.")
AGENCY_CHANGED = _change_type("agency.changed", "An agency's entry was created or changed.")
ROLE_MAILBOX_CHANGED = _change_type("role_mailbox.changed", "A role mailbox was created, or its owners changed.")
LIST_CHANGED = _change_type("list.changed", "A list was created, or its members changed.")
ADDRESS_RESERVED = _change_type("address.reserved", "An address of a merged province is never given again.")

VOCABULARY = Vocabulary(
    RUN_STARTED,
    RUN_FINISHED,
    ACCOUNT_CREATED,
    ACCOUNT_UPDATED,
    ACCOUNT_RENAMED,
    ACCOUNT_MOVED,
    ACCOUNT_SUSPENDED,
    ACCOUNT_RESTORED,
    ACCOUNT_ADOPTED,
    AGENCY_CHANGED,
    ROLE_MAILBOX_CHANGED,
    LIST_CHANGED,
    ADDRESS_RESERVED,
)

_OF_PERSON: Mapping[str, RecordType] = {
    "create": ACCOUNT_CREATED,
    "update": ACCOUNT_UPDATED,
    "rename": ACCOUNT_RENAMED,
    "move": ACCOUNT_MOVED,
    "suspend": ACCOUNT_SUSPENDED,
    "restore": ACCOUNT_RESTORED,
    "adopt": ACCOUNT_ADOPTED,
}
_OF_OTHERS: Mapping[str, RecordType] = {
    "agency": AGENCY_CHANGED,
    "role_mailbox": ROLE_MAILBOX_CHANGED,
    "list": LIST_CHANGED,
    "reservation": ADDRESS_RESERVED,
}


def begin(transaction: Transaction, start: RunStart, at: int) -> int:
    """Record that a run begins, in the tables and in the journal; returns its number."""
    run = store.start_run(transaction, start, at)
    public: dict[str, JSON] = {
        "run": run,
        "command": start.command,
        "plan_id": start.plan_id,
        "source": start.source,
        "scope": start.scope,
        "roster_sha256": start.roster.sha256,
        "roster_rows": start.roster.rows,
        "forced": list(start.forced),
    }
    append(transaction, RUN_STARTED, public, {"reason": start.reason})
    return run


def end(transaction: Transaction, run: int, state: str, applied: Counter[tuple[str, str]], at: int) -> None:
    """Record how a run ended."""
    store.finish_run(transaction, run, state, at)
    _ended(transaction, run, state, applied)


def interrupted(transaction: Transaction, run: int, applied: Counter[tuple[str, str]]) -> None:
    """Record the end of a run that was killed, once its open changes are settled."""
    _ended(transaction, run, "interrupted", applied)


def _ended(transaction: Transaction, run: int, state: str, applied: Counter[tuple[str, str]]) -> None:
    counts: dict[str, JSON] = {f"{kind}/{action}": count for (kind, action), count in sorted(applied.items())}
    append(transaction, RUN_FINISHED, {"run": run, "state": state, "applied": counts})


def changed(transaction: Transaction, run: int, changes: Iterable[Change]) -> None:
    """One record for each change that was made."""
    append_many(transaction, [_entry(run, change) for change in changes])


def settled(transaction: Transaction, change: StoredChange, outcome: str) -> None:
    """The record that an interrupted run still owes for a change found done."""
    if outcome != "done":
        return
    private = _private(change.employee_id, change.dn, change.address, change.agency, change.before, change.after)
    append(transaction, _type(change.kind, change.action), _public(change.run_id, change.kind, change.action), private)


def _entry(run: int, change: Change) -> Entry:
    private = _private(change.employee_id, change.dn, change.address, change.agency, change.before, change.after)
    return Entry(_type(change.kind, change.action), _public(run, change.kind, change.action), private)


def _type(kind: str, action: str) -> RecordType:
    return _OF_PERSON[action] if kind == "person" else _OF_OTHERS[kind]


def _public(run: int, kind: str, action: str) -> dict[str, JSON]:
    return {"run": run, "kind": kind, "action": action}


def _private(
    employee_id: str,
    dn: str,
    address: str,
    agency: str,
    before: Mapping[str, Iterable[str]],
    after: Mapping[str, Iterable[str]],
) -> dict[str, JSON]:
    return {
        "change": {
            "employee_id": employee_id,
            "dn": dn,
            "address": address,
            "agency": agency,
            "before": {name: [*values] for name, values in before.items()},
            "after": {name: [*values] for name, values in after.items()},
        }
    }


def issued(changes: Iterable[Change], source: str) -> Iterator[tuple[str, str]]:
    """The (digest, owner) pairs that these changes reserve: owner is the person key, or the name of a group."""
    for change in changes:
        owner = f"{source}:{change.employee_id}" if change.kind == "person" else change.dn
        for digest in change.after.get(schema.ADDRESS_HASH, ()):
            if digest not in change.before.get(schema.ADDRESS_HASH, ()):
                yield digest, owner

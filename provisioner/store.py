"""The provisioner's only SQL: runs, the changes of each run, and the addresses ever issued.

Functions take a transaction (see `foundation.storage.protocol`) so that callers decide what becomes durable together.
Instants are integer microseconds. What the directory knows is never asked here: if this database is lost, people lose
nothing but the history and the limits over time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from foundation.storage import Transaction
from provisioner.changes import Change
from provisioner.limits import limit_weight


@dataclass(frozen=True, slots=True)
class RosterFacts:
    """What a run remembers of its roster, to recognise an older one or one that lost a column."""

    sha256: str = ""
    rows: int = 0
    columns: tuple[str, ...] = ()
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run as it begins."""

    plan_id: str
    command: str
    source: str
    scope: str
    roster: RosterFacts
    forced: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StoredChange:
    """One row of `change`, values as they were written."""

    run_id: int
    position: int
    kind: str
    action: str
    employee_id: str
    agency: str
    dn: str
    address: str
    before: Mapping[str, list[str]]
    after: Mapping[str, list[str]]
    why: tuple[str, str]
    outcome: str | None
    detail: str
    planned_at: int
    settled_at: int | None


_COLUMNS = (
    "run_id, position, kind, action, employee_id, agency, dn, address, before, after, why, outcome, detail,"
    " planned_at, settled_at"
)


def start_run(transaction: Transaction, run: RunStart, at: int) -> int:
    """Record that a run begins and return its number."""
    rows = transaction.execute(
        "INSERT INTO run (plan_id, command, source, scope, state, started_at, roster_sha256, roster_rows,"
        " roster_columns, roster_as_of, forced, reason) VALUES (?, ?, ?, ?, 'started', ?, ?, ?, ?, ?, ?, ?)"
        " RETURNING id",
        (
            run.plan_id,
            run.command,
            run.source,
            run.scope,
            at,
            run.roster.sha256,
            run.roster.rows,
            json.dumps(run.roster.columns),
            run.roster.as_of,
            json.dumps(run.forced),
            run.reason,
        ),
    )
    return int(rows[0][0])


def finish_run(transaction: Transaction, run_id: int, state: str, at: int) -> None:
    """Record how a run ended."""
    transaction.execute("UPDATE run SET state = ?, finished_at = ? WHERE id = ?", (state, at, run_id))


def add_intents(transaction: Transaction, run_id: int, first: int, changes: Iterable[Change], at: int) -> None:
    """Write down what is about to be done, with what stands there now."""
    transaction.execute_many(
        "INSERT INTO change (run_id, position, kind, action, employee_id, agency, dn, address, before, after, why,"
        " weight, planned_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                run_id,
                position,
                change.kind,
                change.action,
                change.employee_id,
                change.agency,
                change.dn,
                change.address,
                _json(change.before),
                _json(change.after),
                _json(change.why),
                limit_weight(change),
                at,
            )
            for position, change in enumerate(changes, first)
        ],
    )


def add_outcomes(transaction: Transaction, run_id: int, outcomes: Iterable[tuple[int, str, str]], at: int) -> None:
    """Complete changes: (position, outcome, detail)."""
    transaction.execute_many(
        "UPDATE change SET outcome = ?, detail = ?, settled_at = ? WHERE run_id = ? AND position = ?",
        [(outcome, detail, at, run_id, position) for position, outcome, detail in outcomes],
    )


def remember_issued(transaction: Transaction, issued: Iterable[tuple[str, str]]) -> None:
    """Add (digest, owner) to the register; a digest that is there keeps its first owner."""
    transaction.execute_many(
        "INSERT INTO issued_address (digest, owner) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING", list(issued)
    )


def issued_addresses(transaction: Transaction) -> dict[str, str]:
    """The whole register: {digest: owner}."""
    return {str(row[0]): str(row[1]) for row in transaction.execute("SELECT digest, owner FROM issued_address")}


def unsettled(transaction: Transaction) -> list[StoredChange]:
    """Changes whose outcome a crash or a lost connection left unknown."""
    rows = transaction.execute(f"SELECT {_COLUMNS} FROM change WHERE outcome IS NULL ORDER BY run_id, position")  # noqa: S608
    return [_stored(row) for row in rows]


def close_abandoned_runs(transaction: Transaction, at: int) -> list[int]:
    """Mark runs that never finished, and return them; called by whoever holds the lock, so none is still going."""
    rows = transaction.execute(
        "UPDATE run SET state = 'interrupted', finished_at = ? WHERE state = 'started' RETURNING id", (at,)
    )
    return sorted(int(row[0]) for row in rows)


def done_counts(transaction: Transaction, run_id: int) -> Counter[tuple[str, str]]:
    """How many changes of each kind and action a run really made."""
    rows = transaction.execute(
        "SELECT kind, action, COUNT(*) FROM change WHERE run_id = ? AND outcome = 'done' GROUP BY kind, action",
        (run_id,),
    )
    return Counter({(str(kind), str(action)): int(count) for kind, action, count in rows})


def was_begun(transaction: Transaction, plan_id: str) -> bool:
    """Whether a run of this very plan was begun, so that some or all of it may stand in the directory."""
    return bool(transaction.execute("SELECT 1 FROM run WHERE plan_id = ? LIMIT 1", (plan_id,)))


def last_roster(transaction: Transaction, source: str, scope: str) -> RosterFacts | None:
    """The roster of the newest sync that came to its end."""
    rows = transaction.execute(
        "SELECT roster_sha256, roster_rows, roster_columns, roster_as_of FROM run WHERE command = 'sync'"
        " AND state IN ('finished', 'incomplete') AND source = ? AND scope = ? ORDER BY id DESC LIMIT 1",
        (source, scope),
    )
    if not rows:
        return None
    sha256, count, columns, as_of = rows[0]
    return RosterFacts(sha256, int(count), tuple(json.loads(columns)), as_of)


def was_applied_before(transaction: Transaction, source: str, scope: str, sha256: str) -> bool:
    """Whether a finished sync already used a roster with exactly these bytes."""
    rows = transaction.execute(
        "SELECT 1 FROM run WHERE command = 'sync' AND state IN ('finished', 'incomplete') AND source = ? AND scope = ?"
        " AND roster_sha256 = ? LIMIT 1",
        (source, scope, sha256),
    )
    return bool(rows)


def recent_counts(transaction: Transaction, source: str, since: int) -> dict[str, int]:
    """What runs did since an instant, by the type under which limits count it."""
    rows = transaction.execute(
        "SELECT change.kind, change.action, SUM(change.weight) FROM change JOIN run ON run.id = change.run_id"
        " WHERE change.outcome = 'done' AND change.action NOT IN ('create', 'adopt') AND change.settled_at >= ?"
        " AND run.source = ? GROUP BY change.kind, change.action",
        (since, source),
    )
    counts: dict[str, int] = {}
    for kind, action, weight in rows:
        name = str(action) if kind == "person" else str(kind)
        counts[name] = counts.get(name, 0) + int(weight)
    return counts


def history(transaction: Transaction, dn: str) -> list[StoredChange]:
    """What was done to one entry, newest last."""
    rows = transaction.execute(
        f"SELECT {_COLUMNS} FROM change WHERE dn = ? ORDER BY run_id, position",  # noqa: S608
        (dn,),
    )
    return [_stored(row) for row in rows]


def applied_values(transaction: Transaction) -> Iterator[tuple[str, dict[str, tuple[str, ...]]]]:
    """What we last wrote to each entry: (name, managed attributes), folded from all changes that were done."""
    rows = transaction.execute("SELECT dn, after FROM change WHERE outcome = 'done' ORDER BY dn, run_id, position")
    current, values = "", dict[str, tuple[str, ...]]()
    for dn, after in rows:
        if dn != current:
            if current:
                yield current, values
            current, values = str(dn), {}
        values.update({name: tuple(found) for name, found in json.loads(after).items()})
    if current:
        yield current, values


def has_runs(transaction: Transaction) -> bool:
    """Whether anything was ever applied; an empty database beside a full directory has lost its memory."""
    return bool(transaction.execute("SELECT 1 FROM run LIMIT 1"))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _stored(row: tuple[Any, ...]) -> StoredChange:
    values = list(row)
    values[8], values[9], values[10] = json.loads(row[8]), json.loads(row[9]), tuple(json.loads(row[10]))
    return StoredChange(*values)

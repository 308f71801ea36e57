"""Safety limits: how many changes of one type a run may make, in all, in one agency and within a few days.

exceeded = count > max(floor, percent of the base). Creates are never limited. The names are what `--force` takes:
`suspend` (the run), `suspend.agency:SXD` (one agency), `suspend.week` (the window with what earlier runs did), and the
guards of the roster itself, `roster_older` and `roster_columns`. Forcing a type forces it on every scale. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from foundation.errors import LimitExceeded, UsageError
from foundation.language import Text
from provisioner.changes import Change, Limit, Population
from provisioner.settings import Limits

PERSON_TYPES = ("suspend", "rename", "move", "restore", "update")
_NAMED = 5
"""How many exceeded limits an error names: enough to see which kind, short enough to read."""

GUARDS = ("roster_older", "roster_columns")


def limit_type(change: Change) -> str | None:
    """Under which limit a change counts, None when it is never limited."""
    if change.action in ("create", "adopt") or not change.limited:
        return None
    return change.action if change.kind == "person" else change.kind


def limit_weight(change: Change) -> int:
    """How much a change counts: the members that a group loses, one for everything else, nothing if never limited."""
    if limit_type(change) is None:
        return 0
    return change.lost if change.kind in ("list", "role_mailbox") else 1


def count(changes: Iterable[Change]) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Changes by type, and people's changes by (type, agency); lists and role mailboxes count the members they lose."""
    total: Counter[str] = Counter()
    by_agency: Counter[tuple[str, str]] = Counter()
    for change in changes:
        kind = limit_type(change)
        if kind is None:
            continue
        total[kind] += limit_weight(change)
        if change.kind == "person":
            by_agency[kind, change.agency] += 1
    return total, by_agency


def evaluate(
    changes: Sequence[Change], population: Population, limits: Limits, recent: Mapping[str, int]
) -> list[Limit]:
    """Every limit of the run and every limit of an agency that something counts against.

    `recent` is what finished runs did within the window, by type.
    """
    total, by_agency = count(changes)
    found = []
    for kind in (*PERSON_TYPES, "agency", "role_mailbox", "list"):
        allowed = _allowed(limits, kind, _base(kind, population))
        found.append(Limit(kind, total[kind], allowed))
        if limits.window_days and recent.get(kind):
            found.append(Limit(f"{kind}.week", total[kind] + (recent[kind] if total[kind] else 0), allowed))
    if limits.per_agency:
        for (kind, agency), value in sorted(by_agency.items()):
            allowed = _allowed(limits, kind, population.by_agency.get(agency, 0))
            found.append(Limit(f"{kind}.agency:{agency}", value, allowed))
    return found


def _base(kind: str, population: Population) -> int:
    return {
        "agency": population.agencies,
        "role_mailbox": population.occupancies,
        "list": population.memberships,
    }.get(kind, population.people)


def _allowed(limits: Limits, kind: str, base: int) -> int:
    rule = limits.rule(kind)
    return max(rule.floor, int(base * rule.percent / 100))


def unforced(limits: Iterable[Limit], forced: Iterable[str]) -> list[Limit]:
    """The exceeded limits that no `--force` covers."""
    names = set(forced)
    return [limit for limit in limits if limit.exceeded and not {limit.name, limit.name.partition(".")[0]} & names]


def check_names(forced: Iterable[str], limits: Iterable[Limit]) -> None:
    """Refuse a `--force` that names no limit, so that a misspelt one does not pass for a decision."""
    known = {limit.name for limit in limits} | {limit.name.partition(".")[0] for limit in limits} | set(GUARDS)
    unknown = sorted(set(forced) - known)
    if unknown:
        raise UsageError(
            Text("--force: không có giới hạn {names}", "--force: no limit is called {names}").format(
                names=", ".join(unknown)
            ),
            Text("các giới hạn: {names}", "the limits: {names}").format(names=", ".join(sorted(known))),
        )


def refuse(exceeded: Sequence[Limit]) -> LimitExceeded:
    """The error that says which limits stop the run and how to go on if the change is really meant."""
    first = sorted(exceeded, key=lambda limit: ".agency:" in limit.name)[:_NAMED]
    lines = "; ".join(f"{limit.name}: {limit.value} > {limit.limit}" for limit in first)
    lines += " …" if len(exceeded) > _NAMED else ""
    force = " ".join(f"--force {name}" for name in dict.fromkeys(limit.name.partition(".")[0] for limit in exceeded))
    return LimitExceeded(
        Text(
            "vượt giới hạn an toàn, chưa ghi gì: {lines}", "a safety limit is exceeded, nothing was written: {lines}"
        ).format(lines=lines),
        Text(
            "kiểm tra lại danh sách (thiếu dòng? bản cũ?); nếu đúng ý định: {force} --reason 'lý do'",
            "check the roster (rows missing? an old copy?); if it is really meant: {force} --reason 'why'",
        ).format(force=force),
    )

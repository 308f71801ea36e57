"""From files on disk to a plan that may be shown: read, check, compare, measure against the limits.

This is the order that every command shares, so `plan` and `sync` cannot see different things. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from foundation import clock
from foundation.directory.entries import Entry
from foundation.errors import Problem
from foundation.language import Text
from provisioner import limits, store
from provisioner.changes import Limit, Plan, Population
from provisioner.people import Agency
from provisioner.planning.attributes import agency_from
from provisioner.planning.planner import Planner, Wanted
from provisioner.roster import read_agencies, read_roster
from provisioner.roster.roster import Roster
from provisioner.roster.settings import RosterSettings
from provisioner.roster.table_file import read_file
from provisioner.settings import Settings
from provisioner.store import RosterFacts
from provisioner.workbench import Workbench


@dataclass(slots=True)
class Prepared:
    """A plan with what it was made from."""

    plan: Plan
    roster: Roster
    agencies_file: Path | None
    agencies_sha256: str

    @property
    def facts(self) -> RosterFacts:
        """What a run remembers of this roster."""
        as_of = self.roster.as_of.isoformat() if self.roster.as_of else ""
        return RosterFacts(self.roster.sha256, self.roster.rows, tuple(sorted(self.roster.columns)), as_of)


def prepare(
    bench: Workbench,
    roster_file: Path,
    agencies_file: Path | None,
    *,
    bind: bool = False,
    progress: Callable[[int], None] = lambda count: None,
) -> Prepared:
    """Read the files, then plan against the directory. With problems that stop, the plan has no changes.

    `bind` makes the plan fit for a plan file. Raises UsageError, ConfigError, Unreachable, StorageError, InputError.
    """
    settings = bench.settings
    for file in (roster_file, agencies_file):
        if file is not None:
            read_file(file)  # a missing or empty file is said before any server is asked
    database = bench.database
    planner = Planner(
        bench.directory,
        settings,
        bench.keys,
        bench.today,
        lambda: database.read(store.issued_addresses),
        bind,
        progress,
    )
    live = planner.live_agencies()
    inputs = read_inputs(bench, roster_file, agencies_file, live)
    roster = inputs.roster
    problems = [*inputs.problems, *roster.problems]
    if any(problem.stops for problem in problems):
        return Prepared(Plan([], problems, Population()), roster, inputs.agencies_file, inputs.agencies_sha256)
    wanted = Wanted(
        roster.people,
        inputs.agencies,
        inputs.agencies_given,
        roster.waiting_ids,
        roster.confirmed_names,
        frozenset(roster.columns),
        problems,
    )
    plan = planner.plan(wanted, live)
    prepared = Prepared(plan, roster, inputs.agencies_file, inputs.agencies_sha256)
    if plan.stops:
        plan.changes = []
    else:
        measure(bench, plan, prepared.facts)
    return prepared


@dataclass(slots=True)
class Inputs:
    """What the files say: the roster, and the agencies (from a file, the directory, or the roster's own columns)."""

    roster: Roster
    agencies: Mapping[str, Agency]
    agencies_given: Mapping[str, Agency]
    agencies_file: Path | None
    agencies_sha256: str
    problems: list[Problem]


def read_inputs(
    bench: Workbench, roster_file: Path, agencies_file: Path | None, live: Mapping[str, Entry] | None = None
) -> Inputs:
    """Read the agencies file, if there is one, and the roster; `problems` are those of the agencies."""
    reading = roster_settings(bench)
    agencies_file = agencies_file or bench.configuration.roster.agencies
    if live is None:
        live = Planner(bench.directory, bench.settings, bench.keys, bench.today).live_agencies()
    given: dict[str, Agency] = {}
    sha256, problems = "", list[Problem]()
    if agencies_file is not None:
        found = read_agencies(agencies_file, reading)
        given, sha256, problems = found.agencies, found.sha256, found.problems
    known: Mapping[str, Agency] = {**_live_agencies(live), **given}
    roster = read_roster(roster_file, reading, known or None, bench.today)
    if roster.derived_agencies:
        given = roster.derived_agencies
        known = given
    return Inputs(roster, known, given, agencies_file, sha256, problems)


def roster_settings(bench: Workbench) -> RosterSettings:
    """How the [roster] section says files are read."""
    section = bench.configuration.roster
    return RosterSettings(
        source=section.source,
        columns=section.columns,
        status=section.status,
        encoding=section.encoding,
        answers=section.answers,
        sheet=section.sheet,
        scope_agency=bench.settings.scope_agency,
    )


def _live_agencies(live: Mapping[str, Entry]) -> dict[str, Agency]:
    """The agencies of the directory; one without a label of its own uses its code."""
    found = {}
    for code, entry in live.items():
        agency = agency_from(entry.attributes)
        found[code] = agency if agency.label else replace(agency, label=code.lower())
    return found


def measure(bench: Workbench, plan: Plan, roster: RosterFacts) -> None:
    """Fill in the limits; warns when we have no memory of earlier runs although people are there already."""
    settings = bench.settings
    since = clock.microseconds(clock.now() - timedelta(days=settings.limits.window_days))
    recent = bench.database.read(lambda transaction: store.recent_counts(transaction, settings.source, since))
    plan.limits = [
        *limits.evaluate(plan.changes, plan.population, settings.limits, recent),
        *_guards(bench, settings, roster),
    ]
    if plan.population.people > 0 and not bench.database.read(store.has_runs):
        plan.problems.append(
            Problem(
                "warning",
                Text(
                    "cơ sở dữ liệu chưa ghi lần chạy nào: giới hạn theo thời gian tính lại từ đầu",
                    "the database knows of no earlier run: limits over time start afresh",
                ),
                hint=Text("nếu vừa mất cơ sở dữ liệu, hãy khôi phục bản sao lưu", "if it was lost, restore the backup"),
            )
        )


def _guards(bench: Workbench, settings: Settings, roster: RosterFacts) -> list[Limit]:
    """Is this an older roster than the last one, or has it lost a column?"""
    database = bench.database
    last = database.read(lambda transaction: store.last_roster(transaction, settings.source, settings.scope))
    if last is None:
        return [Limit("roster_older", 0, 0), Limit("roster_columns", 0, 0)]
    older = 0
    if last.sha256 != roster.sha256:
        repeated = database.read(
            lambda transaction: store.was_applied_before(transaction, settings.source, settings.scope, roster.sha256)
        )
        older = int(repeated or _states_earlier_day(roster.as_of, last.as_of))
    lost = set(last.columns) - set(roster.columns)
    return [Limit("roster_older", older, 0), Limit("roster_columns", len(lost), 0)]


def _states_earlier_day(as_of: str, last: str) -> bool:
    return bool(as_of and last and as_of < last)

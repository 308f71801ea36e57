"""What of a week `meetings week` is asked for, and what it finds in the tables, beside the daemon.

When the directory is away, nobody knows who the leaders are, and what was issued last is found instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from foundation.command_line import tell
from foundation.errors import CongvuError, UsageError
from foundation.language import Text
from meetings.commands.asking import tell_warnings
from meetings.commands.reading import read
from meetings.names import is_called

if TYPE_CHECKING:
    from foundation.config.sections import Configuration
    from foundation.storage import Transaction
    from meetings.desk.week import Present
    from meetings.meeting import Guest
    from meetings.week.iso_week import IsoWeek
    from meetings.week.page import LogEntry


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the week is wanted. `leaders` None: the directory did not answer."""

    week: IsoWeek
    cut: str
    leaders: tuple[Guest, ...] | None
    log: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What the tables say of it."""

    present: Present
    log: tuple[LogEntry, ...]
    took_ms: float


def leaders_of(configuration: Configuration) -> tuple[Guest, ...] | None:
    """Whose schedule it is; None, with a word, when the directory does not say."""
    from foundation.config.of_service import directory_connection
    from meetings.configuration import settings_from
    from meetings.service import SERVICE

    settings = settings_from(configuration)
    if not settings.week_leaders:
        return ()
    from foundation.directory.ldap import connect
    from meetings.people.lookup import People

    try:
        with connect(directory_connection(configuration, SERVICE)) as directory:
            people = People(
                directory,
                settings.directory,
                settings.domains,
                settings.leader_lists,
                settings.limits.attendees,
                settings.timezone,
            )
            leaders, problems = people.expand(settings.week_leaders, "REQ-PARTICIPANT", "meetings.week.leaders")
    except CongvuError as error:
        tell(
            Text(
                "không tra được danh bạ ({why}): hiện bản đã ban hành",
                "the directory cannot be asked ({why}): showing what was issued last",
            ).format(why=error.message),
            "yellow",
        )
        return None
    tell_warnings([replace(problem, severity="warning") for problem in problems])
    return leaders


def leader_address(named: str, leaders: tuple[Guest, ...] | None) -> str:
    """The address by which the rows know this leader. Raises UsageError for somebody who is none."""
    wanted = named.strip().lower()
    if leaders is None:
        return wanted
    for leader in leaders:
        if wanted in leader.aliases or is_called(wanted, leader.address, leader.name):
            return leader.address
    raise UsageError(
        Text("{who} không phải lãnh đạo của lịch tuần", "{who} is no leader of the schedule").format(who=wanted[:200]),
        Text("khai ở [meetings.week] leaders", "they are set in [meetings.week] leaders"),
    )


def find(asked: Asked, configuration: Configuration) -> Found:
    """The week as it is now, or without leaders as it was issued. Raises StorageError."""
    from meetings.configuration import settings_from
    from meetings.desk import week as desk

    timezone, room = configuration.organisation.timezone, settings_from(configuration).room

    def work(transaction: Transaction) -> tuple[Present, tuple[LogEntry, ...]]:
        found = (
            desk.present(transaction, asked.week, timezone, asked.leaders, room)
            if asked.leaders is not None
            else desk.as_issued(transaction, asked.week, timezone)
        )
        return found, desk.log(transaction, asked.week, timezone, asked.cut) if asked.log else ()

    (found, log), took_ms = read(work)
    return Found(found, log, took_ms)

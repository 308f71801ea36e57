"""`meetings week`: the weekly work schedule (lịch công tác tuần): to read, to print, to import, to issue.

Reading looks at the meetings as they are now and says how far that is issued; issuing is the daemon's work.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from foundation import clock
from foundation.command_line import command, emit_json, invocation, tell
from foundation.errors import UsageError
from foundation.language import Text
from foundation.terminal import counted
from meetings.commands.asking import ask, tell_warnings, warnings_of, while_it_works
from meetings.commands.options import takes_yes

if TYPE_CHECKING:
    from foundation.config.sections import Configuration
    from meetings.commands.week_forms import Format
    from meetings.week.iso_week import IsoWeek

_PUBLISHED_MODE: Final = 0o644
"""A schedule is made to be read by others."""
_LEADER: Final = Text("lãnh đạo", "leader")
_CHANGE: Final = Text("thay đổi", "change")
_MEETING: Final = Text("cuộc họp", "meeting")
_FOUND_CHANGES: Final = 3


@command(
    "week",
    Text("Lịch công tác tuần: xem, in, nhập vào lịch, ban hành.", "The weekly schedule: read, print, import, issue."),
    Text(
        "Không có cờ: lịch tuần này như hiện có. --public: phần công khai; --leader: phần của một lãnh đạo. --issue "
        "ban hành (lần đầu, sau đó là điều chỉnh lần n) và chỉ gửi thư cho lãnh đạo có thay đổi; không có gì khác lần "
        "trước thì không ban hành. Trang web /week/2026-W48 chỉ hiện bản đã ban hành.",
        "Without flags: this week as it is now. --public: the public part; --leader: one leader's. --issue issues it "
        "(first, then adjustment n) and mails only the leaders whom a change concerns; what is as it was is not issued "
        "again. The page /week/2026-W48 shows only what was issued.",
    ),
)
@click.option("--week", "named", default="this", help="2026-W48, 48, this, next, last. / Which week.")
@click.option("--leader", default="", help="Địa chỉ hoặc họ tên một lãnh đạo. / A leader's address or name.")
@click.option("--public", is_flag=True, help="Phần công khai. / The public part.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "html", "pdf", "ics"]),
    default="text",
    help="Dạng của lịch. / What to make of it.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Ghi vào tệp này. / Write to this file.")
@click.option("--issue", is_flag=True, help="Ban hành và báo cho lãnh đạo. / Issue it and tell the leaders.")
@click.option("--dry-run", is_flag=True, help="Với --issue: chỉ nói sẽ làm gì. / With --issue: only say what would be.")
@click.option("--log", is_flag=True, help="Các lần điều chỉnh. / What each adjustment changed.")
@takes_yes
def week(
    named: str, leader: str, public: bool, kind: Format, out: Path | None, issue: bool, dry_run: bool, log: bool
) -> int:
    """Check the flags, then read or issue."""
    configuration = invocation().configuration
    wanted = _week(named, configuration)
    _refuse_odd(leader, public, kind, out, issue, dry_run)
    if issue:
        return _issue(wanted, dry_run)
    from meetings.commands import week_forms, week_reading

    leaders = week_reading.leaders_of(configuration)
    cut = "public" if public else week_reading.leader_address(leader, leaders) if leader else "full"
    asked = week_reading.Asked(wanted, cut, leaders, log)
    found = week_reading.find(asked, configuration)
    if invocation().json:
        emit_json(week_forms.as_json(asked, found))
        return 0
    _give(week_forms.made(asked, found, kind, configuration), kind, out)
    return 0


def _week(named: str, configuration: Configuration) -> IsoWeek:
    from meetings.week.iso_week import IsoWeek

    found = IsoWeek.parse(named, clock.today(configuration.organisation.timezone))
    if found is None:
        raise UsageError(
            Text("không có tuần {week}", "there is no week {week}").format(week=named[:20]),
            Text("viết 2026-W48, this, next hoặc last", "write 2026-W48, this, next or last"),
        )
    return found


def _refuse_odd(leader: str, public: bool, kind: Format, out: Path | None, issue: bool, dry_run: bool) -> None:
    """Flags that contradict each other. Raises UsageError."""
    if leader and public:
        raise UsageError(Text("dùng --leader hoặc --public", "use --leader or --public"))
    if issue and (leader or public or kind != "text" or out):
        raise UsageError(
            Text("--issue ban hành cả tuần: không dùng với cờ xem", "--issue issues the whole week: no reading flags")
        )
    if dry_run and not issue:
        raise UsageError(Text("--dry-run đi với --issue", "--dry-run goes with --issue"))
    if invocation().json and (kind != "text" or out):
        raise UsageError(Text("dùng --json hoặc --format, --out", "use --json, or --format and --out"))
    if kind == "pdf" and out is None and sys.stdout.isatty():
        raise UsageError(
            Text("tệp PDF không hiện được ở màn hình", "a PDF cannot be shown on a terminal"),
            Text("thêm --out lich.pdf", "add --out week.pdf"),
        )


# ---- issuing ---------------------------------------------------------------------------------------------------------


def _issue(wanted: IsoWeek, dry_run: bool) -> int:
    with while_it_works(Text("đang ban hành lịch tuần", "issuing the schedule")):
        answer = ask("week_issue", week=str(wanted), check=dry_run)
    from meetings.week.as_json import spoken

    answer["changes"] = spoken(answer["changes"])
    warnings = warnings_of(answer)
    if invocation().json:
        told = {key: value for key, value in answer.items() if key != "warnings"}
        emit_json({**told, "dry_run": dry_run, "warnings": [each.as_json() for each in warnings]})
    else:
        _tell_issued(answer, dry_run)
        tell_warnings(warnings)
    return _FOUND_CHANGES if dry_run and not answer["unchanged"] else 0


def _tell_issued(answer: dict[str, Any], dry_run: bool) -> None:
    from meetings.week import wording

    issued = wording.edition(answer["edition"], False)
    name, edition = answer["week"], Text(issued.vi.lower(), issued.en.lower())
    if answer["unchanged"]:
        said = Text("tuần {week} không có gì khác bản {edition}", "week {week} is as it was: {edition}")
        tell(said.format(week=name, edition=edition))
        return
    for change in answer["changes"]:
        why = f" ({change['why']})" if change["why"] else ""
        sign = {"added": "+", "changed": "*", "removed": "-"}[change["change"]]
        click.echo(f"{sign} {change['after'] or change['before']}{why}")
    said = Text(
        "tuần {week}: {edition}, {changes}; báo cho {mailed}", "week {week}: {edition}, {changes}; telling {mailed}"
    )
    if dry_run:
        said = Text("sẽ ban hành " + said.vi, "would issue " + said.en)
    tell(
        said.format(
            week=name,
            edition=edition,
            changes=counted(len(answer["changes"]), _CHANGE if answer["edition"] else _MEETING),
            mailed=counted(len(answer["mailed"]), _LEADER),
        )
    )
    if not dry_run:
        tell(Text("xem: meetings week --week {week} --log", "see: meetings week --week {week} --log").format(week=name))


def _give(content: bytes, kind: Format, out: Path | None) -> None:
    """To the file, or to stdout."""
    if out is None:
        click.echo(content.decode() if kind != "pdf" else content, nl=False)
        return
    from foundation import atomic_files

    atomic_files.write(out, content, _PUBLISHED_MODE)
    tell(Text("đã ghi {file}", "written to {file}").format(file=out))

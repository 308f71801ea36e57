"""A week that was read, in every form in which `meetings week` gives it: JSON, text, page, PDF, calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from foundation import clock
from foundation.language import current_language
from meetings.commands.week_reading import Asked, Found

if TYPE_CHECKING:
    from foundation.config.sections import Configuration
    from meetings.week.page import Shown

Format = Literal["text", "html", "pdf", "ics"]


def as_json(asked: Asked, found: Found) -> dict[str, Any]:
    """The answer for scripts (docs/answers.md)."""
    from meetings.week.as_json import difference_fields, row_fields, spoken

    table = found.present.table(asked.cut)
    answer: dict[str, Any] = {
        "took_ms": found.took_ms,
        "week": str(asked.week),
        "title": str(asked.week.title),
        "from": asked.week.days[0].isoformat(),
        "to": asked.week.days[-1].isoformat(),
        "cut": asked.cut,
        "edition": table.edition,
        "issued_at": table.issued_at.isoformat(timespec="seconds") if table.issued_at else None,
        "draft": table.draft,
        "rows": [row_fields(row) for row in table.rows],
    }
    if asked.log:
        answer["log"] = [
            {
                "edition": entry.number,
                "issued_at": entry.issued_at.isoformat(timespec="seconds"),
                "issued_by": entry.issued_by if asked.cut == "full" else "",
                "changes": spoken(difference_fields(entry.changes)),
            }
            for entry in found.log
        ]
    return answer


def made(asked: Asked, found: Found, kind: Format, configuration: Configuration) -> bytes:
    """The schedule in this form. Raises ConfigError for bad templates, and when this machine makes no PDF."""
    from foundation.rendering import Renderer
    from meetings.week import page

    if kind == "ics":
        return _calendar(asked, found, configuration)
    renderer = Renderer(configuration.templates.directory)
    shown = _shown(asked, found, configuration)
    if kind == "text":
        return page.plain(shown, renderer, current_language()).encode()
    document = page.page(shown, renderer, current_language())
    if kind == "html":
        return document.encode()
    from foundation.printing.pages import print_page
    from meetings.desk.week import stamp_of

    return print_page(document, str(int(stamp_of(shown.table, clock.now()).timestamp())))


def _shown(asked: Asked, found: Found, configuration: Configuration) -> Shown:
    from meetings.week.page import Shown

    table = found.present.table(asked.cut)
    names = (leader.name for row in table.rows for leader in row.leaders if leader.address == asked.cut)
    return Shown(table, configuration.organisation.name, reader=next(names, ""), log=found.log)


def _calendar(asked: Asked, found: Found, configuration: Configuration) -> bytes:
    from meetings.configuration import settings_from
    from meetings.desk.week import stamp_of
    from meetings.itip.objects import Party
    from meetings.week.calendar import week_calendar

    settings = settings_from(configuration)
    organizer = Party(settings.organiser, settings.organiser_name or settings.organisation)
    stamp = stamp_of(found.present.table(), clock.now())
    return week_calendar(asked.week, found.present.rows, asked.cut, organizer, stamp, settings.timezone)

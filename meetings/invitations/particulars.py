"""What the templates of some purposes receive beside the facts of the meeting: from the `details` of the letter.

The keys of `details` are listed in `letters.Letter`; each may be absent, and whatever is there becomes text without
controls. It never raises for what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from foundation.language import Text
from meetings.invitations.letters import Letter
from meetings.invitations.marks import clean_line
from meetings.invitations.subjects import what_of_neutral
from meetings.invitations.wording import moment_text, period, same
from meetings.terms import DELIVERIES, PARTSTATS, Purpose

_PERSON: Final = ("name", "address", "title", "agency", "telephone")


def _cancellation(letter: Letter) -> dict[str, Any]:
    reason = "" if letter.meeting.secret else _word(letter, "reason")
    return {"reason": reason, "removed": bool(letter.details.get("removed"))}


def _word_to_fetch(letter: Letter) -> dict[str, Any]:
    return {"what": what_of_neutral(letter), "removed": bool(letter.details.get("removed"))}


def _declined_counter(letter: Letter) -> dict[str, Any]:
    start, end = (_moment(_word(letter, name)) for name in ("proposed_start", "proposed_end"))
    timezone = letter.meeting.timezone
    proposed = period(start, end, timezone) if start and end else moment_text(start, timezone) if start else None
    return {"reason": _word(letter, "reason"), "proposed": proposed}


def _alarm(letter: Letter) -> dict[str, Any]:
    people = [_alarming(each) for each in letter.details.get("people", ())]
    return {"people": people, "total": int(letter.details.get("total") or len(people))}


def _alarming(person: Mapping[str, Any]) -> dict[str, Any]:
    words = _words(person, ("name", "address", "telephone", "agency", "delivery", "answer"))
    return words | {
        "delivery": DELIVERIES.get(words["delivery"], same(words["delivery"])),
        "answer": PARTSTATS.get(words["answer"], same(words["answer"])),
        "unreached": words["delivery"] not in ("delivered", "relayed"),
    }


def _consent(letter: Letter) -> dict[str, Any]:
    return {
        "delegator": _words(letter.details.get("delegator", {}), _PERSON),
        "deputy": _words(letter.details.get("deputy", {}), _PERSON),
        "comment": _word(letter, "comment"),
        "other_agency": bool(letter.details.get("other_agency")),
    }


def _refusal(letter: Letter) -> dict[str, Any]:
    return {"deputy": _words(letter.details.get("deputy", {}), _PERSON), "reason": _word(letter, "reason")}


def _week(letter: Letter) -> dict[str, Any]:
    rows: Sequence[Mapping[str, Any]] = letter.details.get("rows", ())
    return {
        "title": _both(letter.details, "title"),
        "edition": int(letter.details.get("edition") or 0),
        "url": _word(letter, "url"),
        "rows": [
            {**_words(row, ("change",)), "before": _both(row, "before"), "after": _both(row, "after")} for row in rows
        ],
    }


def _both(values: Mapping[str, Any], name: str) -> Text:
    """A text of which the English may stand beside, as `name_en`."""
    vi = clean_line(str(values.get(name) or ""))
    return Text(vi, clean_line(str(values.get(f"{name}_en") or "")) or vi)


def _word(letter: Letter, name: str) -> str:
    return clean_line(str(letter.details.get(name) or ""))


def _words(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: clean_line(str(values.get(name) or "")) for name in names}


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


PARTICULARS: Final[dict[Purpose, Callable[[Letter], dict[str, Any]]]] = {
    "cancel": _cancellation,
    "neutral": _word_to_fetch,
    "declinecounter": _declined_counter,
    "reminder": lambda letter: {"may_delegate": letter.may_delegate},
    "alarm": _alarm,
    "consent": _consent,
    "waiting": lambda _: {},
    "refusal": _refusal,
    "week": _week,
}
"""What the template of each purpose receives besides the facts of the meeting."""

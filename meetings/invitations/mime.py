"""A letter as a message: deterministic bytes, the same alone as among ten thousand.

`render` and `Batch` go one way: what is said to many is rendered once (a `_Form`), and each letter fills in what is
personal. Lines end in CRLF and are at most 998 octets; the head is ASCII. An invitation has no Auto-Submitted, or many
programs would show no buttons and some would not answer; what a timer sends has. A calendar object that breaks RFC 5546
is our bug and raises CongvuError; so does a mail that would say anything of a secret meeting.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime
from importlib.metadata import version
from threading import Lock
from typing import Any, Final
from zoneinfo import ZoneInfo

from foundation.errors import CongvuError
from foundation.language import Language, Text
from foundation.rendering import Renderer
from foundation.vietnamese import slug
from meetings.invitations.event import METHOD_OF, CalendarForMany
from meetings.invitations.facts import PERSONAL, facts, is_answer_by_over, personal_values, shown_meeting
from meetings.invitations.headers import date_field, field, mailbox_field, message_id
from meetings.invitations.joining import places_for
from meetings.invitations.letters import Letter
from meetings.invitations.marks import Marked, clean_line
from meetings.invitations.subjects import subject
from meetings.invitations.tree import Attachment, Piece, filled, single, values, with_calendar
from meetings.meeting import Meeting
from meetings.terms import Purpose

TEMPLATES: Final[dict[Purpose, str]] = {
    "request": "invitation",
    "delegation": "invitation",
    "cancel": "cancellation",
    "declinecounter": "counter_declined",
    "neutral": "fetch_in_person",
    "reminder": "meeting_reminder",
    "alarm": "meeting_alarm",
    "consent": "deputy_consent",
    "waiting": "decisions_wait",
    "refusal": "deputy_refusal",
    "week": "week_changed",
}
"""`mail/NAME.txt` for each, and `mail/NAME.html` where there is a calendar object."""

LETTER_TEMPLATE: Final = "letters/invitation.html"
_FRAME: Final = "mail/frame.html"
"""The letterhead and the foot of every HTML mail."""
"""The giấy mời as a page, for the PDF."""

_SAYS_NOTHING: Final[frozenset[Purpose]] = frozenset(
    {"cancel", "neutral", "alarm", "consent", "waiting", "refusal", "week"}
)
"""Of a secret meeting only these go out, without what it is about."""
_AUTOMATIC: Final[frozenset[Purpose]] = frozenset({"reminder", "alarm", "consent", "waiting", "week"})
_PRIORITIES: Final = {"khẩn": "2", "thượng khẩn": "1", "hỏa tốc": "1"}
_REVISION: Final = "2"
"""Raised whenever the code, not a template, writes other bytes for the same letter."""
_FORMS_KEPT: Final = 64
"""Ours: groups of people at different places, times a few meetings at once; one form is some tens of kilobytes."""
_NEVER_BUILT: Final = Text("không gửi thư này cho cuộc họp mật", "of a secret meeting no such mail goes out")
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_BETWEEN: Final = "\n----------------------------------------\n\n"


def render(letter: Letter, renderer: Renderer) -> bytes:
    """The message. Raises ConfigError for a bad template, InputError for a recipient that is no address, ValueError for
    a token or `in_reply_to` that cannot stand in a head, CongvuError for a calendar object that may not go out."""
    return Batch(renderer).render(letter)


def template_version(renderer: Renderer) -> str:
    """12 hexadecimal digits that change whenever the bytes of the same letter may: templates, our code, the
    libraries that write the calendar object and the PDF."""
    digest = hashlib.sha256(f"{_REVISION} {version('icalendar')} {version('weasyprint')}".encode())
    for name in _names():
        for language in _LANGUAGES:
            digest.update(f"\0{name}\0{language}\0".encode())
            digest.update(renderer.source(name, language).encode())
    return digest.hexdigest()[:12]


_LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en")


def _names() -> list[str]:
    pages = {f"mail/{TEMPLATES[purpose]}.html" for purpose in METHOD_OF}
    return sorted({f"mail/{name}.txt" for name in TEMPLATES.values()} | pages | {_FRAME, LETTER_TEMPLATE})


class Batch:
    """Renders many letters; those of one edition that say the same share a form. May be used by several threads."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._forms: OrderedDict[Hashable, _Form] = OrderedDict()
        self._lock = Lock()

    def render(self, letter: Letter) -> bytes:
        """As `render` does, with the same bytes."""
        personal = personal_values(letter)
        return self._form_of(letter, frozenset(personal)).fill(letter, personal)

    def _form_of(self, letter: Letter, present: frozenset[str]) -> _Form:
        key = _what_is_common(letter, present)
        with self._lock:
            if form := self._forms.get(key):
                self._forms.move_to_end(key)
                return form
        form = _Form(letter, present, self._renderer)
        with self._lock:
            self._forms[key] = form
            while len(self._forms) > _FORMS_KEPT:
                self._forms.popitem(last=False)
        return form


def _what_is_common(letter: Letter, present: frozenset[str]) -> Hashable:
    """Equal for two letters only if they differ in personal values alone: everything that `_Form` looks at."""
    guest = letter.recipient.guest if letter.recipient else None
    shown: list[Meeting] = [letter.meeting, *(each.meeting for each in letter.occurrences)]
    if letter.previous:
        shown.append(letter.previous)
    details = {name: value for name, value in letter.details.items() if name != "in_reply_to"}
    return (
        letter.purpose,
        letter.meeting,
        letter.occurrences,
        letter.lone,
        letter.previous,
        letter.sequence,
        letter.created,
        tuple(places_for(meeting, guest) for meeting in shown),
        present,
        (letter.made or letter.at).astimezone(ZoneInfo(letter.meeting.timezone)).date(),
        is_answer_by_over(letter),
        letter.organiser_name,
        letter.sent_by,
        letter.recipient if letter.counterpart else letter.recipient is None,
        letter.counterpart,
        letter.may_delegate,
        letter.everybody,
        json.dumps(details, sort_keys=True, default=str) if details else "",
        letter.organisation,
        letter.language,
        letter.room,
        letter.letter_pdf,
    )


class _Form:
    """One message with places for what is personal."""

    def __init__(self, letter: Letter, present: frozenset[str], renderer: Renderer) -> None:
        if letter.meeting.secret and letter.purpose not in _SAYS_NOTHING:
            raise CongvuError(_NEVER_BUILT)
        variables = facts(letter, present)
        name = TEMPLATES[letter.purpose]
        plain = Marked(f"mail/{name}.txt", _plain(renderer, f"mail/{name}.txt", letter.language, variables), PERSONAL)
        self._common_fields = _common_fields(letter)
        self._calendar = CalendarForMany(letter, present) if letter.purpose in METHOD_OF else None
        self._pieces: list[Piece]
        if self._calendar is None:
            self._pieces = single(plain)
            return
        page = _tidy(renderer.render(f"mail/{name}.html", letter.language, **variables, beside=False))
        html = Marked(f"mail/{name}.html", page, PERSONAL)
        self._pieces = with_calendar(plain, html, self._calendar.method, _attached(letter))

    def fill(self, letter: Letter, personal: dict[str, str]) -> bytes:
        """The message of this letter."""
        calendar = self._calendar.fill(letter, personal) if self._calendar else b""
        body = filled(self._pieces, values(letter.token, personal, calendar))
        return b"".join([*_personal_fields(letter), self._common_fields, body])


def _plain(renderer: Renderer, name: str, language: Language, variables: dict[str, Any]) -> str:
    """The letter's language, then the other one."""
    other: Language = "en" if language == "vi" else "vi"
    first = _tidy(renderer.render(name, language, **variables, beside=False))
    return f"{first}{_BETWEEN}{_tidy(renderer.render(name, other, **variables, beside=True))}"


def _tidy(text: str) -> str:
    """One line end, no blank space at the ends of lines, at most one empty line, and a line end at last."""
    lines = "\n".join(line.rstrip(" \t\r") for line in text.strip().split("\n"))
    return _BLANK_LINES.sub("\n\n", lines) + "\n"


def _attached(letter: Letter) -> Attachment | None:
    if not letter.letter_pdf or letter.purpose not in ("request", "delegation"):
        return None
    return Attachment(pdf_name(shown_meeting(letter)), letter.letter_pdf)


def pdf_name(meeting: Meeting) -> str:
    """`giaymoi-15-gm-ubnd.pdf`: letters that every file system and mail program keeps."""
    words = [slug(word) for word in (meeting.kind, *re.split(r"[^\w]+", meeting.number))]
    return "-".join([word for word in words if word] or ["giaymoi"])[:100] + ".pdf"


def _personal_fields(letter: Letter) -> list[bytes]:
    organiser = letter.organiser_address
    domain = organiser.rpartition("@")[2]
    own_id = message_id(letter.token, domain)
    name = letter.recipient.guest.name if letter.recipient else ""
    fields = [
        mailbox_field("From", letter.organiser_name, organiser),
        mailbox_field("Reply-To", letter.organiser_name, organiser),
        mailbox_field("To", name, letter.recipient_address),
        date_field(_zoned(letter.at, letter.meeting.timezone)),
        f"Message-ID: {own_id}\r\n".encode("ascii"),
    ]
    if first := clean_line(str(letter.details.get("in_reply_to") or "")):
        first_id = message_id(first, domain)
        if first_id != own_id:
            fields.append(f"In-Reply-To: {first_id}\r\nReferences: {first_id}\r\n".encode("ascii"))
    return fields


def _common_fields(letter: Letter) -> bytes:
    meeting = shown_meeting(letter)
    fields = [field("Subject", subject(letter))]
    if letter.purpose in _AUTOMATIC:
        fields.append(b"Auto-Submitted: auto-generated\r\n")
    fields.append(field("Congvu-Meeting", letter.meeting.uid or letter.purpose))  # by which a loop is known
    if letter.purpose == "week" or letter.purpose == "neutral" or letter.meeting.secret:
        return b"".join(fields)
    if meeting.number:
        fields += [field("Congvu-Document-Number", meeting.number), field("Congvu-Document-Kind", meeting.kind)]
    if meeting.urgency:
        fields.append(field("Congvu-Document-Urgency", meeting.urgency))
        fields.append(f"Importance: high\r\nX-Priority: {_PRIORITIES[meeting.urgency]}\r\n".encode("ascii"))
    return b"".join(fields)


def _zoned(at: datetime, timezone: str) -> datetime:
    return at.astimezone(ZoneInfo(timezone))

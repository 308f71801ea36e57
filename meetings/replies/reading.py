"""Reads one mail that came to the organiser (or to the bounce address) and says what it is: `read(mail) -> Reading`.

    too large? ─► our own? ─► a calendar that answers ─► a delivery report ─► another calendar ─► winmail.dat ─► a
    program's mail ─► a person's

Promises: no bytes make it raise; time and memory are bounded by `Limits` whatever they are; the same bytes give the
same reading. The Subject is never looked at for what was answered, and an answer counts even when a program sent it:
Gmail's are `Auto-Submitted`. It knows no meeting and believes nobody: `trust` and the desk do.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Final, NamedTuple

from meetings.replies.answers import Answers, Unclear, Unreadable
from meetings.replies.calendar_lines import Found, calendars
from meetings.replies.calendar_values import uid_of
from meetings.replies.header_fields import (
    Fields,
    first,
    identifiers,
    instant_of,
    mailboxes,
    one_line,
    text_of,
    values_of,
)
from meetings.replies.mime import Leaf, Mail, TooLarge
from meetings.replies.own_words import has_files, own_words
from meetings.replies.relay_fields import authentication_of, is_made_by_relay, login_of
from meetings.replies.reports import DISPOSITION, reports_in
from meetings.replies.tnef import is_tnef
from meetings.replies.values import (
    Answered,
    Authentication,
    Envelope,
    Kind,
    Limits,
    Ours,
    Reading,
    Report,
)

__all__ = ["Answered", "Authentication", "Envelope", "Kind", "Limits", "Ours", "Reading", "Report", "read"]

ANSWERS: Final = frozenset({"REPLY", "COUNTER", "REFRESH"})
"""The methods that an attendee sends (RFC 5546 1.4)."""

_CALENDAR_KINDS: Final = ("text/calendar", "application/ics", "text/x-vcalendar", "application/calendar")
_METHOD_WORD: Final = re.compile(r"[A-Z]{3,20}")
_PROGRAMS: Final = frozenset({"bulk", "junk", "auto_reply"})
_RECIPIENTS: Final = 100
_DIGEST_BYTES: Final = 1_048_576
"""Hashed in about a millisecond."""


def read(mail: bytes, limits: Limits | None = None, ours: Ours | None = None) -> Reading:
    """What the mail says. `ours` is by what we know our own mail, our relay's fields and times without a timezone."""
    bounds, own = limits or Limits(), ours or Ours()
    try:
        opened = Mail(mail, bounds)
    except TooLarge:
        beginning = mail[: min(bounds.head_bytes, bounds.mail_bytes)]
        said = _about(Mail(beginning, bounds), own)
        return replace(said, kind="broken", reason="too_large", digest=_digest(beginning))
    about = _about(opened, own)
    try:
        return _said(opened, about, own)
    except TooLarge:
        return replace(about, kind="broken", reason="too_large")


def _about(mail: Mail, ours: Ours) -> Reading:
    """What the head says, before anything is known of the body."""
    fields = mail.fields
    authors = mailboxes(", ".join(values_of(fields, "from")))
    sender_name, sender = authors[0] if len({address for _, address in authors}) == 1 else ("", "")
    results = authentication_of(fields, ours.authserv_id)
    answered = (*identifiers(first(fields, "in-reply-to")), *identifiers(first(fields, "references")))
    to = (address for _, address in mailboxes(", ".join(values_of(fields, "to", "cc"))))
    return Reading(
        "plain",
        "no_calendar",
        message_id=next(iter(identifiers(first(fields, "message-id"))), ""),
        sender=sender,
        sender_name=sender_name,
        recipients=tuple(dict.fromkeys(to))[:_RECIPIENTS],
        date=instant_of(first(fields, "date")),
        in_reply_to=tuple(dict.fromkeys(answered)),
        subject=text_of(first(fields, "subject")),
        automatic=_is_automatic(fields),
        digest=_digest(memoryview(mail.data)[mail.body_start :]),
        authentication=results,
        received_account=login_of(results),
        made_by_relay=is_made_by_relay(fields, ours.authserv_id),
    )


def _said(mail: Mail, about: Reading, ours: Ours) -> Reading:
    if _is_own(mail.fields, about, ours):
        return replace(about, kind="automatic", reason="own_mail")
    leaves, all_seen = _leaves(mail)
    objects = _Objects(mail, leaves)
    answer = next((each for each in objects.found if each.method in ANSWERS), None)
    if answer is not None:
        said = _with_own_words(_answer(answer, objects, about, ours), mail, leaves)
        return replace(said, attached=not all_seen or has_files(leaves))
    reports = reports_in(mail, leaves)
    if reports:
        return replace(about, kind="report", reason="", reports=reports, digest=_digest(repr(reports).encode()))
    other = next((each for each in objects.found if each.method), None)
    if other is not None:
        return replace(about, kind="itip", reason="unknown_method", method=other.method)
    if objects.broken:
        return replace(about, kind="broken", reason=objects.broken, attached=not all_seen or has_files(leaves))
    return _without_calendar(mail, leaves, about, all_seen)


def _leaves(mail: Mail) -> tuple[list[Leaf], bool]:
    """The leaves as far as the limits allow, and whether these are all: what was found counts all the same."""
    leaves: list[Leaf] = []
    try:
        for leaf in mail.leaves():
            leaves.append(leaf)
    except TooLarge:
        return leaves, False
    return leaves, not mail.is_cut


def _answer(found: Found, objects: _Objects, about: Reading, ours: Ours) -> Reading:
    """The answer in the chosen object, or in its twin when the first cannot be read."""
    problem: Reading | None = None
    for each in (found, *(twin for twin in objects.found if twin is not found and twin.method == found.method)):
        try:
            uid, answers = Answers(about.sender, about.date, ours.timezone).read(each)
        except Unreadable:
            said = replace(about, kind="broken", reason="unreadable", method=each.method, uid=uid_of(each.uid))
            problem = problem or said
        except Unclear:
            problem = problem or replace(about, kind="itip", reason="unclear_attendee", method=each.method)
        else:
            content = _digest(repr((each.method, uid, answers)).encode())
            return replace(about, kind="itip", reason="", method=each.method, uid=uid, answers=answers, digest=content)
    return problem or about


def _with_own_words(answer: Reading, mail: Mail, leaves: list[Leaf]) -> Reading:
    """An answer without a COMMENT has for one what its sender wrote in the mail. By that it is not known again: its
    digest stays that of the calendar alone."""
    if answer.automatic or answer.method == "REFRESH" or any(each.comment for each in answer.answers):
        return answer
    words = own_words(mail.data, leaves) if answer.answers else ""
    return replace(answer, answers=tuple(replace(each, comment=words) for each in answer.answers)) if words else answer


def _without_calendar(mail: Mail, leaves: list[Leaf], about: Reading, all_seen: bool) -> Reading:
    if any(is_tnef(mail, leaf) for leaf in leaves):
        return replace(about, kind="tnef", reason="tnef")
    if about.automatic or any(leaf.kind in DISPOSITION for leaf in leaves):
        return replace(about, kind="automatic", reason="automatic", automatic=True)
    return about if all_seen else replace(about, kind="broken", reason="too_large")


class _Candidate(NamedTuple):
    """A part that may hold a calendar; `rank` is lower for the likelier."""

    rank: int
    leaf: Leaf


class _Objects:
    """The calendar objects of a mail, the likeliest part first. `broken` is a reason if a part could not be read."""

    def __init__(self, mail: Mail, leaves: list[Leaf]) -> None:
        self.found: list[Found] = []
        self.broken = ""
        candidates = sorted(filter(None, map(_candidate, leaves)), key=lambda each: each.rank)
        for candidate in candidates[: mail.limits.calendars]:
            self._read(mail, candidate.leaf)
            if self.found and self.found[-1].method in ANSWERS and self.found[-1].events:
                break  # the attached twin is the same answer again

    def _read(self, mail: Mail, leaf: Leaf) -> None:
        try:
            found = calendars(leaf.body(mail.data, mail.limits.calendar_bytes), _charset(leaf), mail.limits)
        except TooLarge:
            self.broken = "too_large"
            return
        if not found and leaf.kind in _CALENDAR_KINDS:
            self.broken = self.broken or "unreadable"
        hint = leaf.parameters.get("method", "").strip().upper()
        for each in found:
            if not each.method and _METHOD_WORD.fullmatch(hint):
                each.method = hint
        self.found.extend(found)


def _candidate(leaf: Leaf) -> _Candidate | None:
    if leaf.in_report:
        return None
    named = leaf.name.lower().endswith((".ics", ".vcs", ".ical", ".ifb"))
    if leaf.kind not in _CALENDAR_KINDS and not (named and not leaf.kind.startswith("message/")):
        return None
    rank = _CALENDAR_KINDS.index(leaf.kind) if leaf.kind in _CALENDAR_KINDS else len(_CALENDAR_KINDS)
    likely = leaf.parameters.get("method", "").strip().upper() in ANSWERS
    return _Candidate(rank - 10 * likely, leaf)


def _charset(leaf: Leaf) -> str:
    return leaf.parameters.get("charset", "").strip()


def _is_own(fields: Fields, about: Reading, ours: Ours) -> bool:
    """A mail that we sent and that came back (forwarded by a rule, or a loop): our Message-ID, our field, our From."""
    domain = about.message_id.rpartition("@")[2].lower()
    if domain not in ours.domains or not first(fields, "congvu-meeting"):
        return False
    local, _, host = about.sender.rpartition("@")
    return not ours.organiser or f"{local.partition('+')[0]}@{host}" == ours.organiser


def _is_automatic(fields: Fields) -> bool:
    """Whether a program wrote it on its own (RFC 3834, and what programs wrote before there was one).

    A list's fields do not count, nor Exchange's X-Auto-Response-Suppress: people write such mail too.
    """
    submitted = first(fields, "auto-submitted").partition(";")[0].partition("(")[0].strip().lower()
    if submitted not in ("", "no") or first(fields, "x-autoreply") or first(fields, "x-autorespond"):
        return True
    return one_line(first(fields, "precedence")).lower() in _PROGRAMS


def _digest(content: bytes | memoryview) -> bytes:
    """SHA-256 of the beginning and the length: of what counts that is everything, of a huge mail enough."""
    found = hashlib.sha256(b"%d:" % len(content))
    found.update(content[:_DIGEST_BYTES])
    return found.digest()

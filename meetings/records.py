"""The words of the meetings tool in the journal: what an auditor reads about a meeting, its letters and its answers.

A meeting is named by its UID and a person by the number of the attendee, which say nothing of anybody; who that is,
what the meeting is about and what people wrote stand in the private fields. Instants in fields are microseconds since
1970. Of a secret meeting the private fields hold no more than the tables do: not what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from foundation.journal import RecordType, Vocabulary
from meetings.terms import PURPOSES, DeliveryState

_MEETING: Final = {"meeting": "UID of the meeting"}
_EDITION: Final = {**_MEETING, "sequence": "SEQUENCE (RFC 5546) from now on"}
_OCCURRENCE: Final = {"occurrence": "when the occurrence meant was to begin; absent: the meeting as a whole"}
_PERSON: Final = {**_MEETING, "attendee": "number of the attendee"}
_SOME: Final = frozenset({"occurrence"})

MEETING_CREATED: Final = RecordType(
    "meeting.created",
    1,
    "A meeting was made, and a mail to each invited person was promised with this record.",
    {
        **_EDITION,
        "attendees": "how many are invited",
        "occurrences": "how many times it sits",
        "secret": "true when the letters say no more than to fetch the letter; else absent",
    },
    {"letter": "number, kind, summary, chair, beginning and end, and who made it"},
    frozenset({"secret"}),
)
MEETING_CHANGED: Final = RecordType(
    "meeting.changed",
    1,
    "A meeting or one occurrence was changed; those affected, and nobody else, were promised a mail with this record.",
    {
        **_EDITION,
        **_OCCURRENCE,
        "time_changed": "true when answers given before no longer hold for those affected",
        "added": "how many were invited in addition",
        "removed": "how many are no longer invited",
        "mailed": "how many mails were promised",
    },
    {"change": "who changed what, before and after, and why"},
    _SOME,
)
MEETING_CANCELLED: Final = RecordType(
    "meeting.cancelled",
    1,
    "A meeting or one occurrence was cancelled; everybody invited was promised a mail with this record.",
    {**_EDITION, **_OCCURRENCE, "mailed": "how many mails were promised"},
    {"order": "who cancelled it, and why"},
    _SOME,
)
MEETING_MADE_SECRET: Final = RecordType(
    "meeting.made_secret",
    1,
    "A meeting was made secret: links ended, papers and room were dropped, what it is about was blanked.",
    _EDITION,
    {"order": "who ordered it"},
)


def _mail(name: str, meaning: str) -> RecordType:
    return RecordType(
        name,
        1,
        meaning,
        {
            "meeting": "UID of the meeting, empty when the mail is about no single one",
            "attendee": "number of the attendee; 0: a mailbox that is none",
            "purpose": ", ".join(PURPOSES),
            "sequence": "SEQUENCE that the mail says",
            **_OCCURRENCE,
            "possible_duplicate": "true when an earlier try may have succeeded unknown to us; else absent",
        },
        {"mail": "address, Message-ID, and the reply or report word by word"},
        frozenset({"occurrence", "possible_duplicate"}),
    )


INVITATION_SENT: Final = _mail("invitation.sent", "Our relay took the mail.")
INVITATION_REFUSED: Final = _mail("invitation.refused", "Our relay refused the mail for good.")
INVITATION_DELIVERED: Final = _mail("invitation.delivered", "A report says that the mail is in the mailbox.")
INVITATION_RELAYED: Final = _mail(
    "invitation.relayed", "A report says that a host which reports nothing took the mail."
)
INVITATION_FAILED: Final = _mail("invitation.failed", "A report says that the mail cannot be delivered.")
INVITATION_EXPIRED: Final = _mail("invitation.expired", "The mail became too old while waiting for success.")

ANSWER_COUNTED: Final = RecordType(
    "answer.counted",
    1,
    "A person's answer counts from now on.",
    {
        **_PERSON,
        **_OCCURRENCE,
        "partstat": "ACCEPTED, DECLINED, TENTATIVE, DELEGATED or NEEDS-ACTION",
        "sequence": "SEQUENCE that was answered",
        "via": "mail, page, held (let through by the secretary) or command",
    },
    {"answer": "address, reason given, Message-ID of the mail, from whom it really came and how we know"},
    _SOME,
)
ANSWER_HELD: Final = RecordType(
    "answer.held",
    1,
    "An incoming mail waits for the secretary.",
    {"meeting": "UID of the meeting, empty when unknown", "reason": "code of the reason"},
    {"mail": "Message-ID, sender, and what it answers"},
)
ANSWER_IGNORED: Final = RecordType(
    "answer.ignored",
    1,
    "An incoming mail changed nothing.",
    {"meeting": "UID of the meeting, empty when unknown", "reason": "code of the reason"},
    {"mail": "Message-ID and sender"},
)
ANSWER_PASSED_ON: Final = RecordType(
    "answer.passed_on",
    1,
    "An incoming mail was no answer, or brought files, and goes on to the secretary's mailbox.",
    {"meeting": "UID of the meeting, empty when unknown", "reason": "code of the reason"},
    {"mail": "Message-ID and sender, and where it goes"},
)
ANSWER_UNREADABLE: Final = RecordType(
    "answer.unreadable",
    1,
    "An incoming mail could not be read. No longer written: such mail is held or passed on, and its record says so.",
    {"meeting": "UID of the meeting, empty when unknown", "reason": "code of the reason"},
    {"mail": "Message-ID and sender"},
)
ANSWER_DECIDED: Final = RecordType(
    "answer.decided",
    1,
    "The secretary decided about a mail that was held.",
    {"meeting": "UID of the meeting, empty when unknown", "decision": "accepted or rejected"},
    {"mail": "Message-ID, sender, and who decided"},
)

TIME_PROPOSED: Final = RecordType(
    "time.proposed",
    1,
    "A person proposed another time (RFC 5546 3.2.7).",
    {**_PERSON, **_OCCURRENCE},
    {"proposal": "address, time proposed, and why"},
    _SOME,
)
TIME_DECIDED: Final = RecordType(
    "time.decided",
    1,
    "A proposed time was decided about.",
    {**_PERSON, **_OCCURRENCE, "decision": "accepted, refused or withdrawn"},
    {"proposal": "who decided, and what was said"},
    _SOME,
)

DEPUTY_PROPOSED: Final = RecordType(
    "deputy.proposed",
    1,
    "A person proposed somebody to stand in; chair and secretary were asked.",
    {**_PERSON, "via": "page, mail or command"},
    {"deputy": "addresses of both, and why"},
)
DEPUTY_CONSENTED: Final = RecordType(
    "deputy.consented",
    1,
    "Chair or secretary agreed: the deputy is invited, the person's own links ended.",
    {**_PERSON, "deputy_attendee": "number of the deputy as an attendee", "sequence": "SEQUENCE from now on"},
    {"deputy": "addresses of both, and who agreed"},
)
DEPUTY_REFUSED: Final = RecordType(
    "deputy.refused", 1, "Chair or secretary did not agree.", _PERSON, {"deputy": "addresses of both, who refused, why"}
)
DEPUTY_WITHDRAWN: Final = RecordType(
    "deputy.withdrawn",
    1,
    "The person comes, or proposed somebody else, before anybody agreed.",
    _PERSON,
    {"deputy": "addresses of both"},
)

ROOM_JOINED: Final = RecordType(
    "room.joined",
    1,
    "Somebody with a person's join link was sent into the room, the first time for this occurrence.",
    {**_PERSON, **_OCCURRENCE},
    {"person": "address"},
    _SOME,
)
LINKS_REVOKED: Final = RecordType(
    "links.revoked",
    1,
    "Links ended; new ones hold.",
    {
        "meeting": "UID of the meeting, empty for a feed over all",
        "attendee": "number of the attendee; 0: the secretary's link, or a feed",
    },
    {"order": "whose links, and who ended them"},
)

WEEK_ISSUED: Final = RecordType(
    "week.issued",
    1,
    "A weekly schedule was issued, or adjusted; each leader whom it concerns was promised a mail with this record.",
    {
        "week": "ISO 8601 week",
        "edition": "0: the first issue; n: điều chỉnh lần n",
        "rows": "how many rows the schedule has",
        "added": "how many are new since the last edition",
        "changed": "how many differ",
        "removed": "how many are gone",
        "mailed": "how many mails were promised",
    },
    {"order": "who issued it"},
)

VOCABULARY: Final = Vocabulary(
    MEETING_CREATED,
    MEETING_CHANGED,
    MEETING_CANCELLED,
    MEETING_MADE_SECRET,
    INVITATION_SENT,
    INVITATION_REFUSED,
    INVITATION_DELIVERED,
    INVITATION_RELAYED,
    INVITATION_FAILED,
    INVITATION_EXPIRED,
    ANSWER_COUNTED,
    ANSWER_HELD,
    ANSWER_IGNORED,
    ANSWER_PASSED_ON,
    ANSWER_UNREADABLE,
    ANSWER_DECIDED,
    TIME_PROPOSED,
    TIME_DECIDED,
    DEPUTY_PROPOSED,
    DEPUTY_CONSENTED,
    DEPUTY_REFUSED,
    DEPUTY_WITHDRAWN,
    ROOM_JOINED,
    LINKS_REVOKED,
    WEEK_ISSUED,
)

OF_DELIVERY: Final[Mapping[DeliveryState, RecordType]] = {
    "delivered": INVITATION_DELIVERED,
    "relayed": INVITATION_RELAYED,
    "failed": INVITATION_FAILED,
    "expired": INVITATION_EXPIRED,
    "refused": INVITATION_REFUSED,
}
"""The state that a mail comes to, and the record that says so; a mail that is only late has none."""

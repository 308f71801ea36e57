"""What one mail is about: everything that its bytes depend on, and nothing else.

The desk fills a `Letter` from the tables, `mime.render` turns it into bytes; the same letter is the same bytes for ever
(with the same templates), so that the relay takes a repeated try once. A letter holds no rules and reads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from foundation.language import Language
from meetings.meeting import Attendee, Meeting, Occurrence, PartStat, Place
from meetings.terms import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail to one address.

    `meeting` is the edition; for a lone occurrence (`lone`) it is the series, and `occurrences` holds the one meant,
    for a person new to a series all overridden ones. `previous` is what this person was shown before, None for a first
    invitation (of a lone occurrence: that occurrence as it was, or the series; in the CANCEL of a meeting that became
    secret it gives the time that was known). `dtstamp`, `at` (the Date field), `created` (when the
    meeting was made, the same in all its letters) and `made` (when the edition was: the date of the letter; None: it is
    as old as the mail) are aware.
    `token` makes Message-ID and boundaries: letters, digits, "-", "_" and "." only. `recipient` is None for mail to the
    secretary. `organiser_address` is the organiser's own address with this person's detail (hop+token@tinh.test).
    `counterpart` is the other one of a delegation pair. `everybody` is empty unless the meeting has a full list.
    `join_url` is empty when there is no room to enter; `room` is the room of the configuration, for meetings that name
    no way in of their own. `letter_pdf` is the giấy mời of this edition (`letter_pdf.make_pdf`), the same bytes for
    all; empty: none attached.

    `details`, by purpose; every key may be absent, values are text unless said otherwise:

        any            in_reply_to: Message-ID (or token) of this person's first mail of the meeting
        request        again: true when the same edition is sent once more (REFRESH, resend); old_time: true when
                       that is because an answer was one to an earlier time; reason of a change
        cancel         reason; removed: true when only this person's part ends
        declinecounter reason, proposed_start, proposed_end (RFC 3339)
        neutral        what: absent for the first word, else replaced or withdrawn; removed, as above
        reminder       nothing
        alarm          people: [{name, address, telephone, agency, delivery, answer}] (words of DELIVERY_STATES and
                       PARTSTAT); total: number of all who are invited
        consent        delegator, deputy: {name, address, title, agency, telephone}; comment; other_agency: true
        waiting        nothing
        refusal        deputy: {name, address}; reason
        week           title, edition (number), url, rows: [{change: added|changed|removed, before, after}] (one line
                       of text each); of `meeting` only the timezone counts
    """

    purpose: Purpose
    meeting: Meeting
    sequence: int
    dtstamp: datetime
    at: datetime
    token: str
    recipient: Attendee | None
    recipient_address: str
    organiser_name: str
    organiser_address: str
    sent_by: str = ""
    chair: Attendee | None = None
    counterpart: Attendee | None = None
    counterpart_partstat: PartStat = "NEEDS-ACTION"
    everybody: tuple[Attendee, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    lone: bool = False
    page_url: str = ""
    join_url: str = ""
    feed_url: str = ""
    secretary_url: str = ""
    previous: Meeting | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    created: datetime | None = None
    made: datetime | None = None
    organisation: str = ""
    language: Language = "vi"
    room: Place | None = None
    letter_pdf: bytes = b""

    @property
    def may_delegate(self) -> bool:
        """Whether the recipient may send a deputy: whoever stands in for somebody may not."""
        return self.recipient is not None and self.recipient.delegated_from is None

"""Every rule of the validator refuses the object that breaks it, and nothing that we send breaks one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from meetings.itip.calendar import calendar
from meetings.itip.objects import Conference, Method, Party, Personal
from meetings.itip.restriction_tables import EVENT_PROPERTIES
from meetings.itip.restrictions import personal_violations, violations
from meetings.itip.skeleton import Skeleton
from meetings.itip.spelling import folded
from tests.support.itip_events import (
    AN,
    CHAIR,
    DELEGATOR,
    DEPUTY,
    ORGANIZER,
    Sent,
    event,
    everything_sent,
    moved,
    series,
)

REQUEST = calendar("REQUEST", [event()])
SERIES = calendar("REQUEST", [series()])
CANCEL = calendar("CANCEL", [event(status="CANCELLED")])
DECLINED = calendar("DECLINECOUNTER", [event(attendees=(AN,), comment="Giữ nguyên giờ họp.")])
PUBLISH = calendar("PUBLISH", [event()], name="Lịch họp của tôi")
DELEGATION = calendar("REQUEST", [event(attendees=(CHAIR, DELEGATOR, DEPUTY))])
EXCEPTION = calendar("REQUEST", [moved(series(), 1, timedelta(hours=1))])
WHOLE = calendar("REQUEST", [series(), moved(series(), 1, timedelta(hours=1))])

ZONED = ";TZID=Asia/Ho_Chi_Minh"

Lines = list[str]
Break = Callable[[Lines], Lines]


def unfolded(data: bytes) -> Lines:
    return data.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def broken(data: bytes, change: Break) -> bytes:
    """The object with its unfolded lines changed, folded again as it was."""
    return b"".join(folded(line) for line in change(unfolded(data)))


def without(name: str) -> Break:
    return lambda lines: [line for line in lines if not line.startswith((f"{name}:", f"{name};"))]


def twice(name: str) -> Break:
    return lambda lines: [
        copy for line in lines for copy in [line] * (2 if line.startswith((f"{name}:", f"{name};")) else 1)
    ]


def with_line(line: str) -> Break:
    """One line more in each event."""
    return lambda lines: [new for old in lines for new in ([line, old] if old == "END:VEVENT" else [old])]


def changed(old: str, new: str) -> Break:
    def change(lines: Lines) -> Lines:
        result = [line.replace(old, new) for line in lines]
        assert result != lines, f"{old} is not there"
        return result

    return change


def cut(first: str, last: str) -> Break:
    """Without the lines from one to another."""
    return lambda lines: lines[: lines.index(first)] + lines[lines.index(last) + 1 :]


@pytest.mark.parametrize("sent", everything_sent(), ids=lambda sent: sent.name)
def test_nothing_that_we_send_is_refused(sent: Sent) -> None:
    assert violations(calendar(sent.method, sent.events)) == ()


def test_a_feed_of_nobody_is_fine() -> None:
    assert violations(calendar("PUBLISH", [], name="Lịch họp")) == ()


def in_utc(lines: Lines) -> Lines:
    """Start and end with a Z in place of the zone."""
    return [f"{line.replace(ZONED, '')}Z" if line.startswith(("DTSTART;", "DTEND;")) else line for line in lines]


def older_exception(lines: Lines) -> Lines:
    """A lower SEQUENCE in the second event."""
    first = lines.index("END:VEVENT")
    return lines[:first] + [line.replace("SEQUENCE:3", "SEQUENCE:2") for line in lines[first:]]


def empty_summary(lines: Lines) -> Lines:
    return ["SUMMARY:" if line.startswith("SUMMARY") else line for line in lines]


def _zone_lines(data: bytes) -> Lines:
    lines = unfolded(data)
    return lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE") + 1]


BYTES = {
    "is not UTF-8": (REQUEST.replace("Nhật".encode(), b"Nh\xff"), "not UTF-8"),
    "has a bare LF": (REQUEST.replace(b"\r\nTRANSP", b"\nTRANSP"), "not CRLF"),
    "has a bare CR": (REQUEST.replace(b"OPAQUE", b"OPA\rQUE"), "not CRLF"),
    "has a control character": (REQUEST.replace(b"OPAQUE", b"OPA\x07QUE"), "control character"),
    "has a NUL": (REQUEST.replace(b"OPAQUE", b"OPA\x00QUE"), "control character"),
    "ends with a blank line": (REQUEST + b"\r\n", "an empty line"),
    "begins with a blank line": (b"\r\n" + REQUEST, "an empty line"),
    "ends without CRLF": (REQUEST[:-2], "no CRLF at the end"),
    "begins with a space": (b" " + REQUEST, "not a content line"),
    "begins with a byte order mark": (b"\xef\xbb\xbf" + REQUEST, "not a content line"),
    "is not folded": (REQUEST.replace(b"\r\n ", b""), "longer than 75 octets"),
    "is folded inside a letter": (REQUEST.replace("ễ".encode(), b"\xe1\r\n \xbb\x85"), "inside a UTF-8 sequence"),
    "is huge": (b"X" * 1_000_001, "larger than"),
    "is empty": (b"", "no CRLF at the end"),
    "is no calendar": (b"Xin chao\r\n", "not a content line"),
    "has two calendars": (REQUEST + REQUEST, "more than one VCALENDAR"),
    "is an event alone": (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "something else at the top"),
    "has a line outside": (b"VERSION:2.0\r\n" + REQUEST, "outside the VCALENDAR"),
    "is not closed": (REQUEST.replace(b"END:VCALENDAR\r\n", b""), "has no END"),
    "is closed wrongly": (REQUEST.replace(b"END:VEVENT", b"END:VTODO"), "ends another component"),
    "nests deeply": (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 50, "nest too deeply"),
}


@pytest.mark.parametrize("name", BYTES)
def test_refused_by_its_bytes_because_it(name: str) -> None:
    data, reason = BYTES[name]
    assert reason in " ".join(violations(data))


RULES: dict[str, tuple[bytes, Break, str]] = {
    # the object
    "a line without a colon": (REQUEST, with_line("GARBAGE"), "not a content line"),
    "a property name in lower case": (REQUEST, with_line("summary:x"), "not a content line"),
    "a parameter twice": (REQUEST, changed("RSVP=TRUE", "RSVP=TRUE;RSVP=TRUE"), "has the parameter RSVP twice"),
    "no METHOD": (REQUEST, without("METHOD"), "METHOD is missing"),
    "two METHODs": (REQUEST, twice("METHOD"), "METHOD in VCALENDAR: 2, wanted 1"),
    "a METHOD of an attendee": (REQUEST, changed("METHOD:REQUEST", "METHOD:REPLY"), "METHOD is REPLY"),
    "no PRODID": (REQUEST, without("PRODID"), "PRODID in VCALENDAR: 0"),
    "no VERSION": (REQUEST, without("VERSION"), "VERSION in VCALENDAR: 0"),
    "another VERSION": (REQUEST, changed("VERSION:2.0", "VERSION:1.0"), "VERSION is not 2.0"),
    "another calendar": (REQUEST, changed("GREGORIAN", "VIETNAMESE"), "CALSCALE is not GREGORIAN"),
    "a UID of the calendar": (
        REQUEST,
        changed("VERSION:2.0", "VERSION:2.0\r\nUID:x@tinh.test"),
        "UID in VCALENDAR is not allowed",
    ),
    "an X- property of the calendar": (
        REQUEST,
        changed("VERSION:2.0", "VERSION:2.0\r\nX-WR-CALNAME:x"),
        "X-WR-CALNAME in VCALENDAR is not allowed",
    ),
    "a VTODO": (REQUEST, changed("END:VCALENDAR", "BEGIN:VTODO\r\nEND:VTODO\r\nEND:VCALENDAR"), "VTODO may not stand"),
    "no VEVENT": (REQUEST, cut("BEGIN:VEVENT", "END:VEVENT"), "VEVENT in a REQUEST: 0"),
    "no VEVENT in a CANCEL": (CANCEL, cut("BEGIN:VEVENT", "END:VEVENT"), "VEVENT in a CANCEL: 0"),
    "two VEVENTs in a DECLINECOUNTER": (
        DECLINED,
        lambda lines: lines[:-1] + lines[lines.index("BEGIN:VEVENT") : -1] + lines[-1:],
        "VEVENT in a DECLINECOUNTER: 2",
    ),
    # the values
    "a floating start": (REQUEST, changed("DTSTART;TZID=Asia/Ho_Chi_Minh:", "DTSTART:"), "DTSTART is floating"),
    "a start in a zone and UTC": (REQUEST, changed(":20261201T080000", ":20261201T080000Z"), "DTSTART is floating"),
    "a day without an hour": (
        REQUEST,
        changed("DTSTART;TZID=Asia/Ho_Chi_Minh:20261201T080000", "DTSTART;VALUE=DATE:20261201"),
        "DTSTART is no date with time",
    ),
    "a 30th of February": (REQUEST, changed(":20261201T080000", ":20260230T080000"), "DTSTART is no date with time"),
    "an hour 25": (REQUEST, changed(":20261201T100000", ":20261201T250000"), "DTEND is no date with time"),
    "an end before the start": (REQUEST, changed(":20261201T100000", ":20261201T070000"), "DTEND is not after"),
    "an end at the start": (REQUEST, changed(":20261201T100000", ":20261201T080000"), "DTEND is not after"),
    "two zones": (REQUEST, changed("DTEND;TZID=Asia/Ho_Chi_Minh", "DTEND;TZID=Asia/Tokyo"), "not in one timezone"),
    "no VTIMEZONE": (REQUEST, cut("BEGIN:VTIMEZONE", "END:VTIMEZONE"), "no VTIMEZONE for Asia/Ho_Chi_Minh"),
    "a VTIMEZONE twice": (
        REQUEST,
        lambda lines: lines[:5] + lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE") + 1] + lines[5:],
        "a VTIMEZONE stands there twice",
    ),
    "a VTIMEZONE of nothing": (
        DECLINED,
        lambda lines: lines[:5] + _zone_lines(REQUEST) + lines[5:],
        "a VTIMEZONE that nothing speaks of",
    ),
    "the library's COMMENT": (REQUEST, changed("TZID:Asia", "COMMENT:x\r\nTZID:Asia"), "COMMENT in VTIMEZONE"),
    "two STANDARDs": (
        REQUEST,
        lambda lines: lines[:7] + lines[7:13] + lines[7:],
        "a VTIMEZONE needs one STANDARD",
    ),
    "a STANDARD with RDATE": (REQUEST, changed("TZNAME:+07", "RDATE:20270101T000000"), "repeats its STANDARD"),
    "a STANDARD without an offset": (REQUEST, without("TZOFFSETTO"), "TZOFFSETTO in STANDARD: 0"),
    "a DTSTAMP in local time": (
        REQUEST,
        changed("DTSTAMP:20261120T010203Z", "DTSTAMP:20261120T010203"),
        "DTSTAMP is no time in UTC",
    ),
    "a CREATED in local time": (REQUEST, changed("20261118T030000Z", "20261118T030000"), "CREATED is no time in UTC"),
    "a LAST-MODIFIED that is a day": (
        REQUEST,
        changed("LAST-MODIFIED:20261120T010203Z", "LAST-MODIFIED:20261120"),
        "LAST-MODIFIED is no time",
    ),
    "a UID with a space": (REQUEST, changed("UID:0f8f", "UID:0f 8f"), "UID is not of the form"),
    "a UID with a dollar sign": (REQUEST, changed("UID:0f8f", "UID:$0f8f"), "UID is not of the form"),
    "a UID without a domain": (REQUEST, changed("950e@tinh.test", "950e"), "UID is not of the form"),
    "a long UID": (REQUEST, changed("UID:", f"UID:{'a' * 210}"), "UID is not of the form"),
    "a SEQUENCE beyond 32 bits": (REQUEST, changed("SEQUENCE:3", "SEQUENCE:2147483648"), "SEQUENCE is no number"),
    "a SEQUENCE below 0": (REQUEST, changed("SEQUENCE:3", "SEQUENCE:-1"), "SEQUENCE is no number"),
    "a SEQUENCE that Outlook sees otherwise": (
        REQUEST,
        changed("APPT-SEQUENCE:3", "APPT-SEQUENCE:2"),
        "APPT-SEQUENCE is not SEQUENCE",
    ),
    "a PRIORITY of 10": (REQUEST, changed("PRIORITY:0", "PRIORITY:10"), "PRIORITY is no number from 0 to 9"),
    "a TRANSP of its own": (REQUEST, changed("TRANSP:OPAQUE", "TRANSP:BUSY"), "TRANSP is BUSY"),
    "a CLASS of its own": (REQUEST, changed("CLASS:PUBLIC", "CLASS:SECRET"), "CLASS is SECRET"),
    "an all-day event": (REQUEST, changed("ALLDAYEVENT:FALSE", "ALLDAYEVENT:TRUE"), "ALLDAYEVENT is TRUE"),
    "a busy state of its own": (REQUEST, changed("CDO-BUSYSTATUS:BUSY", "CDO-BUSYSTATUS:HERE"), "BUSYSTATUS is HERE"),
    "an intended state of its own": (
        REQUEST,
        changed("INTENDEDSTATUS:BUSY", "INTENDEDSTATUS:NO"),
        "INTENDEDSTATUS is NO",
    ),
    "an unclear wish about proposals": (
        REQUEST,
        changed("COUNTER:FALSE", "COUNTER:MAYBE"),
        "DISALLOW-COUNTER is MAYBE",
    ),
    "an empty SUMMARY": (REQUEST, empty_summary, "SUMMARY is empty"),
    "a bare comma in SUMMARY": (REQUEST, changed("kế hoạch\\,", "kế hoạch,"), "SUMMARY is not escaped"),
    "a bare semicolon in DESCRIPTION": (REQUEST, changed("Lệ\\;", "Lệ;"), "DESCRIPTION is not escaped"),
    "a strange escape in LOCATION": (REQUEST, changed("Hội trường A\\,", "Hội trường A\\t"), "LOCATION is not escaped"),
    "a bare comma in COMMENT": (REQUEST, with_line("COMMENT:a,b"), "COMMENT is not escaped"),
    "a bare comma in CONTACT": (REQUEST, with_line("CONTACT:a,b"), "CONTACT is not escaped"),
    "a bare comma in the number": (
        REQUEST,
        changed("15/GM-UBND", "15,16/GM-UBND"),
        "X-CONGVU-DOCUMENT-NUMBER is not escaped",
    ),
    "a URL that is a script": (REQUEST, changed("URL:https", "URL:javascript"), "URL is no http"),
    "a URL with a space": (REQUEST, changed("URL:https://", "URL:https:// "), "URL is no http"),
    "a URL with parameters": (REQUEST, changed("URL:", "URL;X-A=1:"), "URL has parameters"),
    "a CONFERENCE without VALUE": (
        REQUEST,
        changed("CONFERENCE;VALUE=URI", "CONFERENCE"),
        "CONFERENCE needs VALUE=URI",
    ),
    "features quoted into one": (REQUEST, changed("FEATURE=AUDIO,VIDEO", 'FEATURE="AUDIO,VIDEO"'), "unknown FEATURE"),
    "a CONFERENCE that is a file": (REQUEST, changed("sip:8401234", "file:8401234"), "CONFERENCE is no https"),
    # the parties
    "an ORGANIZER without mailto": (REQUEST, changed(":mailto:hop+", ":hop+"), "ORGANIZER is no mailto:"),
    "an ORGANIZER with MAILTO": (REQUEST, changed(":mailto:hop+", ":MAILTO:hop+"), "ORGANIZER is no mailto:"),
    "an ORGANIZER without CN": (REQUEST, changed('CN="Văn phòng UBND tỉnh";', ""), "ORGANIZER has no CN"),
    "an ORGANIZER with a role": (
        REQUEST,
        changed("ORGANIZER;", "ORGANIZER;ROLE=CHAIR;"),
        "ORGANIZER has parameters besides",
    ),
    "a SENT-BY without mailto": (REQUEST, changed('"mailto:thuky', '"thuky'), "SENT-BY of ORGANIZER is no mailto:"),
    "a CN with a caret escape": (REQUEST, changed("Trần Văn Bình", "Trần ^'Văn^' Bình"), "a caret or a backslash"),
    "an ATTENDEE without an address": (
        REQUEST,
        changed("mailto:chutich@tinh.test", "mailto:chutich"),
        "ATTENDEE is no mailto:",
    ),
    "parameters out of order": (
        REQUEST,
        changed("ROLE=CHAIR;PARTSTAT=ACCEPTED", "PARTSTAT=ACCEPTED;ROLE=CHAIR"),
        "not in their order",
    ),
    "a parameter of its own": (REQUEST, changed("ATTENDEE;", "ATTENDEE;X-A=1;"), "unknown parameters"),
    "an unknown CUTYPE": (REQUEST, changed("CUTYPE=INDIVIDUAL", "CUTYPE=PERSON"), "CUTYPE of ATTENDEE"),
    "an unknown ROLE": (REQUEST, changed("ROLE=CHAIR", "ROLE=BOSS"), "ROLE of ATTENDEE"),
    "an unknown PARTSTAT": (REQUEST, changed("PARTSTAT=ACCEPTED", "PARTSTAT=YES"), "PARTSTAT of ATTENDEE"),
    "no RSVP": (REQUEST, changed(";RSVP=FALSE", ""), "RSVP of ATTENDEE"),
    "an ATTENDEE twice": (REQUEST, twice("ATTENDEE"), "an ATTENDEE stands there twice"),
    "the ORGANIZER as ATTENDEE": (
        REQUEST,
        changed("chutich@tinh.test", "HOP+k3v9q2@tinh.test"),
        "the ORGANIZER is an ATTENDEE",
    ),
    "the ORGANIZER's mailbox as ATTENDEE": (
        REQUEST,
        changed("chutich@tinh.test", "hop@tinh.test"),
        "the ORGANIZER is an ATTENDEE",
    ),
    "a deputy nobody sent": (
        DELEGATION,
        changed(';DELEGATED-TO="mailto:dung.le@sxd.tinh.test"', ""),
        "without the other side",
    ),
    "DELEGATED-TO without DELEGATED": (
        DELEGATION,
        changed("PARTSTAT=DELEGATED", "PARTSTAT=ACCEPTED"),
        "DELEGATED-TO without PARTSTAT=DELEGATED",
    ),
    "a deputy who does not know": (
        DELEGATION,
        changed(';DELEGATED-FROM="mailto:an.nguyen@sxd.tinh.test"', ""),
        "without the other side",
    ),
    "a deputy of somebody else": (
        DELEGATION,
        changed('TO="mailto:dung.le', 'TO="mailto:binh.le'),
        "without the other side",
    ),
    "a deputy who delegates": (
        DELEGATION,
        changed('DELEGATED-FROM="', 'DELEGATED-TO="mailto:x@tinh.test";DELEGATED-FROM="'),
        "a deputy delegates again",
    ),
    "a DELEGATED-TO without mailto": (
        DELEGATION,
        changed('TO="mailto:', 'TO="'),
        "DELEGATED-TO of ATTENDEE is no mailto:",
    ),
    # series and occurrences
    "a series without an end": (SERIES, changed(";COUNT=8", ""), "it does not say when the series ends"),
    "a series for ever": (SERIES, changed("COUNT=8", "COUNT=1000000"), "COUNT must be from 1"),
    "a series of seconds": (SERIES, changed("FREQ=WEEKLY", "FREQ=SECONDLY"), "only days, weeks or months"),
    "a series with a local UNTIL": (SERIES, changed("COUNT=8", "UNTIL=20270131T080000"), "not in its normal form"),
    "a series on other days": (SERIES, changed("BYDAY=TU", "BYDAY=WE"), "does not follow the rule"),
    "a series over itself": (SERIES, changed(":20261201T100000", ":20261209T100000"), "lasts until the next one"),
    "a series in an invented zone": (SERIES, changed("Asia/Ho_Chi_Minh", "Asia/Sai_Gon"), "timezone that nobody knows"),
    "a series in UTC": (
        SERIES,
        in_utc,
        "a series in UTC",
    ),
    "two rules": (SERIES, twice("RRULE"), "RRULE in VEVENT: 2"),
    "EXDATE without RRULE": (
        REQUEST,
        with_line("EXDATE;TZID=Asia/Ho_Chi_Minh:20261201T080000"),
        "EXDATE without RRULE",
    ),
    "EXDATE in UTC": (SERIES, with_line("EXDATE:20261208T010000Z"), "not in one timezone"),
    "RECURRENCE-ID in UTC": (
        EXCEPTION,
        changed("RECURRENCE-ID;TZID=Asia/Ho_Chi_Minh:20261208T080000", "RECURRENCE-ID:20261208T010000Z"),
        "not in one timezone",
    ),
    "RECURRENCE-ID of a day": (
        EXCEPTION,
        changed("RECURRENCE-ID;TZID=Asia/Ho_Chi_Minh:20261208T080000", "RECURRENCE-ID;VALUE=DATE:20261208"),
        "RECURRENCE-ID is no date with time",
    ),
    "a range of occurrences": (
        EXCEPTION,
        changed("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;"),
        "RECURRENCE-ID has parameters besides TZID",
    ),
    "an occurrence with a rule": (EXCEPTION, with_line("RRULE:FREQ=DAILY;COUNT=2"), "an occurrence with an RRULE"),
    "an occurrence of no series": (WHOLE, without("RRULE"), "an occurrence of a meeting that is no series"),
    "an occurrence older than its series": (
        WHOLE,
        older_exception,
        "a lower SEQUENCE than its series",
    ),
    "an occurrence twice": (
        WHOLE,
        lambda lines: lines[:-1] + lines[len(lines) - lines[::-1].index("BEGIN:VEVENT") - 1 : -1] + lines[-1:],
        "one RECURRENCE-ID twice",
    ),
    "two masters": (
        SERIES,
        lambda lines: lines[:-1] + lines[lines.index("BEGIN:VEVENT") : -1] + lines[-1:],
        "more than one VEVENT without RECURRENCE-ID",
    ),
    # states
    "a REQUEST that is cancelled": (
        REQUEST,
        changed("STATUS:CONFIRMED", "STATUS:CANCELLED"),
        "STATUS is CANCELLED in a REQUEST",
    ),
    "a CANCEL that is confirmed": (
        CANCEL,
        changed("STATUS:CANCELLED", "STATUS:CONFIRMED"),
        "STATUS is CONFIRMED in a CANCEL",
    ),
    "an alarm in a CANCEL": (CANCEL, with_line("BEGIN:VALARM\r\nEND:VALARM"), "VALARM in VEVENT: 1"),
    "an alarm in a DECLINECOUNTER": (DECLINED, with_line("BEGIN:VALARM\r\nEND:VALARM"), "VALARM in VEVENT: 1"),
    "two alarms": (
        REQUEST,
        with_line("BEGIN:VALARM\r\nEND:VALARM\r\nBEGIN:VALARM\r\nEND:VALARM"),
        "VALARM in VEVENT: 2",
    ),
    "an event in an event": (REQUEST, with_line("BEGIN:VTODO\r\nEND:VTODO"), "a component other than VALARM"),
    "an unknown property": (
        REQUEST,
        with_line("X-GOOGLE-CONFERENCE:https://x.test"),
        "X-GOOGLE-CONFERENCE in VEVENT is not allowed",
    ),
}


def _lines_again(change: Break) -> Break:
    """Changes may put several lines where one was."""
    return lambda lines: "\r\n".join(change(lines)).split("\r\n")


@pytest.mark.parametrize("name", RULES)
def test_refused_because_of(name: str) -> None:
    data, change, reason = RULES[name]
    assert violations(data) == ()
    found = violations(broken(data, _lines_again(change)))
    assert any(reason in sentence for sentence in found), found


SAMPLES: dict[Method, bytes] = {"REQUEST": REQUEST, "CANCEL": CANCEL, "DECLINECOUNTER": DECLINED, "PUBLISH": PUBLISH}
SPELLED = {
    "ATTENDEE": "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=CHAIR;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:x@tinh.test",
    "DTSTART": "DTSTART;TZID=Asia/Ho_Chi_Minh:20261201T080000",
    "DTEND": "DTEND;TZID=Asia/Ho_Chi_Minh:20261201T100000",
}
REQUIRED = [
    (method, name) for method, table in EVENT_PROPERTIES.items() for name, (least, _) in table.items() if least == 1
] + [
    ("REQUEST", "STATUS"),
    ("REQUEST", "DTEND"),
    ("CANCEL", "ATTENDEE"),
    ("CANCEL", "DTSTART"),
    ("PUBLISH", "SEQUENCE"),
]
FORBIDDEN = [
    (method, name) for method, table in EVENT_PROPERTIES.items() for name, (_, most) in table.items() if most == 0
]
ONCE = [(method, name) for method, table in EVENT_PROPERTIES.items() for name, (_, most) in table.items() if most == 1]


@pytest.mark.parametrize(("method", "name"), REQUIRED)
def test_required_by_the_table_of(method: Method, name: str) -> None:
    found = violations(broken(SAMPLES[method], without(name)))
    assert any(f"{name} in VEVENT: 0, wanted" in sentence for sentence in found), found


@pytest.mark.parametrize(("method", "name"), FORBIDDEN)
def test_forbidden_by_the_table_of(method: Method, name: str) -> None:
    found = violations(broken(SAMPLES[method], with_line(SPELLED.get(name, f"{name}:x"))))
    assert any(f"{name} in VEVENT" in sentence for sentence in found), found


@pytest.mark.parametrize(("method", "name"), ONCE)
def test_at_most_once_by_the_table_of(method: Method, name: str) -> None:
    line = SPELLED.get(name, f"{name}:x")
    found = violations(broken(SAMPLES[method], _lines_again(with_line(f"{line}\r\n{line}"))))
    assert any(f"{name} in VEVENT: " in sentence for sentence in found), found


@pytest.mark.parametrize("name", ["DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "RRULE", "URL", "CONFERENCE", "STATUS"])
def test_a_declinecounter_says_only_who_what_and_why(name: str) -> None:
    found = violations(broken(DECLINED, with_line(SPELLED.get(name, f"{name}:x"))))
    assert any(f"{name} in VEVENT is not allowed (RFC 5546 3.2.8)" in sentence for sentence in found), found


def test_others_need_not_be_told_who_stands_in_for_the_chair() -> None:
    away = replace(CHAIR, partstat="DELEGATED")
    assert violations(calendar("REQUEST", [event(attendees=(away, AN))])) == ()


def test_two_meetings_in_one_request() -> None:
    other = event(uid="ffffffff-d9cb-469f-a165-70867728950e@tinh.test")
    assert "more than one UID (RFC 5546 3.2.2)" in violations(calendar("REQUEST", [event(), other]))
    assert violations(calendar("PUBLISH", [event(), other])) == ()


def test_one_meeting_of_two_organizers() -> None:
    exception = moved(series(), 1, timedelta(hours=1))
    data = calendar("REQUEST", [series(), replace(exception, organizer=Party("khac@tinh.test", "Khác"))])
    assert "one meeting with two ORGANIZERs" in violations(data)


def test_several_occurrences_without_their_series() -> None:
    one, other = (moved(series(), week, timedelta(hours=1)) for week in (1, 2))
    assert any("clients accept one at a time" in sentence for sentence in violations(calendar("REQUEST", [one, other])))


def test_an_occurrence_in_another_zone_than_its_series() -> None:
    exception = replace(moved(series(), 1, timedelta(hours=1)), timezone="Asia/Tokyo")
    found = violations(calendar("REQUEST", [series(), exception]))
    assert any("not in the timezone of the series" in sentence for sentence in found)


def test_a_zone_with_summer_time_has_one_rule_of_each_kind() -> None:
    assert violations(calendar("REQUEST", [event(timezone="Europe/Berlin")])) == ()


def test_sentences_quote_no_more_than_a_little() -> None:
    long = "A" * 5000
    data = broken(REQUEST, changed("TRANSP:OPAQUE", f"TRANSP:{long}"))
    assert violations(data)
    assert all(len(sentence) < 200 for sentence in violations(data))


PERSONAL = Personal(event().dtstamp, ORGANIZER, (CHAIR, AN), "x", "y", "https://hop.tinh.test/j/a")


def test_the_cheap_check_finds_what_the_whole_one_finds_in_personal_lines() -> None:
    assert personal_violations(PERSONAL) == ()
    for wrong in (
        replace(PERSONAL, attendees=(AN, AN)),
        replace(PERSONAL, attendees=(AN, replace(ORGANIZER, sent_by=""))),
        replace(PERSONAL, url="ftp://hop.tinh.test/"),
        replace(PERSONAL, conferences=(Conference("file:///etc/passwd"),)),
        replace(PERSONAL, conferences=(Conference("https://x.test/", ("SMELL",)),)),
    ):
        assert personal_violations(wrong)
        whole = violations(Skeleton("REQUEST", [event()]).fill(wrong))
        assert any(sentence in found for sentence in personal_violations(wrong) for found in whole)

"""Whatever people write: a filled skeleton is what the library writes, the validator has nothing against it, readers
read what was meant, and no bytes and no rule make us raise or wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar.parser.string import _foldline

from meetings.itip.calendar import calendar
from meetings.itip.objects import Conference, Event, Method, Party, Personal
from meetings.itip.restrictions import personal_violations, violations
from meetings.itip.series import check_rrule, normal_rrule, occurrences
from meetings.itip.skeleton import Skeleton, for_person
from meetings.itip.spelling import clean_text, common_name, folded, one_line
from tests.support.ical_oracles import by_icalendar, by_libical
from tests.support.itip_events import HERE, HOURS, START, event, moved, series

STAMPS = datetime(2020, 1, 1), datetime(2039, 1, 1)  # noqa: DTZ001 - what hypothesis asks for
YEARS = datetime(2026, 1, 1), datetime(2031, 12, 28)  # noqa: DTZ001

_PIECES = [
    "Nguyễn Thị Ế",
    "Đặng",
    "ữ",
    "e\u0323\u0302",
    "😀",
    "👩‍👩‍👧",
    '"',
    "“x”",
    "’",
    "'",
    ",",
    ";",
    ":",
    "\\",
    "\\n",
    "\\N",
    "\\New",
    "^",
    "^'",
    "^n",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\x00",
    "\x1b",
    "\x85",
    "\u2028",
    "\ufeff",
    "=",
    "%",
    "x" * 70,
    "ế" * 30,
    "\\" * 37,
    ",;" * 20,
    "BEGIN:VEVENT",
    "\r\nATTENDEE:mailto:x@y.test",
]
words = st.one_of(
    st.lists(st.sampled_from(_PIECES), max_size=25).map("".join),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=120),
)
texts = st.lists(words, max_size=4).map("\n".join)
local_parts = st.from_regex(r"[a-z][a-z0-9._+%'-]{0,60}[a-z0-9]", fullmatch=True)
addresses = st.builds("{}@{}.tinh.test".format, local_parts, st.from_regex(r"[a-z]{1,20}", fullmatch=True))
people = st.builds(
    Party,
    address=addresses,
    name=words,
    role=st.sampled_from(["REQ-PARTICIPANT", "OPT-PARTICIPANT", "CHAIR"]),
    partstat=st.sampled_from(["NEEDS-ACTION", "ACCEPTED", "TENTATIVE", "DECLINED"]),
    rsvp=st.booleans(),
    sent_by=st.one_of(st.just(""), addresses),
)
organizers = st.builds(
    Party, address=st.just("hop+k3v9q2@to-chuc.test"), name=words.map(lambda name: f"{name} vp"), sent_by=addresses
)
uris = st.builds(
    "{}{}".format,
    st.sampled_from(["https://hop.tinh.test/j/", "sip:", "h323:", "tel:+84"]),
    st.from_regex(r"[0-9a-zA-Z~._=;-]{1,120}", fullmatch=True),
)
conferences = st.builds(
    Conference,
    uri=uris,
    features=st.lists(st.sampled_from(["AUDIO", "VIDEO", "PHONE", "CHAT"]), unique=True, max_size=3).map(tuple),
    label=words,
)
personals = st.builds(
    Personal,
    dtstamp=st.datetimes(*STAMPS, timezones=st.just(UTC)),
    organizer=organizers,
    attendees=st.lists(people, min_size=1, max_size=3, unique_by=lambda party: party.address.lower()).map(tuple),
    description=texts,
    location=words,
    url=st.one_of(st.just(""), st.from_regex(r"https://hop\.tinh\.test/[a-zA-Z0-9._~/-]{0,150}", fullmatch=True)),
    conferences=st.lists(conferences, max_size=3).map(tuple),
)
methods = st.sampled_from(["REQUEST", "CANCEL", "DECLINECOUNTER", "PUBLISH"])


def of_method(method: Method, summary: str = "Họp") -> Event:
    return event(summary=summary, status="CANCELLED" if method == "CANCEL" else "CONFIRMED", comment="Xin lỗi, hoãn")


@given(methods, st.lists(personals, min_size=1, max_size=3))
def test_a_filled_skeleton_is_what_the_library_writes(method: Method, recipients: list[Personal]) -> None:
    skeleton = Skeleton(method, [of_method(method)])
    for person in recipients:
        assert skeleton.fill(person) == calendar(method, [for_person(of_method(method), person)])


@given(personals, personals)
def test_so_it_is_for_a_series_with_an_exception(one: Personal, other: Personal) -> None:
    events = [series(), moved(series(), 2, timedelta(hours=1))]
    written = calendar("REQUEST", [for_person(events[0], one), for_person(events[1], other)])
    assert Skeleton("REQUEST", events).fill(one, other) == written


@given(methods, personals, words)
def test_the_validator_has_nothing_against_what_people_write(method: Method, person: Personal, summary: str) -> None:
    told = for_person(of_method(method, f"Họp {summary}"), person)
    assert violations(calendar(method, [told])) == ()
    assert personal_violations(person) == ()


@settings(max_examples=60)
@given(personals, words)
def test_readers_read_what_people_wrote(person: Personal, summary: str) -> None:
    data = calendar("REQUEST", [for_person(of_method("REQUEST", f"Họp {summary}"), person)])
    for facts in (by_libical(data), by_icalendar(data)):
        (read,) = facts.events
        assert read.summary == one_line(f"Họp {summary}")
        assert read.location == one_line(person.location)
        assert read.description == clean_text(person.description)
        assert read.organizer.address == person.organizer.address
        assert [party.partstat for party in read.attendees] == [party.partstat for party in person.attendees]
        assert read.conferences == tuple(conference.uri for conference in person.conferences)


@settings(max_examples=60)
@given(st.lists(people, min_size=1, max_size=3, unique_by=lambda party: party.address.lower()))
def test_the_library_reads_names_back(parties: list[Party]) -> None:
    (read,) = by_icalendar(calendar("REQUEST", [event(attendees=tuple(parties))])).events
    assert [party.name for party in read.attendees] == [common_name(party.name) for party in parties]


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\n"), max_size=400))
def test_lines_fold_as_the_library_folds(line: str) -> None:
    assert folded(line) == f"{_foldline(line)}\r\n".encode()


@given(st.lists(st.sampled_from(["\\", "^", "a", "ế", "😀", "\\,", "x" * 72, "ế" * 24]), max_size=60).map("".join))
def test_lines_of_escapes_fold_as_the_library_folds(line: str) -> None:
    assert folded(line) == f"{_foldline(line)}\r\n".encode()


WHOLE = calendar("REQUEST", [series(), moved(series(), 1, timedelta(hours=1))])


@given(st.one_of(st.binary(max_size=300), st.builds(
    lambda place, new, gone: WHOLE[:place] + new + WHOLE[place + gone :],
    st.integers(0, len(WHOLE)), st.binary(max_size=20), st.integers(0, 200),
)))  # fmt: skip
def test_the_validator_never_raises(data: bytes) -> None:
    for sentence in violations(data):
        assert sentence.isprintable() or "\ufffd" in sentence or sentence
        assert len(sentence) < 300


rule_pieces = st.sampled_from(
    [
        "FREQ=",
        "DAILY",
        "WEEKLY",
        "MONTHLY",
        "SECONDLY",
        "YEARLY",
        ";",
        ";",
        "COUNT=",
        "5",
        "366",
        "1000000000",
        "UNTIL=",
        "20270131",
        "T080000",
        "Z",
        "99991231",
        "INTERVAL=",
        "2",
        "BYDAY=",
        "TU",
        "1TU",
        "-1TU",
        ",",
        "BYMONTHDAY=",
        "1",
        "-1",
        "BYSETPOS=1",
        "WKST=MO",
        "RRULE:",
        " ",
        "=",
        "ế",
        "\n",
    ]
)


@given(st.one_of(st.lists(rule_pieces, max_size=15).map("".join), st.text(max_size=60)))
def test_no_rule_makes_us_raise_and_a_good_one_is_bounded(text: str) -> None:
    if any(problem.stops for problem in check_rrule(text, START, START + HOURS)) or not text.strip():
        return
    rule = normal_rrule(text, START)
    assert normal_rrule(rule, START) == rule
    assert check_rrule(rule, START, START + HOURS) == check_rrule(text, START, START + HOURS)[:1] or "COUNT=1" in rule
    found = occurrences(rule, START, START + HOURS)
    assert 1 <= len(found) <= 366
    assert found[0][0] == START


starts = st.datetimes(*YEARS, timezones=st.just(HERE)).map(
    lambda at: at.replace(second=0, microsecond=0, day=min(at.day, 28))
)


@st.composite
def good_series(draw: st.DrawFn) -> Event:
    """A series that we would send, with some occurrences cancelled."""
    start = draw(starts)
    day = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][start.weekday()]
    others = draw(st.lists(st.sampled_from(["MO", "WE", "SU"]), unique=True, max_size=2))
    rule = draw(st.sampled_from([
        "FREQ=DAILY", f"FREQ=WEEKLY;BYDAY={','.join(sorted({day, *others}))}", f"FREQ=MONTHLY;BYMONTHDAY={start.day}",
        f"FREQ=MONTHLY;BYDAY={min((start.day - 1) // 7 + 1, 4)}{day}",
    ]))  # fmt: skip
    interval = draw(st.integers(1, 4))
    ends = draw(st.one_of(
        st.integers(2, 12).map("COUNT={}".format),
        st.integers(1, 200).map(lambda days: f"UNTIL={start + timedelta(days=days):%Y%m%d}"),
    ))  # fmt: skip
    text = f"{rule};INTERVAL={interval};{ends}"
    found = occurrences(text, start, start + HOURS)
    gone = draw(st.lists(st.sampled_from(found), unique=True, max_size=2)) if len(found) > 3 else []
    return replace(series(start, text), exdates=tuple(begin for begin, _ in gone))


@settings(max_examples=60)
@given(good_series())
def test_series_occur_alike_for_us_libical_and_recurring_ical_events(master: Event) -> None:
    ours = [
        int(begin.timestamp())
        for begin, _ in occurrences(master.rrule, master.start, master.end, exdates=master.exdates)
    ]
    data = calendar("REQUEST", [master])
    assert list(by_libical(data).occurrences) == ours
    assert list(by_icalendar(data).occurrences) == ours


@given(st.sampled_from(["Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York"]), starts)
def test_instants_survive_their_zone(zone: str, at: datetime) -> None:
    told = event(timezone=zone, start=at.astimezone(ZoneInfo(zone)), end=at + HOURS)
    data = calendar("REQUEST", [told])
    assert by_libical(data).events[0].start == int(at.timestamp())
    assert by_icalendar(data).events[0].start == int(at.timestamp())

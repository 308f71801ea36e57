"""Vietnamese times: every way of writing that was met in letters, and what cannot be a time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Problem
from meetings.form.times import Moment, in_timezone, parse_duration, parse_time

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

MET_IN_LETTERS = [
    ("13h30’, ngày 31 tháng 7 năm 2012 (thứ 3)", "2012-07-31 13:30", ""),
    ("vào lúc 13h30', ngày 31 tháng 7 năm 2012 (thứ 3)", "2012-07-31 13:30", ""),
    ("½ ngày, từ 7h30 -9h00, Thứ ba, ngày 06/02/2018", "2018-02-06 07:30", "2018-02-06 09:00"),
    ("½ ngày, từ 7h30, Thứ ba, ngày 06/02/2018", "2018-02-06 07:30", "2018-02-06 11:30"),
    ("08h00 Thứ 2 (11/11/2019)", "2019-11-11 08:00", ""),
    ("10h00 ngày 11/11/2019", "2019-11-11 10:00", ""),
    ("14 giờ 00, Thứ Hai, ngày 11 tháng 11 năm 2019", "2019-11-11 14:00", ""),
    ("14 giờ 00, Chủ nhật (CN), ngày 17/11/2019", "2019-11-17 14:00", ""),
    ("7h30 CN 17/11/2019", "2019-11-17 07:30", ""),
    ("2 giờ chiều thứ Năm, ngày 14 tháng 11 năm 2019", "2019-11-14 14:00", ""),
    ("chiều 2h - 4h ngày 14/11/2019", "2019-11-14 14:00", "2019-11-14 16:00"),
    ("8h sáng đến 2h chiều ngày 14/11/2019", "2019-11-14 08:00", "2019-11-14 14:00"),
    ("Sáng thứ Năm, từ 9h đến 14h, 14/11/2019", "2019-11-14 09:00", "2019-11-14 14:00"),
    ("7 giờ rưỡi tối 14/11/2019", "2019-11-14 19:30", ""),
    ("1 giờ trưa 14/11/2019", "2019-11-14 13:00", ""),
    ("10 giờ đêm 14/11/2019", "2019-11-14 22:00", ""),
    ("8 giờ 30 phút, thứ Tư, ngày 13-11-2019", "2019-11-13 08:30", ""),
    ("8g30 ngày 13.11.2019", "2019-11-13 08:30", ""),
    ("8:30 T4 13/11/2019", "2019-11-13 08:30", ""),
    ("07h30 ngày 24/11/2026 đến 17h00 ngày 25/11/2026", "2026-11-24 07:30", "2026-11-25 17:00"),
    ("Bắt đầu lúc 19h00 thứ sáu, 27/11/2026", "2026-11-27 19:00", ""),
    ("2026-07-31T13:30", "2026-07-31 13:30", ""),
    ("2026-07-31 13:30:00", "2026-07-31 13:30", ""),
    ("2026-07-31T06:30:00Z", "2026-07-31 13:30", ""),
    ("8h30, 2026-07-31", "2026-07-31 08:30", ""),
]


@pytest.mark.parametrize(("text", "start", "end"), MET_IN_LETTERS)
def test_what_letters_write_is_understood(text: str, start: str, end: str) -> None:
    moment = parse_time(text)
    assert isinstance(moment, Moment), moment
    assert f"{moment.start:%Y-%m-%d %H:%M}" == start
    assert (f"{moment.end:%Y-%m-%d %H:%M}" if moment.end else "") == end
    assert moment.start.utcoffset() == timedelta(hours=7)


def test_decomposed_and_upper_case_letters_mean_the_same() -> None:
    assert parse_time("14 GIỜ 00, THỨ BA, NGÀY 01 THÁNG 12 NĂM 2026") == parse_time(
        "14 giờ 00, thứ Ba, ngày 1 tháng 12 năm 2026"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("13h30 thứ 4, ngày 31 tháng 7 năm 2012", ("thứ Tư", "31/07/2012 là thứ Ba")),
        ("13h30, Chủ nhật 31/7/2012", ("Chủ nhật", "thứ Ba")),
        ("8h ngày 24/11", ("24/11 thiếu năm",)),
        ("8h ngày 24 tháng 11", ("thiếu năm",)),
        ("31/2/2026 8h", ("31/2/2026",)),
        ("8h 29/02/2027", ("2027 không có ngày 29 tháng 2",)),
        ("25h00 24/11/2026", ("25 giờ",)),
        ("8h75 24/11/2026", ("75",)),
        ("14h sáng 24/11/2026", ("sáng",)),
        ("sáng 24/11/2026", ("sáng", "thiếu giờ")),
        ("24/11/2026", ("thiếu giờ",)),
        ("8h00", ("thiếu ngày",)),
        ("8h00 thứ Ba", ("thiếu ngày",)),
        ("8h 24/11/2026 tại phòng 3", ("tại phòng 3",)),
        ("8h 9h 10h 24/11/2026", ("nhiều thời điểm",)),
        ("8h 24/11/2026, 25/11/2026", ("nhiều thời điểm",)),
        ("", ("thiếu ngày",)),
        ("8h 24/11/0026", ("năm 26",)),
        ("8h 24/11/26", ("24/11/26",)),
        ("x" * 201, ("quá dài",)),
    ],
)
def test_what_cannot_be_a_time_is_told_why(text: str, said: tuple[str, ...]) -> None:
    problem = parse_time(text)
    assert isinstance(problem, Problem)
    assert all(words in problem.message.vi for words in said), problem.message.vi
    assert problem.hint is not None


def test_a_mismatch_names_both_in_english_too() -> None:
    problem = parse_time("13h30 thứ 4, ngày 31 tháng 7 năm 2012")
    assert isinstance(problem, Problem)
    assert problem.message.en == "it says Wednesday, but 31/07/2012 is a Tuesday"


@pytest.mark.parametrize(
    "text", ["Thứ Ba, 2026-12-08T13:30", "2026-12-08T13:30 (thứ 3)", "T3 2026-12-08T13:30:00+07:00"]
)
def test_a_weekday_may_stand_beside_iso(text: str) -> None:
    moment = parse_time(text)
    assert isinstance(moment, Moment)
    assert moment.start.isoformat() == "2026-12-08T13:30:00+07:00"


def test_a_wrong_weekday_beside_iso_is_told() -> None:
    problem = parse_time("Thứ Hai, 2026-12-08T13:30")
    assert isinstance(problem, Problem)
    assert problem.message.vi == "ghi thứ Hai nhưng ngày 08/12/2026 là thứ Ba"


def test_an_hour_alone_is_of_the_day_that_the_caller_knows() -> None:
    assert parse_time("17h00", on=date(2026, 12, 1)) == Moment(datetime(2026, 12, 1, 17, tzinfo=ZONE))


def test_a_day_alone_takes_the_hour_that_the_caller_knows() -> None:
    assert parse_time("1/12/2026", alone=time(17)) == Moment(datetime(2026, 12, 1, 17, tzinfo=ZONE))


def test_a_local_time_that_the_clock_skips_is_none() -> None:
    assert in_timezone(datetime(2026, 3, 29, 2, 30), "Europe/Berlin") is None  # noqa: DTZ001 a wall clock
    assert isinstance(parse_time("2026-03-29T02:30", "Europe/Berlin"), Problem)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("2h", 120),
        ("90 phút", 90),
        ("90p", 90),
        ("45'", 45),
        ("45’", 45),
        ("1 giờ 30 phút", 90),
        ("1h30", 90),
        ("1h30'", 90),
        ("1 giờ rưỡi", 90),
        ("2,5 giờ", 150),
        ("2 tiếng", 120),
        ("khoảng 2 giờ", 120),
        ("nửa ngày", 240),
        ("½ ngày", 240),
    ],
)
def test_durations(text: str, minutes: int) -> None:
    assert parse_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "0h", "0 phút", "90", "2 ngày", "lâu", "-2h", "2h x"])
def test_what_is_no_duration(text: str) -> None:
    assert isinstance(parse_duration(text), Problem)


_WEEKDAYS = ("thứ Hai", "thứ 3", "Thứ tư", "thứ năm", "T6", "thứ Bảy", "Chủ nhật")


@given(
    moment=st.datetimes(datetime(1995, 1, 1), datetime(2190, 1, 1)),  # noqa: DTZ001 wall clocks
    shape=st.sampled_from(
        [
            "{hour}h{minute:02d}’, ngày {day} tháng {month} năm {year} ({weekday})",
            "{hour} giờ {minute:02d}, {weekday}, ngày {day:02d}/{month:02d}/{year}",
            "{weekday}, {hour}h{minute:02d} - 23h59, {day}/{month}/{year}",
            "{hour:02d}:{minute:02d} {day}-{month}-{year}",
            "{year}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}",
            "lúc {hour}g{minute:02d} {weekday} ({day}.{month}.{year})",
        ]
    ),
)
def test_every_minute_is_read_back_in_every_shape(moment: datetime, shape: str) -> None:
    text = shape.format(
        hour=moment.hour,
        minute=moment.minute,
        day=moment.day,
        month=moment.month,
        year=moment.year,
        weekday=_WEEKDAYS[moment.weekday()],
    )
    read = parse_time(text)
    assert isinstance(read, Moment), (text, read)
    assert read.start.replace(tzinfo=None) == moment.replace(second=0, microsecond=0)


@given(text=st.text(max_size=60) | st.text(alphabet="0123456789hgiờ:/- thứngày’sángcn", max_size=60))
def test_any_text_is_a_moment_or_a_problem(text: str) -> None:
    assert isinstance(parse_time(text), Moment | Problem)
    assert isinstance(parse_duration(text), timedelta | Problem)

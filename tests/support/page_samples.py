"""What each template of the web pages receives in a sample."""

from __future__ import annotations

from typing import Any

from foundation.web.pages import Frame
from meetings.meeting import place_of
from meetings.rooms.static import StaticRooms
from meetings.web.meeting_words import Changed, Line, Sitting, meeting_words, room_lines
from meetings.web.personal_words import DeputyWords, Given
from meetings.web.secretary_words import person_words, waiting
from tests.support.meeting_pages import ATTENDEE, CHAIR, GUEST, MEETING, secretary_view

_FRAME = Frame("vi", "Giấy mời", "UBND tỉnh Thử", "/assets/congvu.css", "?lang=en")
_WORDS = meeting_words(MEETING, place_of(MEETING, GUEST), CHAIR, "vi")
_ROOMS = room_lines(StaticRooms().link(MEETING, ATTENDEE), "vi")
_VIEW = secretary_view()
_HELD, _COUNTERS, _DEPUTIES = waiting(_VIEW, "vi")

PAGE_SAMPLES: dict[str, dict[str, Any]] = {
    "pages/layout.html": {"frame": _FRAME},
    "pages/error.html": {"frame": _FRAME, "status": 404, "sentence": "Xin kiểm tra liên kết."},
    "pages/gone.html": {"frame": _FRAME, "why": "revoked", "contact": _WORDS.contact},
    "pages/meeting.html": {"meeting": _WORDS},
    "pages/personal.html": {
        "frame": _FRAME,
        "meeting": _WORDS,
        "name": "Trần Thị Bình",
        "stands_in_for": "Lê Đức",
        "changed": (Changed("Thời gian", "14 giờ", "15 giờ"),),
        "sittings": (Sitting("1", "14 giờ 00", True, False), Sitting("2", "15 giờ 00", False, True, "tham dự")),
        "everybody": ["Trần Thị Bình, Giám đốc"],
        "given": (Given("", "tham dự", "Vâng", "14 giờ 00", "bằng thư"),),
        "deputy": DeputyWords("Lê Đức", "Sở Xây dựng", "đang chờ", "14 giờ 00", True, ""),
        "may_answer": True,
        "may_send_deputy": True,
        "over": False,
        "choices": [("accepted", "Tham dự")],
        "chosen": "accepted",
        "occurrence": "2",
        "comment": "",
        "said": "Đã ghi nhận.",
        "wrong": "Xin chọn.",
        "join": "https://hop.tinh.test/j/x",
        "rooms": _ROOMS,
        "feed": "https://hop.tinh.test/f/x.ics",
        "paths": dict.fromkeys(("answer", "deputy", "feed", "letter", "calendar"), "/x"),
        "token": "x",
        "longest_reason": 1000,
    },
    "pages/deputy.html": {
        "frame": _FRAME,
        "meeting": _WORDS,
        "agency": "Sở Xây dựng",
        "open": True,
        "colleagues": [GUEST],
        "words": "binh",
        "chosen": GUEST.address,
        "address": "",
        "comment": "",
        "wrong": "Xin chọn.",
        "paths": {"back": "/x", "here": "/x", "search": "/x"},
        "token": "x",
        "longest_reason": 1000,
    },
    "pages/join.html": {
        "frame": _FRAME,
        "state": "early",
        "meeting": _WORDS,
        "opens_at": "13 giờ 00",
        "rooms": _ROOMS,
        "addresses": [Line("", "Điểm cầu", "https://phonghop.tinh.test/")],
        "paths": {"here": "/x", "page": "/x"},
    },
    "pages/secretary.html": {
        "frame": _FRAME,
        "meeting": _WORDS,
        "sequence": 2,
        "totals": [("Tất cả", 3)],
        "shown": "all",
        "filters": [("all", "Tất cả", "/x"), ("joined", "Đã vào họp", "/x")],
        "columns": [("Họ và tên", "/x", "ascending"), ("Đơn vị", "/x", "none")],
        "people": [person_words(line, "Asia/Ho_Chi_Minh", "vi") for line in _VIEW.people],
        "count": 3,
        "removed": 1,
        "page": 1,
        "pages": [(1, "/x"), (2, "/x")],
        "sittings": [("0", "Cả chuỗi họp", "/x"), ("5", "14 giờ", "/x")],
        "occurrence": "5",
        "held": _HELD,
        "counters": _COUNTERS,
        "deputies": _DEPUTIES,
        "choices": [("accepted", "tham dự"), ("declined", "không dự")],
        "said": "Đã gửi lại.",
        "wrong": "Không được.",
        "paths": dict.fromkeys(("csv", "here", "held", "counter", "deputy", "resend", "mail"), "/x"),
        "token": "x",
    },
    "pages/week.html": {
        "frame": _FRAME,
        "content": "<h1>Lịch công tác tuần</h1>",
        "paths": dict.fromkeys(("before", "after", "calendar", "letter"), "/x"),
    },
}

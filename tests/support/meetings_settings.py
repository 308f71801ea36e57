"""Settings of a meetings server of `tinh.test`, for tests; every port is chosen by the kernel."""

from __future__ import annotations

from typing import Any

from meetings.settings import Listen, MeetingsSettings

ORGANISER = "hop@tinh.test"
BOUNCES = "hop-bao-phat@tinh.test"


def meetings_settings(**changes: Any) -> MeetingsSettings:
    """`changes` are fields of MeetingsSettings."""
    values: dict[str, Any] = {
        "domains": ("tinh.test",),
        "organiser": ORGANISER,
        "bounce_address": BOUNCES,
        "public_url": "http://127.0.0.1:8025",
        "organisation": "Ủy ban nhân dân tỉnh Thử",
        "organiser_name": "Văn phòng UBND tỉnh Thử",
        "authserv_id": "mail.tinh.test",
        "lmtp": Listen("127.0.0.1", 0),
        "web": Listen("127.0.0.1", 0),
        "metrics": Listen("127.0.0.1", 0),
    }
    return MeetingsSettings(**values | changes)

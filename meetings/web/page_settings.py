"""What the pages need to know of the installation, apart from what they ask the desk. Frozen values with their reasons."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.language import Language


@dataclass(frozen=True, slots=True)
class PageSettings:
    """`public_url` is how people reach us; whoever asks for another host is refused."""

    public_url: str
    organisation: str
    timezone: str = "Asia/Ho_Chi_Minh"
    language: Language = "vi"
    door_opens_minutes: int = 60
    """The room can be entered this long before the start: enough to try the line of every điểm cầu beforehand."""
    links_live_days: int = 30
    """After the end of the meeting its pages still answer this long: until the minutes are out (conclusions are due
    within five working days, Decision 45/2018/QĐ-TTg), and late answers are over."""

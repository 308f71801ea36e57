"""A secret meeting never becomes an ordinary one: what it was about is not known here.

This and `meetings.meeting.closed` are the gate behind the form's own checks, in front of every row: whatever brings an
edition to the desk, what is stored of a secret meeting has passed both. Nobody can override it.
"""

from __future__ import annotations

from typing import Final

from foundation.errors import InputError
from foundation.language import Text
from meetings.meeting import Meeting

_OPENING: Final = Text(
    "cuộc họp mật không thể đổi thành cuộc họp thường",
    "a secret meeting cannot become an ordinary one",
)
_OPENING_HINT: Final = Text(
    "hủy cuộc họp này rồi lập giấy mời mới; nội dung không hề được lưu ở đây",
    "cancel it and create a new one: what it is about was never stored here",
)


def refuse_opening(before: Meeting, after: Meeting) -> None:
    """Raise InputError for a secret meeting that is to become ordinary."""
    if before.secret and not after.secret:
        raise InputError(_OPENING, _OPENING_HINT)

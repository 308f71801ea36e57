"""There is no such meeting, person, mail or proposal: the order ran, and says no (exit 1). Cheap to import."""

from __future__ import annotations

from typing import ClassVar

from foundation.errors import CongvuError
from foundation.language import Text

HINT = Text("xem: meetings list --all", "see: meetings list --all")


class NothingFound(CongvuError):
    """No mistake of ours, and none of a form."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: Text, hint: Text = HINT) -> None:
        super().__init__(message, hint)

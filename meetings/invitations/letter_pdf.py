"""The giấy mời as a PDF in the form of Decree 30/2020/NĐ-CP (appendix III, form 1.7): once per edition, for all.

The page is rendered here from `letters/invitation.html` and printed by `foundation.printing`; the same input gives the
same bytes. The copy is not signed and does not say that it is; nothing personal stands in it, and of a secret meeting
there is none.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, Final

from foundation.errors import CongvuError
from foundation.language import Language, Text
from foundation.printing.pages import print_page
from foundation.rendering import Renderer
from meetings.invitations.edition import edition_facts, exception_facts
from meetings.invitations.marks import clean_line
from meetings.invitations.mime import LETTER_TEMPLATE
from meetings.invitations.wording import local
from meetings.meeting import Meeting, Occurrence

_KEPT: Final = 16
"""Ours: editions that are being mailed at once; a PDF has some tens of kilobytes."""

_kept: OrderedDict[str, bytes] = OrderedDict()
_lock = Lock()


def make_pdf(
    meeting: Meeting,
    organisation: str,
    *,
    at: datetime,
    renderer: Renderer,
    occurrences: Sequence[Occurrence] = (),
    parent: str = "",
    place_name: str = "",
    invited: Sequence[str] = (),
    signer_title: str = "",
    signer_name: str = "",
    language: Language = "vi",
) -> bytes:
    """The PDF of one edition.

    `at` is when the edition was made (aware): its date, and the time stamp of the electronic copy. `parent` is the
    organ above `organisation`, `place_name` where it sits ("Hà Giang"). `invited` are lines that say who is invited, as
    far as everybody may read it; empty: whoever got the letter. The last results are kept in memory, one worker runs at
    a time. Raises ConfigError when the template or the machine's libraries do not make a PDF, CongvuError for a secret
    meeting.
    """
    if meeting.secret:
        raise CongvuError(Text("cuộc họp mật không có giấy mời điện tử", "a secret meeting has no electronic letter"))
    head = {"organisation": organisation, "parent": parent, "place_name": place_name}
    signer = {"signer_title": signer_title, "signer_name": signer_name}
    page = renderer.render(
        LETTER_TEMPLATE, language, **page_variables(meeting, head | signer, at, invited, occurrences)
    )
    return _made_once(page, str(int(at.timestamp())))


def page_variables(
    meeting: Meeting, words: Mapping[str, str], at: datetime, invited: Sequence[str], occurrences: Sequence[Occurrence]
) -> dict[str, Any]:
    """The variables of the letter's template; `words` are those that are plain text."""
    return edition_facts(meeting, meeting.places, at) | {
        "stamp": local(at, meeting.timezone).replace(microsecond=0).isoformat(),
        "invited": [line for each in invited if (line := clean_line(each))],
        "exceptions": [exception_facts(each, None) for each in occurrences],
        **{name: clean_line(value) for name, value in words.items()},
    }


def _made_once(page: str, epoch: str) -> bytes:
    key = hashlib.sha256(f"{epoch}\n{page}".encode()).hexdigest()
    with _lock:
        if key not in _kept:
            _kept[key] = print_page(page, epoch)
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]

"""The giấy mời as a PDF in the form of Decree 30/2020/NĐ-CP (appendix III, form 1.7): once per edition, for all.

The page is rendered here from `letters/invitation.html` and printed by `foundation.printing`; the same input gives the
same bytes. The copy is not signed and does not say that it is; nothing personal stands in it, and of a secret meeting
there is none. The last ones are kept, for the letters and for the pages; that one could not be made is kept for a while
too, so that ten thousand letters do not try ten thousand times.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, Final, NamedTuple

from foundation import clock
from foundation.errors import ConfigError, CongvuError
from foundation.language import Language, Text
from foundation.printing.pages import print_page
from foundation.rendering import Renderer
from meetings.invitations.edition import edition_facts, exception_facts, from_first_held
from meetings.invitations.marks import clean_line
from meetings.invitations.mime import LETTER_TEMPLATE
from meetings.invitations.wording import local
from meetings.meeting import Meeting, Occurrence

_KEPT: Final = 16
"""Ours: editions that are being mailed at once; a PDF has some tens of kilobytes."""

_AGAIN_SECONDS: Final = 300.0
"""A PDF that could not be made is tried again so late: somebody may have mended the machine."""

_WORDS: Final = ("organisation", "parent", "place_name", "signer_title", "signer_name")


class _Failed(NamedTuple):
    """Why there is no PDF, and until when (of `clock.monotonic`) nobody tries again."""

    error: ConfigError
    until: float


_kept: OrderedDict[Hashable, bytes | _Failed] = OrderedDict()
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
    far as everybody may read it; empty: whoever got the letter. One worker runs at a time. Raises ConfigError when the
    template or the machine's libraries do not make a PDF (for a while without another try), CongvuError for a secret
    meeting.
    """
    if meeting.secret:
        raise CongvuError(Text("cuộc họp mật không có giấy mời điện tử", "a secret meeting has no electronic letter"))
    changed, people = tuple(occurrences), tuple(invited)
    head = (organisation, parent, place_name, signer_title, signer_name)

    def printed() -> bytes:
        words = dict(zip(_WORDS, head, strict=True))
        variables = page_variables(meeting, words, at, people, changed)
        return print_page(renderer.render(LETTER_TEMPLATE, language, **variables), str(int(at.timestamp())))

    return _made_once((meeting, changed, at, people, *head, language, renderer), printed)


def page_variables(
    meeting: Meeting, words: Mapping[str, str], at: datetime, invited: Sequence[str], occurrences: Sequence[Occurrence]
) -> dict[str, Any]:
    """The variables of the letter's template; `words` are those that are plain text."""
    return edition_facts(from_first_held(meeting, occurrences), meeting.places, at) | {
        "stamp": local(at, meeting.timezone).replace(microsecond=0).isoformat(),
        "invited": [line for each in invited if (line := clean_line(each))],
        "exceptions": [exception_facts(each, meeting, None) for each in occurrences],
        **{name: clean_line(value) for name, value in words.items()},
    }


def _made_once(key: Hashable, make: Callable[[], bytes]) -> bytes:
    """`key` is everything that the PDF depends on."""
    with _lock:
        found = _kept.get(key)
        if found is None or (isinstance(found, _Failed) and found.until <= clock.monotonic()):
            found = _kept[key] = _tried(make)
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
    if isinstance(found, _Failed):
        raise ConfigError(found.error.message, found.error.hint)
    return found


def _tried(make: Callable[[], bytes]) -> bytes | _Failed:
    try:
        return make()
    except ConfigError as error:
        return _Failed(error, clock.monotonic() + _AGAIN_SECONDS)

"""What all pages of this application are made with and do alike: check a form, say that a link is gone, go back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from foundation.language import Text
from foundation.web.clients import origin_of
from foundation.web.forms import FormTokens, comes_from_us, read_form
from foundation.web.pages import Pages
from meetings.links import LinkPurpose, Links
from meetings.meeting import Contact
from meetings.rooms.engine import RoomEngine
from meetings.settings import MeetingsSettings
from meetings.web.asked import DeskAccess, Gone
from meetings.web.calendar_files import CalendarFiles
from meetings.web.meeting_words import contact_lines
from meetings.web.visits import Visit, Visits

TOO_OLD = Text(
    "Trang đã mở quá lâu nên chưa ghi nhận. Nội dung Ông/Bà đã chọn vẫn còn bên dưới, xin bấm gửi lại một lần nữa.",
    "The page was open too long, so nothing was recorded. What you chose is still below: please send it once more.",
)

NOT_OURS = Text(
    "Biểu mẫu này không được gửi từ trang của hệ thống nên chưa ghi nhận. Nếu chính Ông/Bà vừa bấm gửi, xin bấm lại ở "
    "trang dưới đây.",
    "This form was not sent from a page of ours, so nothing was recorded. If it was you who sent it, please send it "
    "again below.",
)

GONE_TITLE = Text("Liên kết không còn hiệu lực", "This link holds no more")

DAY_SECONDS = 86400
LONGEST_REASON = 1000
"""Letters of a reason: half a page, which mail programs still show whole as COMMENT."""
LINKS_LIVE_DAYS = 30
"""After the end of the meeting its pages answer this long: the conclusions are out by then (five working days, Decision
45/2018/QĐ-TTg), and late answers are over."""


@dataclass(frozen=True, slots=True)
class House:
    """The parts of one application."""

    desk: DeskAccess
    links: Links
    settings: MeetingsSettings
    pages: Pages
    rooms: RoomEngine
    calendars: CalendarFiles
    tokens: FormTokens
    visits: Visits

    async def form(self, request: Request, visit: Visit, purpose: LinkPurpose) -> tuple[Mapping[str, str], Text | None]:
        """The fields of a form of ours, and why it is none, if so: not sent by our page, or without a token of this
        link, or too old. Raises HTTPException for what is no form, and for too many."""
        self.visits.count_order(visit, purpose)
        fields = await read_form(request)
        if not comes_from_us(request.headers, origin_of(self.settings.public_url)):
            return fields, NOT_OURS
        return fields, None if self.tokens.holds(fields.get("token", ""), visit.subject) else TOO_OLD

    def gone(self, request: Request, gone: Gone) -> Response:
        """The page of a link that holds no more: 410, with whom to ask."""
        return self._gone(request, gone.why, gone.contact)

    def expired(self, request: Request, contact: Contact) -> Response:
        """The same for a meeting that is long over."""
        return self._gone(request, "expired", contact)

    def _gone(self, request: Request, why: str, contact: Contact) -> Response:
        shown = contact_lines(contact, self.pages.language_of(request.scope))
        return self.pages.render(request.scope, "gone.html", GONE_TITLE, 410, why=why, contact=shown)

    def back(self, request: Request, path: str, said: str, **about: str) -> Response:
        """After an order: the page again, by GET, so that reloading repeats nothing."""
        return RedirectResponse(self.pages.link(request.scope, path, said=said, **about), 303)

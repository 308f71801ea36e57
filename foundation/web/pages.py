"""Pages out of templates: the frame around each, in the language of the reader, and what is said when there is none.

The language is that of `?lang=`, else the installation's. An error page tells what happened and the next step, and
never a detail: details are in the log. It does not decide who may see a page.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation.errors import ConfigError, StorageError
from foundation.language import Language, Text
from foundation.logs import event, trouble
from foundation.rendering import Renderer
from foundation.web.style import Style


@dataclass(frozen=True, slots=True)
class Frame:
    """What the layout needs to know of a page; `other_language` is this page in the other language."""

    language: Language
    title: str
    organisation: str
    stylesheet: str
    other_language: str


class Pages:
    """Renders the pages of one application. `public_url` may have a path, under which a proxy puts us."""

    def __init__(self, renderer: Renderer, organisation: str, language: Language, public_url: str) -> None:
        self._renderer = renderer
        self._organisation = organisation
        self._language: Language = language
        self.prefix = urlsplit(public_url).path.rstrip("/")
        self.style = Style()

    def language_of(self, scope: Scope) -> Language:
        """The language in which this request is answered."""
        asked = QueryParams(scope["query_string"]).get("lang")
        return "en" if asked == "en" else "vi" if asked == "vi" else self._language

    def link(self, scope: Scope, path: str, **query: str) -> str:
        """A link to a page of ours that keeps the language of this one; `path` begins with a slash."""
        language = self.language_of(scope)
        kept = query if language == self._language else query | {"lang": language}
        return f"{self.prefix}{path}" + (f"?{urlencode(kept)}" if kept else "")

    def render(
        self, scope: Scope, template: str, title: Text, http_status: int = 200, /, at: str = "", **variables: Any
    ) -> Response:
        """The page of a template such as `personal.html`, which receives these variables and `frame`. `at` is its path
        when it answers a form that was sent elsewhere."""
        language = self.language_of(scope)
        frame = Frame(
            language,
            title.of(language),
            self._organisation,
            self.prefix + self.style.path,
            (self.prefix + at if at else "") + self._in_the_other_language(scope, language),
        )
        text = self._renderer.render(f"pages/{template}", language, frame=frame, **variables)
        return HTMLResponse(text, http_status, {"Content-Language": language})

    def error(self, scope: Scope, status: int) -> Response:
        """What is said instead of a page."""
        title, sentence = _SAID.get(status, _SAID[500 if status >= 500 else 400])
        language = self.language_of(scope)
        shown = sentence.of(language)
        try:
            return self.render(scope, "error.html", title, status, status=status, sentence=shown)
        except ConfigError as error:  # an administrator's own template may be wrong; the visitor still gets an answer
            event(logging.ERROR, "web", "the error page cannot be rendered", reason=error.message.en)
            return PlainTextResponse(f"{title.vi}. {sentence.vi}\n\n{title.en}. {sentence.en}\n", status)

    def _in_the_other_language(self, scope: Scope, language: Language) -> str:
        """This page again; only a GET can be asked for again."""
        other = "vi" if language == "en" else "en"
        asked = QueryParams(scope["query_string"]).multi_items() if scope["method"] in ("GET", "HEAD") else []
        return "?" + urlencode([*((name, value) for name, value in asked if name != "lang"), ("lang", other)])


class ErrorPages:
    """ASGI middleware: whatever is raised becomes a page without detail; surprises are logged, and never reach the
    server, which would print more than the log may hold."""

    def __init__(self, app: ASGIApp, pages: Pages, area: str) -> None:
        self._app = app
        self._pages = pages
        self._area = area

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_and_see(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_see)
        except HTTPException as refused:
            await self._answer(refused.status_code, refused.headers, started, scope, receive, send)
        except StorageError as error:
            trouble(logging.ERROR, self._area, "the database does not answer", error)
            await self._answer(503, {"Retry-After": "30"}, started, scope, receive, send)
        except Exception:
            logging.getLogger(f"congvu.{self._area}").error("a page failed: our bug", exc_info=True)
            await self._answer(500, None, started, scope, receive, send)

    async def _answer(
        self, status: int, headers: Any, started: bool, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if started or scope["type"] != "http":
            return
        response = self._pages.error(scope, status)
        response.headers.update(Headers(headers or {}))
        if status in (408, 413):  # the rest of the body is not read
            response.headers["Connection"] = "close"
        await response(scope, receive, send)


_TRY_AGAIN: Final = Text(
    "Xin thử lại sau ít phút; nếu vẫn không được, xin gọi số liên hệ ghi trong giấy mời.",
    "Please try again in a few minutes; if it still fails, call the contact named in the letter.",
)
_SAID: Final[dict[int, tuple[Text, Text]]] = {
    400: (
        Text("Không hiểu yêu cầu", "The request is not understood"),
        Text("Xin mở lại liên kết trong thư.", "Please open the link in the mail again."),
    ),
    404: (
        Text("Không có trang này", "There is no such page"),
        Text(
            "Xin kiểm tra liên kết đã được chép đủ chưa, hoặc bấm trực tiếp vào liên kết trong thư.",
            "Please check that the link was copied in full, or click the link in the mail itself.",
        ),
    ),
    405: (
        Text("Không dùng được theo cách này", "This cannot be used that way"),
        Text("Xin mở lại liên kết trong thư.", "Please open the link in the mail again."),
    ),
    403: (
        Text("Không chấp nhận biểu mẫu này", "This form is not accepted"),
        Text(
            "Biểu mẫu không do trang của chúng tôi gửi, hoặc trang đã mở quá lâu. Xin mở lại liên kết trong thư.",
            "The form was not sent by our page, or the page was open too long. Please open the link in the mail again.",
        ),
    ),
    408: (
        Text("Nhận dữ liệu quá lâu", "Receiving took too long"),
        _TRY_AGAIN,
    ),
    410: (
        Text("Liên kết không còn hiệu lực", "This link holds no more"),
        Text("Xin dùng liên kết trong thư mới nhất.", "Please use the link in the newest mail."),
    ),
    413: (
        Text("Nội dung quá dài", "The content is too long"),
        Text("Xin viết ngắn lại rồi gửi lần nữa.", "Please shorten it and send it again."),
    ),
    415: (
        Text("Không nhận dạng dữ liệu này", "This kind of data is not accepted"),
        Text("Xin dùng biểu mẫu trên trang.", "Please use the form on the page."),
    ),
    421: (
        Text("Sai tên máy chủ", "Wrong host name"),
        Text(
            "Trang này không phục vụ dưới tên đó. Xin bấm trực tiếp vào liên kết trong thư.",
            "These pages are not served under that name. Please click the link in the mail itself.",
        ),
    ),
    429: (
        Text("Quá nhiều yêu cầu", "Too many requests"),
        Text("Xin đợi một phút rồi thử lại.", "Please wait a minute and try again."),
    ),
    500: (Text("Có lỗi ở phía chúng tôi", "Something is wrong on our side"), _TRY_AGAIN),
    503: (Text("Tạm thời chưa phục vụ được", "Not available for the moment"), _TRY_AGAIN),
}
"""What each refusal is called and what to do next."""

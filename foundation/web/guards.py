"""All guards around an application, in the order in which they act."""

from __future__ import annotations

from collections.abc import Collection

from starlette.types import ASGIApp

from foundation.web.clients import OneHost
from foundation.web.headers import SecurityHeaders
from foundation.web.limits import REQUESTS_PER_MINUTE, BodyLimit, RequestRate
from foundation.web.pages import ErrorPages, Pages
from foundation.web.request_log import RequestLog


def guarded(
    app: ASGIApp,
    pages: Pages,
    public_url: str,
    area: str,
    kinds: Collection[str],
    requests_per_minute: float = REQUESTS_PER_MINUTE,
) -> ASGIApp:
    """The application behind its guards. `area` names it in the log (`meetings.web`), `kinds` are the first parts of
    its paths, which the log may show."""
    inner: ASGIApp = BodyLimit(app)
    inner = RequestRate(inner, requests_per_minute)
    inner = OneHost(inner, public_url)
    inner = ErrorPages(inner, pages, area)
    inner = SecurityHeaders(inner, public_url.lower().startswith("https:"))
    return RequestLog(inner, area, kinds)

"""The security headers of every answer.

Pages load our own style and nothing else, run no script, are framed by nobody, send no address of theirs to other
sites, and are kept by no cache unless they say so themselves. (OWASP Secure Headers; CSP Level 3.)
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_PERMISSIONS: Final = ", ".join(
    f"{feature}=()" for feature in ("camera", "microphone", "geolocation", "payment", "usb", "browsing-topics")
)

_ALWAYS: Final = (
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("permissions-policy", _PERMISSIONS),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-robots-tag", "noindex, nofollow"),
)
_STRICT_TRANSPORT: Final = ("strict-transport-security", "max-age=63072000")
"""Two years (the HSTS preload list's recommendation); without subdomains, which are not ours to decide."""
_NO_STORE: Final = ("cache-control", "no-store")


class SecurityHeaders:
    """ASGI middleware; `https` says whether people reach us through HTTPS."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self._app = app
        self._headers = (*_ALWAYS, _STRICT_TRANSPORT) if https else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers:
                    headers[name] = value
                headers.setdefault(*_NO_STORE)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)

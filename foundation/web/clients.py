"""Who asks, behind a proxy or not, and under which name we are asked.

X-Forwarded-For is believed only from a proxy on this machine, and of it only the last address: that one the proxy wrote
itself, everything before it anybody may have invented. X-Forwarded-Host and -Proto are not read: the configured public
URL says how people reach us.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send


def client_address(scope: Scope) -> str:
    """The IP address of whoever asks; empty when it is not known (a Unix socket without a proxy's word)."""
    peer = scope["client"][0] if scope.get("client") else ""
    if peer and not _is_loopback(peer):
        return str(peer)
    named = Headers(scope=scope).getlist("x-forwarded-for")
    last = named[-1].rpartition(",")[2].strip() if named else ""
    return last if _is_address(last) else str(peer)


def origin_of(url: str) -> str:
    """`https://host[:port]` of a URL, as browsers write it in Origin: lower case, without the scheme's own port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{_host_of(url)}"


class OneHost:
    """ASGI middleware: who asks for another host than that of the public URL gets 421 (RFC 9110 15.5.20), so that no
    page can be made to speak for a name of somebody else (cache poisoning, DNS rebinding)."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._host = _host_of(public_url)
        self._port = f":{_default_port(public_url)}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked = Headers(scope=scope).getlist("host")
            if len(asked) != 1 or asked[0].lower().removesuffix(self._port) != self._host:
                raise HTTPException(421)
        await self._app(scope, receive, send)


def _host_of(url: str) -> str:
    return urlsplit(url).netloc.lower().removesuffix(f":{_default_port(url)}")


def _default_port(url: str) -> int:
    return 443 if url.lower().startswith("https:") else 80


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False

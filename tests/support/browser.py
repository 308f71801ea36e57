"""A real browser on our pages: Debian's Chromium through Playwright, and uvicorn with our options on loopback.

Everything lives in memory or in the browser's own temporary profile; nothing is written beside the tests.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.types import ASGIApp

from foundation.web.serving import server_options

CHROMIUM = "/usr/bin/chromium"
DESKTOP = {"width": 1280, "height": 800}
TELEPHONE = {"width": 360, "height": 740}
"""The narrowest width that telephones in use still have."""


@contextmanager
def served(make_app: Callable[[str], ASGIApp]) -> Iterator[str]:
    """The URL under which the application that `make_app` makes for it answers, until the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(make_app(url), **server_options()))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; pages of its contexts come from `page_in`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page_in(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page in a fresh context; whatever the browser complains about (blocked by policy, failed to load) fails."""
    context = browser.new_context(**options)
    context.set_default_timeout(20_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert not complaints, complaints

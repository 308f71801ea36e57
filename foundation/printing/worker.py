"""Makes one PDF from one page: a program of its own, run by `pages.print_page`, never imported by it.

The page (HTML in UTF-8) comes on stdin, the PDF goes to stdout. Before the page is read the process gives up what it
does not need: time, memory, writing files, opening sockets, starting programs; the page can fetch nothing but what it
carries itself (`data:`). The same page makes the same bytes. It imports nothing of ours, so that it starts alone.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from typing import Any, Final

CPU_SECONDS: Final = 30
"""Ours: a letter of ten pages takes about two."""
MEMORY_BYTES: Final = 1 << 30
"""Address space. Ours: such a letter needs some 300 MB of it, most of which are mapped libraries."""
PAGE_BYTES: Final = 4 << 20
"""Ours: the longest content that a form may have is far below."""

_DENIED: Final = (
    "socket.",
    "subprocess.",
    "tempfile.",
    "os.exec",
    "os.fork",
    "os.mkdir",
    "os.posix_spawn",
    "os.system",
)


def main() -> int:
    """Read, render, write. Exit code 1 with a line on stderr when the page cannot be made."""
    from weasyprint import HTML
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class OnlyItself(URLFetcher):  # type: ignore[misc]
        """Whatever the page asks for from outside ends the work: a letter with holes must not go out."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if not url.startswith("data:"):
                raise FatalURLFetchingError(f"the page asks for {url[:100]!r}; only data: is allowed")
            return super().fetch(url, headers)

    give_up_rights()
    page = sys.stdin.buffer.read(PAGE_BYTES + 1)
    if len(page) > PAGE_BYTES:
        print("the page is too large", file=sys.stderr)
        return 1
    document = HTML(string=page.decode("utf-8"), url_fetcher=OnlyItself(), base_url=None)
    sys.stdout.buffer.write(document.write_pdf(pdf_tags=True))
    return 0


def give_up_rights() -> None:
    """Limits of the kernel (setrlimit(2)), and a hook that the interpreter asks before it opens a way out."""
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))
    tempfile.tempdir = "/"  # nobody looks for a folder to write into: a font that a page brings along is refused
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(_DENIED) or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        raise PermissionError(f"{event} is denied here")


if __name__ == "__main__":
    sys.exit(main())

"""The one stylesheet of our pages: served by us, under a name that changes with its content.

Browsers may keep it for ever. It loads nothing in turn: fonts are those of the reader's machine.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_FILE: Final = Path(__file__).with_name("congvu.css")
_A_YEAR: Final = "public, max-age=31536000, immutable"


class Style:
    """The stylesheet as it is now; `path` is where it is served, below the public URL."""

    def __init__(self) -> None:
        self._content = _FILE.read_bytes()
        digest = hashlib.sha256(self._content).hexdigest()[:16]
        self.path = f"/assets/congvu.{digest}.css"

    async def serve(self, request: Request) -> Response:
        """The endpoint."""
        return Response(self._content, headers={"Cache-Control": _A_YEAR}, media_type="text/css")

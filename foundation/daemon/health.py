"""`/livez`: the event loop turns. `/readyz`: what comes now would be taken, and if not, why.

A check answers with None when all is well, else with a short reason in English. A check that does not answer in time
has failed: whoever asks must get an answer within seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from foundation.daemon.web_server import Answer, Page, json_page

CHECK_SECONDS = 3.0
Check = Callable[[], Awaitable[str | None]]


class Health:
    """Answers for the two pages; `checks` by name."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    def pages(self, metrics: Answer) -> dict[str, Answer]:
        """What machines ask a daemon, by path."""
        return {"/livez": self.livez, "/readyz": self.readyz, "/healthz": self.readyz, "/metrics": metrics}

    async def livez(self) -> Page:
        """That this is answered at all is the answer."""
        return json_page(200, {"alive": True})

    async def readyz(self) -> Page:
        """200 when every check is content, else 503."""
        reasons = dict(zip(self._checks, await asyncio.gather(*map(_asked, self._checks.values())), strict=True))
        ready = not any(reasons.values())
        checks = {name: {"ok": reason is None, "detail": reason or ""} for name, reason in reasons.items()}
        return json_page(200 if ready else 503, {"ready": ready, "checks": checks})


async def _asked(check: Check) -> str | None:
    try:
        return await asyncio.wait_for(check(), CHECK_SECONDS)
    except TimeoutError:
        return "no answer in time"
    except Exception as error:
        return str(error) or type(error).__name__

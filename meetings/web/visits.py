"""Whoever opens a link: the token is read, its visits are counted, a link that holds no more is said so.

A token that none of our keys signed for this kind of page gets the same 404 as any path that does not exist, before
anything is looked up, so that asking tells nothing about which meetings there are.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request

from foundation.rates import Window
from foundation.web.limits import too_many
from meetings.links import LinkPurpose, Links

VISITS_PER_MINUTE: Final = 60
"""Per link: one a second, more than one person clicks; calendar programs ask for a feed a few times an hour."""

ORDERS_PER_QUARTER: Final = 30
"""Answers and other orders per personal link in 15 minutes: each is a durable write, and some send mail."""

SECRETARY_ORDERS_PER_QUARTER: Final = 300
"""The secretary decides about people one by one; sending to a few hundred again is a quarter of an hour's clicking."""


class Visit(NamedTuple):
    """A link that we signed; `subject` names it in form tokens."""

    token: str
    public_id: str
    serial: int
    subject: str


class Visits:
    """Reads links of requests, and counts. One for all pages."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._visits = Window(VISITS_PER_MINUTE, 60.0)
        self._orders = {
            "page": Window(ORDERS_PER_QUARTER, 900.0),
            "secretary": Window(SECRETARY_ORDERS_PER_QUARTER, 900.0),
        }

    def read(self, request: Request, purpose: LinkPurpose) -> Visit:
        """The link of this request. Raises HTTPException 404 for a link that is not ours, 429 for too many visits."""
        token = request.path_params["token"]
        found = self._links.read(purpose, token)
        if found is None:
            raise HTTPException(404)
        public_id, serial = found
        subject = f"{purpose}:{public_id}.{serial}"
        if not self._visits.take(subject):
            raise too_many()
        return Visit(token, public_id, serial, subject)

    def count_order(self, visit: Visit, purpose: LinkPurpose) -> None:
        """Count a writing request. Raises HTTPException 429 when there were too many."""
        if not self._orders[purpose].take(visit.subject):
            raise too_many(900)

"""Remembers who logged in to hand over what is now with the content filter, until it comes back.

What comes back is a new message with our earlier Received at its top, and its queue id is how it is known again. The
login itself never travels with the message: the filter's copy is what everybody gets. Kept in memory, for the last
`REMEMBERED` messages: after a restart it is forgotten, and the message then says of nobody that they logged in.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

REMEMBERED: Final = 10_000
"""What a filter of ten messages a second has not returned after a quarter of an hour; some 2 MB."""


class RememberedLogins:
    """Addresses by queue id. Belongs to the loop's thread."""

    def __init__(self) -> None:
        self._addresses: OrderedDict[str, str] = OrderedDict()

    def remember(self, queue_id: str, address: str) -> None:
        """The person with this primary address handed over this message."""
        self._addresses[queue_id] = address
        if len(self._addresses) > REMEMBERED:
            self._addresses.popitem(last=False)

    def recall(self, queue_ids: tuple[str, ...]) -> str:
        """Who handed over the message whose head names these queue ids of ours, the topmost first; else empty."""
        return self._addresses.get(queue_ids[0], "") if queue_ids else ""

"""What the daemon says of itself while it starts."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

from mailrelay import vital_signs
from mailrelay.parts import Parts


def test_nobody_is_told_ready_before_the_doors_are_open() -> None:
    parts = cast(Parts, SimpleNamespace(listening=False))
    assert asyncio.run(vital_signs.listeners(parts)) == "the listeners are not open yet"
    parts.listening = True
    assert asyncio.run(vital_signs.listeners(parts)) is None

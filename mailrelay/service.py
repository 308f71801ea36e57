"""The relay's daemon, by name."""

from __future__ import annotations

from typing import Final

from foundation.service import Service

SERVICE: Final = Service("mailrelay", "relay")

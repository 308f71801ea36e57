"""The roof: what spans the tools (sandbox, demo, doctor, keys, configuration)."""

from typing import Final

TOOLS: Final = ("provisioner", "mailrelay", "meetings")
"""Each keeps tables of its own (`foundation.tables`)."""

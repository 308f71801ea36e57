"""Our own relay as a child; the queue stays from run to run."""

from __future__ import annotations

from congvu.servers.own_daemon import OwnDaemon


class Relay(OwnDaemon):
    """`mailrelay serve`."""

    name = "mailrelay"
    module = "mailrelay.cli"

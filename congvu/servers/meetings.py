"""Our own meetings server as a child; meetings and promised mail stay from run to run."""

from __future__ import annotations

from congvu.servers.own_daemon import OwnDaemon


class Meetings(OwnDaemon):
    """`meetings serve`."""

    name = "meetings"
    module = "meetings.cli"

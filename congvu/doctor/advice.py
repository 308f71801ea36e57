"""The next step where it depends on how the servers are run here: by systemd, or by the supervisor of a sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congvu.sandbox_folder import SandboxFolder
from foundation.language import Text

if TYPE_CHECKING:
    from foundation.config.sections import Configuration


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about our daemons and about Dovecot, and where they say what is wrong."""

    start_relay: Text
    relay_log: Text
    start_dovecot: Text
    start_meetings: Text
    meetings_log: Text


def advice_for(configuration: Configuration) -> Advice:
    """For this installation."""
    clock_file = configuration.sandbox.clock_file
    if clock_file is None or not is_sandbox(configuration):
        return Advice(
            Text("chạy: systemctl start congvu-mailrelay", "run: systemctl start congvu-mailrelay"),
            Text("xem: journalctl -u congvu-mailrelay", "see: journalctl -u congvu-mailrelay"),
            Text(
                "chạy: systemctl start dovecot, xem deploy/dovecot", "run: systemctl start dovecot, see deploy/dovecot"
            ),
            Text("chạy: systemctl start congvu-meetings", "run: systemctl start congvu-meetings"),
            Text("xem: journalctl -u congvu-meetings", "see: journalctl -u congvu-meetings"),
        )
    folder = SandboxFolder(clock_file.parent)
    start = Text("chạy: congvu sandbox up --dir {dir}", "run: congvu sandbox up --dir {dir}").format(dir=folder.root)
    log = Text("xem: {log}", "see: {log}")
    return Advice(start, log.format(log=folder.log("mailrelay")), start, start, log.format(log=folder.log("meetings")))


def is_sandbox(configuration: Configuration) -> bool:
    """Whether this is the configuration of a sandbox: known by its clock file, which lies in its folder."""
    clock_file = configuration.sandbox.clock_file
    return clock_file is not None and SandboxFolder(clock_file.parent).exists

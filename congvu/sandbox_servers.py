"""The servers of a sandbox, in the order in which they start; they stop the other way round.

Each asks only those before it: the directory knows everybody, Dovecot asks it, the relay asks both, and the meetings
server hands its invitations to the relay (which keeps answers for it until it is there).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from congvu.sandbox_configuration import BASE, DOMAIN, HOSTNAME, ORGANISATION
from congvu.sandbox_folder import SandboxFolder
from congvu.servers.dovecot import Dovecot, DovecotSettings
from congvu.servers.meetings import Meetings
from congvu.servers.own_daemon import DaemonSettings
from congvu.servers.relay import Relay
from congvu.servers.server import Server
from congvu.servers.slapd import Slapd, SlapdSettings, render_base
from foundation.directory.schema import SERVICE_NAMES


@dataclass(frozen=True, slots=True)
class SandboxServers:
    """All of them, each under its own name."""

    slapd: Slapd
    dovecot: Dovecot
    relay: Relay
    meetings: Meetings

    @property
    def in_order(self) -> tuple[Server, ...]:
        """First to start, last to stop: the first."""
        return self.slapd, self.dovecot, self.relay, self.meetings

    def configure(self, folder: SandboxFolder) -> None:
        """Write everything that they need and that is not there; the data stay."""
        certificate = folder.certificate()
        self.slapd.configure(certificate)
        if not self.slapd.has_data:
            passwords = {service: folder.password(service) for service in SERVICE_NAMES}
            self.slapd.load(render_base(self.slapd.settings, passwords))
        self.dovecot.configure(certificate)
        self.relay.configure()
        self.meetings.configure()

    def end_orphans(self) -> None:
        """End what an earlier supervisor left behind."""
        for server in reversed(self.in_order):
            server.end_orphans()


def servers_of(folder: SandboxFolder) -> SandboxServers:
    """The servers of a prepared folder, not started."""
    settings = folder.settings()
    ports = settings.ports
    slapd = Slapd(
        SlapdSettings(
            folder=folder.root / "slapd",
            log=folder.log("slapd"),
            base=BASE,
            organisation=ORGANISATION,
            port=ports.ldap,
            tls_port=ports.ldaps,
            has_ipv6=settings.has_ipv6,
        ),
        settings.short_paths,
    )
    dovecot = Dovecot(
        DovecotSettings(
            folder=folder.root / "dovecot",
            log=folder.log("dovecot"),
            hostname=HOSTNAME,
            domain=DOMAIN,
            imap_port=ports.imap,
            imaps_port=ports.imaps,
            lmtp_port=ports.lmtp,
            directory_url=slapd.url,
            base=BASE,
            directory_password=folder.password("dovecot"),
            has_ipv6=settings.has_ipv6,
        )
    )
    code = Path(__file__).resolve().parents[1]
    relay = Relay(
        DaemonSettings(
            folder=folder.root / "relay",
            log=folder.log("mailrelay"),
            configuration=folder.configuration,
            clock_file=folder.clock,
            code=code,
            port=ports.relay,
            metrics_port=ports.metrics,
        )
    )
    meetings = Meetings(
        DaemonSettings(
            folder=folder.root / "meetings",
            log=folder.log("meetings"),
            configuration=folder.configuration,
            clock_file=folder.clock,
            code=code,
            port=ports.meetings_lmtp,
            metrics_port=ports.meetings_metrics,
        )
    )
    return SandboxServers(slapd, dovecot, relay, meetings)

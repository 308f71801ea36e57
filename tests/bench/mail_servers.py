"""The two sides of the relay's benchmark: Postfix and ours, both taking mail on loopback and handing it to one sink.

Both run from fresh folders on the same disk, both fsync before they say 250, both are told to relay everything to the
sink. Postfix is Debian's with its own defaults but for the limits on concurrency, which would otherwise decide alone.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.mail_load import program
from tests.support.relay_process import RelayProcess, running_slapd, wait_for_port
from tests.support.slapd_server import free_port

_TICKS = os.sysconf("SC_CLK_TCK")

_MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = postfix.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{sink}
alias_maps =
local_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
message_size_limit = 104857600
smtpd_client_connection_count_limit = 1000
default_process_limit = 100
default_destination_concurrency_limit = 50
initial_destination_concurrency = 20
smtp_connection_cache_on_demand = yes
smtpd_tls_security_level = none
smtp_tls_security_level = none
"""
_MASTER_CF = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class MailServer:
    """A running mail server: where it listens and its first process."""

    name: str
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Processor time of the process, its living descendants and those that it has seen end."""
        return sum(_cpu_of(pid) for pid in family(self.pid))

    def resident_mebibytes(self) -> float:
        """Resident memory of the process and its descendants, shared pages counted in part (PSS)."""
        return sum(_pss_kibibytes(pid) for pid in family(self.pid)) / 1024


@contextlib.contextmanager
def running_postfix(parent: Path, sink_port: int) -> Iterator[MailServer]:
    """Postfix with its configuration and queue under `parent`; needs root, as Postfix does."""
    folder, port = parent / "postfix", free_port()
    for name in ("", "queue", "data", "etc"):
        (folder / name).mkdir()
    owner = pwd.getpwnam("postfix")
    os.chown(folder / "data", owner.pw_uid, owner.pw_gid)
    etc = folder / "etc"
    (etc / "main.cf").write_text(_MAIN_CF.format(folder=folder, sink=sink_port))
    (etc / "master.cf").write_text(_MASTER_CF.format(port=port))
    command = [program("postfix"), "-c", str(etc)]
    subprocess.run([*command, "start"], check=True, capture_output=True)
    try:
        wait_for_port(port)
        yield MailServer("postfix", port, int((folder / "queue" / "pid" / "master.pid").read_text()))
    finally:
        subprocess.run([*command, "stop"], check=False, capture_output=True)


@contextlib.contextmanager
def running_relay(parent: Path, sink_port: int, more: str = "") -> Iterator[MailServer]:
    """Our relay as `mailrelay serve` runs it, with a directory of its own; `more` is added to [relay]."""
    folder = parent / "relay"
    folder.mkdir()
    with running_slapd(folder) as slapd:
        relay = RelayProcess(folder, slapd.url, sink_port, more)
        relay.start()
        assert relay.process is not None
        try:
            yield MailServer("relay", relay.port, relay.process.pid)
        finally:
            relay.stop()


@contextlib.contextmanager
def bench_folder() -> Iterator[Path]:
    """A folder on the disk of the project (never in memory), removed at the end."""
    folder = Path(os.environ.get("CONGVU_BENCH_FOLDER", "/var/tmp")) / f"congvu-bench-{os.getpid()}"  # noqa: S108
    folder.mkdir(mode=0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def family(pid: int) -> list[int]:
    """A process and all its living descendants."""
    found = [pid]
    for parent in found:
        try:
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        except OSError:
            continue
    return found


def _cpu_of(pid: int) -> float:
    """Its own time and that of the children it has waited for (proc(5), stat fields 14 to 17)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return sum(map(int, text[text.rindex(")") + 2 :].split()[11:15])) / _TICKS


def _pss_kibibytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        return 0
    return 0

"""A real Postfix with the maps of `deploy/postfix`: it takes mail for our domain and hands it to a sink of the tests.

Postfix's first process needs root (it serves for several accounts of its own); as anybody else it is started with
sudo. Everything it writes lies in one folder; the machine's own Postfix is not touched.
"""

from __future__ import annotations

import os
import pwd
import smtplib
import socket
import socketserver
import subprocess
import threading
import time
from pathlib import Path

from congvu.servers.child import find_program
from tests.support.postfix_maps import PostfixMaps
from tests.support.slapd_server import SlapdServer, free_port

DEADLINE_SECONDS = 30

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
myhostname = mail.tinh.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
alias_maps =
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{logins}
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = reject_authenticated_sender_login_mismatch, reject_unlisted_recipient, permit
virtual_mailbox_domains = tinh.test
virtual_mailbox_maps = ldap:{maps}/mailbox.cf
virtual_alias_maps = ldap:{maps}/lists.cf, ldap:{maps}/offices.cf
smtpd_sender_login_maps = ldap:{maps}/sender-login.cf
virtual_transport = lmtp:inet:127.0.0.1:{sink}
"""
_MASTER_CF = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class _Sink(socketserver.StreamRequestHandler):
    """Just enough LMTP to be told the recipients."""

    def handle(self) -> None:
        self._say("220 sink")
        accepted = 0
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                accepted += 1
                self.server.recipients.append(line.split(b"<")[1].split(b">")[0].decode())  # type: ignore[attr-defined]
            if verb == b"DATA":
                self._say("354 go on")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                for _ in range(accepted):
                    self._say("250 2.0.0 taken")
                accepted = 0
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 2.0.0 fine")

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class _Logins(socketserver.StreamRequestHandler):
    """The greeting of Dovecot's login service (its auth client protocol 1.2): Postfix asks who may log in how. Nobody
    logs in: the tests say who somebody is by XCLIENT."""

    def handle(self) -> None:
        self.wfile.write(b"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00\nDONE\n")
        while self.rfile.readline():
            pass


class _LoginServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class _SinkServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Sink)
        self.recipients: list[str] = []


class PostfixServer:
    """One Postfix: `start`, talk to it, ask what it handed on, `stop`."""

    def __init__(self, folder: Path, slapd: SlapdServer) -> None:
        self.folder = folder
        self.port = free_port()
        self._sink = _SinkServer()
        self._logins = _LoginServer(("127.0.0.1", 0), _Logins)
        for name in ("queue", "data", "etc", "maps"):
            (folder / name).mkdir(mode=0o755)
        PostfixMaps(folder / "maps", slapd)
        ports = {"sink": self._sink.server_address[1], "logins": self._logins.server_address[1]}
        (folder / "etc" / "main.cf").write_text(
            _MAIN_CF.format(folder=folder, maps=folder / "maps", **ports), encoding="ascii"
        )
        (folder / "etc" / "master.cf").write_text(_MASTER_CF.format(port=self.port), encoding="ascii")

    def start(self) -> None:
        """Start it and wait until it greets."""
        for beside in (self._sink, self._logins):
            threading.Thread(target=beside.serve_forever, daemon=True).start()
        self._as_root("chown", pwd.getpwnam("postfix").pw_name, str(self.folder / "data"))
        self._as_root("chown", "-R", "root:", str(self.folder / "etc"), str(self.folder / "queue"))
        self._as_root(find_program("postfix", "postfix"), "-c", str(self.folder / "etc"), "start")
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not self._greets():
            assert time.monotonic() < deadline, self._log()

    def stop(self) -> None:
        """Stop it, and give the folder back to whoever removes it."""
        self._as_root(find_program("postfix", "postfix"), "-c", str(self.folder / "etc"), "stop")
        self._as_root("chown", "-R", f"{os.getuid()}:{os.getgid()}", str(self.folder))
        for beside in (self._sink, self._logins):
            beside.shutdown()
            beside.server_close()

    def session(self) -> smtplib.SMTP:
        """A greeted session; the caller closes it."""
        smtp = smtplib.SMTP("127.0.0.1", self.port, timeout=30)
        smtp.ehlo("test.test")
        return smtp

    def delivered(self, count: int) -> set[str]:
        """The recipients handed to the sink, once there are this many."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while len(self._sink.recipients) < count:
            assert time.monotonic() < deadline, self._log()
            time.sleep(0.02)
        return set(self._sink.recipients)

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                return connection.recv(4) == b"220 "
        except OSError:
            return False

    def _log(self) -> str:
        path = self.folder / "mail.log"
        return path.read_text(errors="replace") if path.exists() else "no log"

    def _as_root(self, *command: str) -> None:
        prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
        done = subprocess.run([*prefix, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + self._log()

"""The LDAP maps of `deploy/postfix`, filled in for the tests' slapd, and Postfix's own programs to ask them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from congvu.servers.child import find_program
from congvu.servers.filling import filled
from tests.support.slapd_server import BASE, SlapdServer

MAPS = ("mailbox", "lists", "offices", "sender-login")


class PostfixMaps:
    """The map files in a folder of their own; a main.cf beside them is all that postmap needs."""

    def __init__(self, folder: Path, slapd: SlapdServer, password: str = "") -> None:
        self.folder = folder
        values = {
            "LDAP_URI": slapd.url,
            "BASE": BASE,
            "RELAY_PASSWORD": password or slapd.password_of("relay"),
            "TLS_CA": str(slapd.ca_file),
        }
        (folder / "main.cf").write_text("compatibility_level = 3.6\n")
        for name in MAPS:
            self.path(name).write_text(filled(f"postfix/{name}.cf.template", values))

    def path(self, name: str) -> Path:
        """One map file; absolute, because Postfix takes a relative one for a list of settings in main.cf."""
        return (self.folder / f"{name}.cf").absolute()

    def ask(self, name: str, key: str) -> list[str]:
        """What Postfix finds, its comma-separated values sorted. Raises RuntimeError in postmap's words."""
        done = subprocess.run(
            [find_program("postmap", "postfix"), "-c", str(self.folder), "-q", key, f"ldap:{self.path(name)}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.stderr.strip():
            raise RuntimeError(done.stderr.strip())
        return sorted(value for value in done.stdout.strip().split(",") if value)

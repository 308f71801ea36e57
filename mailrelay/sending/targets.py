"""Where a connection goes: one address of one host, and how people read it. Values only."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """One address to connect to. `host` is the name that stands for it (and that a certificate must show), `address`
    the IP address without brackets, or the path of a Unix socket, with port 0."""

    host: str
    address: str
    port: int

    @property
    def unix(self) -> bool:
        """Whether it is a Unix socket."""
        return self.address.startswith("/")

    @property
    def label(self) -> str:
        """`name[address]:port`, or the path of a socket."""
        return self.address if self.unix else f"{self.host}[{self.address}]:{self.port}"

"""A daemon of ours as people, logs and systemd name it: so that what all daemons share can say whose it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """`name` is also the program; `section` is where the configuration has its keys."""

    name: str
    section: str

    @property
    def unit(self) -> str:
        """The unit's name, as `systemctl` takes it."""
        return f"congvu-{self.name}"

    @property
    def command(self) -> str:
        """What runs it in the foreground."""
        return f"{self.name} serve"

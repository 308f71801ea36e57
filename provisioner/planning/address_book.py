"""Every address that anybody holds or ever held: the question "may this person have this address?".

Addresses in use are kept as text, addresses of the past as keyed hashes, because a register of everybody who ever left
must not be a mailing list for whoever steals it. An address of one's own past may come back to oneself only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Protocol

_ANY_ADDRESS = "anybody@congvu.test"


class RegisterKeys(Protocol):
    """What planning needs of the address register's keys (`foundation.keys`)."""

    def digest(self, address: str) -> str:
        """The keyed hash under the newest key, `key-id:hex`."""
        ...

    def digests(self, address: str) -> tuple[str, ...]:
        """The keyed hashes under every key that we still hold."""
        ...

    def opaque_id(self, person_key: str) -> str:
        """A stable `uid` that tells nothing about whom it names."""
        ...


class AddressBook:
    """Filled while the directory streams past; asked when new addresses are given."""

    def __init__(self, keys: RegisterKeys, issued: Callable[[], Mapping[str, str]] = dict) -> None:
        self._keys = keys
        self._read_issued = issued
        self._in_use: set[str] = set()
        self._reserved: set[str] = set()
        self._own: dict[str, tuple[str, ...]] = {}

    @cached_property
    def _issued(self) -> Mapping[str, str]:
        """What our own database remembers, {digest: owner}; read only once somebody needs an address."""
        return self._read_issued()

    def hold(self, addresses: Iterable[str]) -> None:
        """These addresses are in use by an entry of the directory."""
        self._in_use.update(map(str.lower, addresses))

    def reserve(self, digests: Iterable[str]) -> None:
        """These hashes stand in the directory, on an entry or as a reservation without owner."""
        self._reserved.update(digests)

    def own(self, key: str, digests: tuple[str, ...]) -> None:
        """The hashes that stand on the entry of this person, who may get such an address back."""
        self._own[key] = digests

    def unreadable_keys(self) -> list[str]:
        """The ids of keys under which the directory holds hashes and which we do not have.

        Without them addresses of the past look free; nothing may be given before the keys are back.
        """
        ours = {digest.partition(":")[0] for digest in self._keys.digests(_ANY_ADDRESS)}
        return sorted({digest.partition(":")[0] for digest in self._reserved} - ours)

    def is_in_use(self, address: str) -> bool:
        """Whether an entry of the directory holds this address now."""
        return address in self._in_use

    def is_taken(self, address: str, key: str) -> bool:
        """Whether the address is in use, or ever belonged to anybody but the person of this key.

        Whoever holds an address now does not ask for it: `own` is about addresses of the past.
        """
        if address in self._in_use:
            return True
        digests = self._keys.digests(address)
        own = self._own.get(key, ())
        if any(digest in own for digest in digests):
            return False
        return any(digest in self._reserved or self._issued.get(digest, key) != key for digest in digests)

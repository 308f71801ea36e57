"""Which recipients of a message travel together: its recipients for one destination become transactions. Pure.

- Our own mailboxes: one copy per mailbox, however many of its addresses (or lists) were named. What came through the
  same list travels in one transaction; a directly addressed mailbox has its own, because the transaction's
  `X-Original-To` lines are in every copy of it and must tell nobody about the others (Bcc).
- Elsewhere: each distinct address once, `RECIPIENTS_PER_TRANSACTION` at a time, without any such line.
- The content filter sees the addresses as the client named them, before lists and roles were resolved, because what
  comes back from it is resolved anew.

Recipients that share a copy share its outcome.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from mailrelay.envelope import Notify, Recipient

RECIPIENTS_PER_TRANSACTION: Final = 100
"""What every server must take (RFC 5321 4.5.3.1.8)."""


class Waiting(Protocol):
    """What this module needs of a waiting recipient, whether it comes from memory or from the database."""

    @property
    def ordinal(self) -> int: ...
    @property
    def address(self) -> str: ...
    @property
    def via(self) -> str: ...
    @property
    def destination(self) -> str: ...
    @property
    def mailbox(self) -> str: ...
    @property
    def notify(self) -> tuple[Notify, ...]: ...
    @property
    def original(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def possible_duplicate(self) -> bool: ...


@dataclass(slots=True)
class Copy:
    """One transaction to be: the recipients on the wire, for each of them the waiting ones that it serves, and the
    addresses for `X-Original-To`."""

    recipients: tuple[Recipient, ...]
    served: tuple[tuple[Waiting, ...], ...]
    original_to: tuple[str, ...] = ()

    def everyone(self) -> list[Waiting]:
        """All waiting recipients of the transaction."""
        return [waiting for group in self.served for waiting in group]


def for_mailboxes(waiting: Sequence[Waiting]) -> list[Copy]:
    """The copies for our own mailboxes; the wire address is the mailbox's opaque uid."""
    if len(waiting) == 1:
        only = waiting[0]
        return [Copy((Recipient(only.mailbox, only.notify),), ((only,),), (only.via or only.address,))]
    direct: list[Copy] = []
    by_list: dict[str, list[tuple[Waiting, ...]]] = {}
    for group in _grouped(waiting, [each.mailbox for each in waiting]):
        origins = {each.via for each in group}
        if len(origins) == 1 and (via := group[0].via):
            by_list.setdefault(via, []).append(group)
        else:
            addresses = tuple(dict.fromkeys(each.via or each.address for each in group))
            direct.append(Copy((_mailbox_recipient(group),), (group,), addresses))
    for via, groups in by_list.items():
        for part in _parts(groups):
            direct.append(Copy(tuple(_mailbox_recipient(group) for group in part), tuple(part), (via,)))
    return direct


def for_next_host(waiting: Sequence[Waiting]) -> list[Copy]:
    """The copies for another host: the wire addresses are the recipients' own."""
    if len(waiting) == 1:
        only = waiting[0]
        return [Copy((Recipient(only.address, only.notify, only.original),), ((only,),))]
    return _by_address(waiting, [each.address for each in waiting])


def for_filter(waiting: Sequence[Waiting]) -> list[Copy]:
    """The copies for the content filter: the wire addresses are those that the client named."""
    return _by_address(waiting, [each.via or each.address for each in waiting])


def _by_address(waiting: Sequence[Waiting], addresses: Sequence[str]) -> list[Copy]:
    named = dict(zip(map(id, waiting), addresses, strict=True))
    groups = _grouped(waiting, [_same_address(address) for address in addresses])
    return [
        Copy(
            tuple(Recipient(named[id(group[0])], _merged_notify(group), _original(group)) for group in part),
            tuple(part),
        )
        for part in _parts(groups)
    ]


def _grouped(waiting: Iterable[Waiting], keys: Iterable[str]) -> list[tuple[Waiting, ...]]:
    groups: dict[str, list[Waiting]] = {}
    for each, key in zip(waiting, keys, strict=True):
        groups.setdefault(key, []).append(each)
    return [tuple(group) for group in groups.values()]


def _parts(groups: list[tuple[Waiting, ...]]) -> Iterable[list[tuple[Waiting, ...]]]:
    for start in range(0, len(groups), RECIPIENTS_PER_TRANSACTION):
        yield groups[start : start + RECIPIENTS_PER_TRANSACTION]


def _same_address(address: str) -> str:
    """The local part is the other host's business (RFC 5321 2.4), the domain knows no cases."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def _mailbox_recipient(group: Sequence[Waiting]) -> Recipient:
    return Recipient(group[0].mailbox, _merged_notify(group))


def _merged_notify(group: Sequence[Waiting]) -> tuple[Notify, ...]:
    """Whatever somebody asked for; NEVER only when all say so; nothing when one left it open (RFC 3461 4.1)."""
    if len(group) == 1:
        return group[0].notify
    if not any(each.notify for each in group):
        return ()
    asked = {word for each in group for word in each.notify or _UNSAID}
    return tuple(word for word in _NOTIFY_ORDER if word in asked) or ("NEVER",)


def _original(group: Sequence[Waiting]) -> str:
    return next((each.original for each in group if each.original), "")


_NOTIFY_ORDER: Final[tuple[Notify, ...]] = ("SUCCESS", "FAILURE", "DELAY")
_UNSAID: Final[tuple[Notify, ...]] = ("FAILURE", "DELAY")

"""Logins: from a name and a password to a person, without blocking the loop and without telling a stranger anything.

A person logs in with any of their addresses or with the uid. The password is an app password in ou=mailcredentials;
`credentials.CredentialChecker` asks the directory in a thread. A program of the configuration logs in with its name
(`applications`), whatever the directory does; delays and locks are the same. Wrong password, unknown name, invited and
suspended person give the same answer after the same time. A success is remembered for half a minute, under a keyed
digest, and only as long as the address book says that the person may log in: so a suspension works within a minute. A
directory that does not answer is 454, never 535, so that no mail client throws a good password away.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final, Protocol

from foundation import clock, logs
from foundation.errors import ConfigError, CongvuError
from foundation.rates import site_of
from mailrelay.policy import refusals
from mailrelay.policy.addressbook import AddressBook, Known
from mailrelay.policy.addressing import spelled
from mailrelay.policy.applications import Applications, is_application
from mailrelay.policy.lockout import Failures
from mailrelay.policy.refusals import Refusal

REMEMBERED_SECONDS: Final = 30.0
"""Half of the minute within which a suspension has to work; the other half is the address book's."""
ANSWER_SECONDS: Final = 20.0
LONGEST_PASSWORD_OCTETS: Final = 1024
_REMEMBERED_LOGINS: Final = 10_000
_AT_ONCE: Final = 500
_AT_ONCE_PER_ADDRESS: Final = 20
_AREA: Final = "relay.login"


@dataclass(frozen=True, slots=True)
class Login:
    """Who logged in: the opaque uid (or `application:NAME`), the name that was typed, the primary address."""

    uid: str
    login: str
    address: str


class Checker(Protocol):
    """What decides about a password; blocking."""

    def right(self, uid: str, password: bytes) -> bool:
        """Whether this password opens the account of this uid now. Raises Unreachable."""
        ...


def _nothing() -> None:
    """Nobody to tell."""


class Authenticator:
    """Verifies logins. Belongs to the loop's thread; `checker` is called in the executor's threads."""

    def __init__(
        self,
        book: AddressBook,
        checker: Checker,
        executor: Executor,
        *,
        applications: Applications | None = None,
        failures: Failures | None = None,
        on_unsure: Callable[[], None] = _nothing,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`on_unsure` is called when directory and book disagree: the book should be read again soon."""
        self._book = book
        self._checker = checker
        self._executor = executor
        self._applications = applications or Applications({})
        self._failures = failures or Failures()
        self._on_unsure = on_unsure
        self._sleep = sleep
        self._key = secrets.token_bytes(32)
        self._remembered: OrderedDict[bytes, float] = OrderedDict()
        self._under_way: Counter[str] = Counter()
        self._reachable = True

    async def verify(self, login: str, password: str, address: str) -> Login | Refusal:
        """Who this is, or why not. `address` is the client's IP address. May be cancelled: a failure still counts."""
        address = site_of(address)
        application = self._applications.named(login)
        person = None if application else self._named(login)
        account = application or (person.uid if person else "?" + login[:64].lower())
        if not application and not self._book.complete:
            return refusals.NO_LOGIN_NOW
        if self._failures.locked(account, address):
            return refusals.LOCKED_LOGIN
        if person and person.logs_in and self._remembers(person.uid, password):
            return Login(person.uid, login, person.address)
        if self._under_way.total() >= _AT_ONCE or self._under_way[address] >= _AT_ONCE_PER_ADDRESS:
            return refusals.NO_LOGIN_NOW
        self._under_way[address] += 1
        return await asyncio.shield(asyncio.ensure_future(self._tried(login, account, password, address)))

    async def _tried(self, login: str, account: str, password: str, address: str) -> Login | Refusal:
        try:
            await self._wait(self._failures.delay_before(account, address))
            started = clock.monotonic()
            uid = "" if account.startswith("?") else account
            right = await self._asked(uid, password)
            if right is None:
                return refusals.NO_LOGIN_NOW
            if right:
                return self._opened(uid, login, password, address)
            self._failures.failed(account, address)
            logs.event(logging.INFO, _AREA, "a login was refused", login=login, address=address)
            await self._wait(self._failures.delay_after(account, address) - (clock.monotonic() - started))
            return refusals.WRONG_LOGIN
        finally:
            self._under_way[address] -= 1
            if not self._under_way[address]:
                del self._under_way[address]

    def _opened(self, uid: str, login: str, password: str, address: str) -> Login | Refusal:
        """The directory says yes; so must the book, or the next MAIL would be refused for good."""
        if is_application(uid):
            self._failures.succeeded(uid, address)
            return Login(uid, login, self._applications.first_address(uid))
        person = self._book.person(uid)
        if person is None or not person.logs_in:
            self._on_unsure()
            return refusals.NO_LOGIN_NOW
        self._failures.succeeded(uid, address)
        self._remember(uid, password)
        return Login(uid, login, person.address)

    async def _asked(self, uid: str, password: str) -> bool | None:
        """The directory's answer, or that of an application's secret; None when it has none."""
        octets = password.encode("utf-8", "surrogatepass")
        if not octets or len(octets) > LONGEST_PASSWORD_OCTETS or 0 in octets:
            return False  # RFC 4513 5.1.2; RFC 4616 2
        if is_application(uid):
            return await self._asked_of_application(uid, octets)
        asking = asyncio.get_running_loop().run_in_executor(self._executor, self._checker.right, uid, octets)
        try:
            right = await asyncio.wait_for(asking, ANSWER_SECONDS)
        except (CongvuError, TimeoutError) as error:
            if self._reachable:
                logs.event(logging.ERROR, _AREA, "no login can be checked", error=str(error) or "no answer in time")
            self._reachable = False
            return None
        if not self._reachable:
            logs.event(logging.WARNING, _AREA, "logins are checked again")
        self._reachable = True
        return right

    async def _asked_of_application(self, account: str, password: bytes) -> bool | None:
        try:
            return await asyncio.to_thread(self._applications.right, account, password)
        except ConfigError as error:
            logs.event(logging.ERROR, _AREA, "no password to compare with", account=account, reason=error.message.en)
            return None

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            await self._sleep(seconds)

    def _named(self, login: str) -> Known | None:
        """The person with this address or uid."""
        name = login.strip()
        known: Known | None = None
        if "@" in name:
            spelling = spelled(name)
            known = self._book.lookup(spelling.address) if spelling else None
        elif name:
            known = self._book.person(name) or self._book.person(name.lower())
        return known if known is not None and known.kind == "person" and not is_application(known.uid) else None

    def _digest(self, uid: str, password: str) -> bytes:
        octets = f"{uid}\0{password}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, octets, hashlib.sha256)

    def _remembers(self, uid: str, password: str) -> bool:
        digest = self._digest(uid, password)
        until = self._remembered.get(digest, 0.0)
        if until and until <= clock.monotonic():
            del self._remembered[digest]
        return until > clock.monotonic()

    def _remember(self, uid: str, password: str) -> None:
        self._remembered[self._digest(uid, password)] = clock.monotonic() + REMEMBERED_SECONDS
        if len(self._remembered) > _REMEMBERED_LOGINS:
            self._remembered.popitem(last=False)

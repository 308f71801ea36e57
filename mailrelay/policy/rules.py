"""The rules of mail, step by step of a session: connected, MAIL, RCPT, message. Each says None or why not.

| client                        | may send as                    | may send to                        |
|-------------------------------|--------------------------------|------------------------------------|
| reinjected, made by ourselves | anybody (was checked before)   | anybody                            |
| authenticated person          | oneself and one's offices      | anybody                            |
| authenticated application     | its addresses and +details     | anybody                            |
| in a trusted network          | anybody                        | anybody                            |
| anybody else (port 25)        | foreign addresses, `<>`        | our people and offices, not lists  |

So there is no open relay: a foreign recipient needs a login or a trusted network. An unknown recipient is refused for
good only while the address book is fresh; from an old copy it is 451. A person suspended in the directory is refused at
the next MAIL, also in a session that authenticated before: the state is read from the book every time. An application
of the configuration has a rate of its own and needs no book; `<>` is open to it and to people for reports, whose From
is checked like any other.

Nothing here waits, reads the body or counts connections (the reception does).
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Final

from foundation.rates import site_of
from mailrelay.envelope import Client, Envelope, Recipient
from mailrelay.policy import refusals
from mailrelay.policy.addressbook import AddressBook, Known
from mailrelay.policy.addressing import Spelled, spelled
from mailrelay.policy.applications import Applications, is_application
from mailrelay.policy.rates import Rates
from mailrelay.policy.refusals import Refusal
from mailrelay.policy.resolution import (
    has_postmaster,
    is_postmaster,
    members_that_receive,
    own_route,
    recipient_spelling,
)
from mailrelay.policy.senders import find, may_send_as
from mailrelay.settings import Limits, RelaySettings

if TYPE_CHECKING:
    from mailrelay.messages.headers import Headers

__all__ = ["OWN_PASSAGES", "Policy", "Refusal", "rates_of"]

OWN_PASSAGES: Final = 4
"""How often a message may have passed through ourselves. Once is no loop: a foreign list returns what we sent to it,
and with a content filter every passage counts twice."""

_SUBMISSION: Final = frozenset({"submission", "submissions"})
_OURS: Final = frozenset({"reinjection", "local"})
_REMEMBERED_ADDRESSES: Final = 4096


def rates_of(limits: Limits) -> Rates:
    """Counters with the limits of the configuration."""
    return Rates(*_rate_limits(limits))


def _rate_limits(limits: Limits) -> tuple[float, float, float]:
    return limits.messages_per_account_hour, limits.recipients_per_account_day, limits.messages_per_address_minute


class Policy:
    """The rules, with the settings and the address book that they are asked about. Belongs to the loop's thread."""

    def __init__(
        self,
        settings: RelaySettings,
        book: AddressBook,
        rates: Rates | None = None,
        applications: Applications | None = None,
    ) -> None:
        self._settings = settings
        self._applications = applications or Applications(settings.applications)
        self._book = book
        self._rates = rates or rates_of(settings.limits)
        self._trusted: dict[str, bool] = {}

    def reload(self, settings: RelaySettings) -> None:
        """Other settings from now on; what was counted stays."""
        self._settings = settings
        self._trusted = {}
        self._rates.limit_to(*_rate_limits(settings.limits))
        self._applications.reload(settings.applications)

    # -- who it is --------------------------------------------------------------------------------------------------

    def trusted(self, client_ip: str) -> bool:
        """Whether this address lies in a trusted network. An IPv4 address mapped into IPv6 is the IPv4 address."""
        answer = self._trusted.get(client_ip)
        if answer is None:
            if len(self._trusted) >= _REMEMBERED_ADDRESSES:
                self._trusted.clear()
            answer = self._trusted[client_ip] = self._in_trusted_network(client_ip)
        return answer

    def _in_trusted_network(self, client_ip: str) -> bool:
        try:
            address = ip_address(client_ip.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self._settings.trusted_networks)

    def connected(self, client_ip: str) -> Refusal | None:
        """At the greeting: an address that has used up its rate is sent away before it costs more."""
        if self._rates.address_messages.full(site_of(client_ip)) and not self.trusted(client_ip):
            return refusals.TOO_FAST_CONNECTING
        return None

    def login_address(self, client: Client) -> str:
        """The primary address of the person who logged in; empty for programs, strangers and who has left."""
        person = self._book.person(client.account) if client.account else None
        return person.address if person is not None else ""

    # -- MAIL -------------------------------------------------------------------------------------------------------

    def mail(self, client: Client, sender: str, declared_bytes: int = 0) -> Refusal | None:
        """At MAIL FROM. `sender` is empty for the null reverse-path; `declared_bytes` is SIZE or 0."""
        if declared_bytes > self._settings.limits.message_bytes:
            return refusals.TOO_BIG
        if client.listener in _OURS:
            return None
        if client.account or client.listener in _SUBMISSION:
            return self._mail_of_account(client, sender)
        if client.trusted:
            return None if not sender or spelled(sender) else refusals.BAD_SENDER
        return self._mail_of_stranger(client, sender)

    def _mail_of_account(self, client: Client, sender: str) -> Refusal | None:
        refusal = self._closed_account(client)
        if refusal:
            return refusal
        # The null sender is for a mail client's read receipts (RFC 8098 3); their From is checked like any other.
        if sender and not spelled(sender):
            return refusals.BAD_SENDER
        if sender and not self._may_send_as(client.account, sender):
            return self._not_yours(client.account, sender, refusals.NOT_YOUR_SENDER)
        return None if self._take(client.account) else refusals.TOO_MANY_MESSAGES

    def _may_send_as(self, account: str, address: str) -> bool:
        if is_application(account):
            return self._applications.may_send_as(account, address)
        return may_send_as(self._book, account, address)

    def _take(self, account: str) -> bool:
        """Count one more message of this account, unless it has sent too many."""
        if is_application(account):
            return self._applications.take(account)
        return self._rates.account_messages.take(account)

    def _closed_account(self, client: Client) -> Refusal | None:
        if not client.account:
            return refusals.LOGIN_FIRST
        if is_application(client.account):
            return None if self._applications.exists(client.account) else refusals.ACCOUNT_CLOSED
        if not self._book.complete:
            return refusals.BOOK_UNSURE
        person = self._book.person(client.account)
        return None if person is not None and person.sends else refusals.ACCOUNT_CLOSED

    def _mail_of_stranger(self, client: Client, sender: str) -> Refusal | None:
        if sender:
            spelling = spelled(sender)
            if spelling is None:
                return refusals.BAD_SENDER
            if self._book.is_local_domain(spelling.domain):
                return refusals.OUR_SENDER
        return None if self._rates.address_messages.take(site_of(client.address)) else refusals.TOO_FAST_ADDRESS

    # -- RCPT -------------------------------------------------------------------------------------------------------

    def rcpt(self, client: Client, sender: str, recipient: Recipient, count: int) -> Refusal | None:
        """At RCPT TO; `count` recipients of this transaction were accepted before."""
        if count >= self._settings.limits.recipients:
            return refusals.TOO_MANY_RECIPIENTS
        spelling = recipient_spelling(recipient.address, self._settings)
        if spelling is None:
            return refusals.BAD_RECIPIENT
        refusal = self._destination(client, spelling)
        if refusal is not None or not client.account or is_application(client.account):
            return refusal
        return None if self._rates.account_recipients.take(client.account) else refusals.TOO_MANY_RECIPIENTS_A_DAY

    def _destination(self, client: Client, recipient: Spelled) -> Refusal | None:
        inside = bool(client.account) or client.trusted or client.listener in _OURS
        if not self._book.is_local_domain(recipient.domain):
            return None if inside else refusals.NO_RELAY
        if own_route(recipient, self._settings):
            return None
        known = find(self._book, recipient)
        if known is None and is_postmaster(recipient):
            return self._postmaster()
        if known is None:
            return refusals.UNKNOWN_RECIPIENT if self._book.fresh else refusals.BOOK_UNSURE
        if known.kind == "list":
            return self._list(client, known, inside)
        return None if known.receives else refusals.CLOSED_RECIPIENT

    def _postmaster(self) -> Refusal | None:
        if has_postmaster(self._book, self._settings):
            return None
        return refusals.NO_POSTMASTER if self._book.fresh else refusals.BOOK_UNSURE

    def _list(self, client: Client, known: Known, inside: bool) -> Refusal | None:
        who = self._settings.list_senders
        if who != "anybody" and not inside:
            return refusals.CLOSED_LIST
        members = members_that_receive(known, self._book)
        if not members:
            return refusals.EMPTY_LIST if self._book.fresh else refusals.BOOK_UNSURE
        if who == "members" and client.account and not any(client.account == member.uid for member in members):
            return refusals.CLOSED_LIST
        return None

    # -- the message ------------------------------------------------------------------------------------------------

    def message(self, client: Client, envelope: Envelope, headers: Headers) -> Refusal | None:
        """At the end of the data, before anything is promised: loops, and whom the headers name as author."""
        if headers.received_count > self._settings.limits.received_headers:
            return refusals.LOOP
        if client.listener in _OURS:
            return None
        if len(set(headers.own_queue_ids)) > OWN_PASSAGES:
            return refusals.LOOP
        if client.account:
            return self._authors_of_account(client, headers)
        if client.trusted:
            return None
        return refusals.OUR_FROM if any(map(self._is_ours, _authors(headers))) else None

    def _authors_of_account(self, client: Client, headers: Headers) -> Refusal | None:
        refusal = self._closed_account(client)
        if refusal:
            return refusal
        if not headers.from_addresses:
            return refusals.NO_FROM
        for author in _authors(headers):
            if not self._may_send_as(client.account, author):
                return self._not_yours(client.account, author, refusals.NOT_YOUR_FROM)
        return None

    def _not_yours(self, account: str, address: str, refusal: Refusal) -> Refusal:
        """The refusal, unless it may be an alias so new that our old book does not have it."""
        if is_application(account):
            return refusal
        spelling = spelled(address)
        unsure = spelling and self._book.is_local_domain(spelling.domain) and find(self._book, spelling) is None
        return refusals.BOOK_UNSURE if unsure and not self._book.fresh else refusal

    def _is_ours(self, author: str) -> bool:
        """Whether an author address is one of ours, or looks enough like one to be shown as one."""
        spelling = spelled(author)
        domain = spelling.domain if spelling else author.rpartition("@")[2].strip(" \t<>\"'.").lower()
        return self._book.is_local_domain(domain)


def _authors(headers: Headers) -> tuple[str, ...]:
    """All whom a mail client may show as the author."""
    return (*headers.from_addresses, headers.sender_address) if headers.sender_address else headers.from_addresses

"""The only hand that writes to the directory: pipelined, each modify a compare-and-set, each answer an outcome.

Requests go out without waiting for the answers of earlier ones; the caller keeps the number under way below
`WINDOW`. Every modify deletes the old values by name and adds the new ones, so that it fails instead of overwriting
when somebody changed them meanwhile. Where the server knows the assertion control (RFC 4528) it is told the old values
too, except with an attribute that slapd's `unique` overlay guards: the overlay's own search inherits the control and
fails on it. LDAP transactions (RFC 5805) and the Relax control are never used.

An answer that concerns one entry is an `Outcome`. A server that is gone, read-only, full or refuses us altogether is
`Unreachable`: what is still under way then has no outcome, and the next run asks the directory what became of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from foundation.directory import failures, schema
from foundation.directory.dialect import Dialect
from foundation.directory.url import Address
from foundation.language import Text
from provisioner.changes import Change
from provisioner.ldap_requests import Operation, add_request, modify_request

if TYPE_CHECKING:
    import ldap3

WINDOW = 200
"""slapd cuts off a client with 1,000 unread requests (conn_max_pending_auth); 200 already saturates it."""

Status = Literal["done", "exists", "moved", "failed"]

_WRITING = Text("ghi", "writing")
_RECEIVE_BYTES = 65536

# RFC 4511 appendix A. These say something about the server or about us, not about one entry: go no further.
_STOP = frozenset({8, 11, 50, 51, 52, 53, 80})
_MOVED = {
    16: Text("giá trị cũ không còn ở đó", "an old value is no longer there"),
    20: Text("giá trị mới đã có sẵn", "a new value is already there"),
    32: Text("mục không còn", "the entry is gone"),
    122: Text("mục đã bị sửa sau khi lập kế hoạch", "the entry was changed after the plan was made"),
}


_NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change: done, exists (a create met an entry), moved (compare failed) or failed."""

    status: Status
    detail: Text = _NOTHING


class LdapWriter:
    """Writes over a bound ldap3 connection, which must not be used for anything else while requests are under way."""

    def __init__(self, connection: ldap3.Connection, address: Address, dialect: Dialect) -> None:
        self._connection = connection
        self._address = address
        self._dialect = dialect
        self._under_way: dict[int, Change] = {}
        self._received = b""

    def send(self, changes: Sequence[Change]) -> None:
        """Send the requests for these changes. Raises Unreachable."""
        encoded = []
        for change in changes:
            message_id = self._connection.server.next_message_id()
            self._under_way[message_id] = change
            encoded.append(self._encode(message_id, change))
        try:
            self._connection.socket.sendall(b"".join(encoded))
        except OSError as error:
            raise failures.from_exception(error, self._address, _WRITING) from error

    def receive(self, count: int) -> Iterator[tuple[Change, Outcome]]:
        """Wait for this many answers, in whatever order they come. Raises Unreachable."""
        for _ in range(count):
            message_id, code, name, message = self._next_answer()
            change = self._under_way.pop(message_id)
            if code in _STOP:
                raise failures.from_result(code, name, message, self._address, _WRITING)
            yield change, _outcome(change, code, name, message)

    def _encode(self, message_id: int, change: Change) -> bytes:
        if change.action == "create":
            return add_request(message_id, change.dn, change.after)
        return modify_request(
            message_id, change.dn, modifications(change.before, change.after), self._assertion(change)
        )

    def _assertion(self, change: Change) -> dict[str, tuple[str, ...]] | None:
        unique = {self._dialect.alias_attribute, schema.ADDRESS_HASH, schema.PERSON_KEY}
        if not self._dialect.supports_assertion or unique & change.after.keys():
            return None
        return {name: values for name, values in change.before.items() if len(values) <= _COMPARED_VALUES} or None

    def _next_answer(self) -> tuple[int, int, str, str]:
        from ldap3.strategy.base import BaseStrategy
        from ldap3.utils.asn1 import decode_message_fast

        while True:
            size = BaseStrategy.compute_ldap_message_size(self._received)  # type: ignore[no-untyped-call]
            if 0 <= size <= len(self._received):
                break
            self._received += self._more()
        decoded = decode_message_fast(self._received[:size])  # type: ignore[no-untyped-call]
        self._received = self._received[size:]
        message_id = int(decoded["messageID"])
        if message_id not in self._under_way:
            raise failures.from_exception(ConnectionResetError(), self._address, _WRITING)
        result = self._connection.strategy.decode_response_fast(decoded)
        return message_id, int(result["result"]), str(result["description"]), str(result["message"] or "")

    def _more(self) -> bytes:
        try:
            found: bytes = self._connection.socket.recv(_RECEIVE_BYTES)
        except OSError as error:
            raise failures.from_exception(error, self._address, _WRITING) from error
        if not found:
            raise failures.from_exception(ConnectionResetError(), self._address, _WRITING)
        return found


_COMPARED_VALUES = 20
"""Up to this many values an attribute is compared whole; of a long list only the members that come and go."""

_ONLY_GROWING = frozenset({schema.ADDRESS_HASH, schema.OBJECT_CLASS})
"""We may add values to these and never take one away (deploy/openldap says so to the server)."""


def modifications(
    before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]
) -> Iterator[tuple[Operation, str, Sequence[str]]]:
    """The deletes and adds that turn `before` into `after`: all old values by name, then all new ones."""
    for name, values in after.items():
        old = before.get(name, ())
        gone, new = list(old), list(values)
        if name in _ONLY_GROWING or len(old) > _COMPARED_VALUES:
            held, wanted = set(old), set(values)
            gone = [value for value in old if value not in wanted]
            new = [value for value in values if value not in held]
        if gone:
            yield "delete", name, gone
        if new:
            yield "add", name, new


def _outcome(change: Change, code: int, name: str, message: str) -> Outcome:
    if code == 0:
        return Outcome("done")
    if code == 68 and change.action == "create":
        return Outcome("exists")
    if code in _MOVED and change.action != "create":
        return Outcome("moved", _MOVED[code])
    if code == 19 and not message and change.action != "create":
        # slapd's constraint overlay tries the modification first; when it cannot be applied it says 19 without a word
        return Outcome("moved", _MOVED[16])
    if code == 19:
        return Outcome(
            "failed",
            Text(
                f"địa chỉ hoặc khóa đã thuộc về mục khác [{message or name}]",
                f"an address or the key belongs to another entry [{message or name}]",
            ),
        )
    detail = f"{code} {name}{': ' + message if message else ''}"
    return Outcome("failed", Text(detail, detail))

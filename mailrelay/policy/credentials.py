"""Asks the directory whether a password is right: finds the app passwords of a person, binds as them, reads the state.

Blocking, for a small thread pool; several threads may ask at once, each on connections of its own that are kept. Two
connections make a session: one stays bound as the relay and reads, the other binds as whoever is tried. An unknown
account goes the same way to a name that nobody has.

A password is sent as the bytes that the client gave, never empty (RFC 4513 5.1.2: an empty one would succeed as
nobody; ldap3 would also turn a password of invisible characters into an empty one). It is kept nowhere.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from foundation.directory import schema
from foundation.directory.connection import ConnectionSettings, check
from foundation.errors import Unreachable
from foundation.language import Text
from mailrelay.policy.account_states import allowed
from mailrelay.policy.filters import equals

if TYPE_CHECKING:
    from foundation.directory.ldap import LdapDirectory
    from mailrelay.settings import Directory as Subtrees

CONNECT_SECONDS: Final = 5.0
RECEIVE_SECONDS: Final = 8.0
"""A session of mail waits for us; slapd needs some 30 ms for argon2id."""
MOST_TRIED: Final = 10
"""Entries of one person that are tried: each costs slapd an argon2id."""

SEE_ALSO: Final = "seeAlso"
_NOBODY: Final = "nobody-at-all"
_SUCCESS: Final = 0
_REFUSED: Final = frozenset({19, 32, 48, 49, 50, 53})
"""RFC 4511 appendix A: what servers say to a wrong password, a name that is not there, a closed account."""
_KEPT_SESSIONS: Final = 8
_BINDING: Final = Text("đăng nhập", "binding")


class CredentialChecker:
    """`right(uid, password)` against one directory."""

    def __init__(self, connection: ConnectionSettings, subtrees: Subtrees) -> None:
        self._connection = replace(
            connection,
            connect_timeout_seconds=min(connection.connect_timeout_seconds, CONNECT_SECONDS),
            receive_timeout_seconds=min(connection.receive_timeout_seconds, RECEIVE_SECONDS),
        )
        self._subtrees = subtrees
        self._idle: list[_Session] = []
        self._lock = threading.Lock()

    def right(self, uid: str, password: bytes) -> bool:
        """Whether this is an app password of the person with this uid, who may log in now. An empty uid is nobody.

        Raises Unreachable, ConfigError.
        """
        kept = self._take()
        if kept is not None:
            try:
                return self._tried(kept, uid, password)
            except Unreachable:
                pass  # it was closed while nobody used it; a new one tells the truth
        return self._tried(_Session(self._connection), uid, password)

    def close(self) -> None:
        """Close what is idle."""
        while (session := self._take()) is not None:
            session.close()

    def _take(self) -> _Session | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _tried(self, session: _Session, uid: str, password: bytes) -> bool:
        try:
            answer = self._answer(session, uid, password)
        except BaseException:
            session.close()
            raise
        with self._lock:
            keep = len(self._idle) < _KEPT_SESSIONS
            if keep:
                self._idle.append(session)
        if not keep:
            session.close()
        return answer

    def _answer(self, session: _Session, uid: str, password: bytes) -> bool:
        wanted = equals(schema.UID, uid or _NOBODY)
        found = list(session.directory.search(self._subtrees.credentials, wanted, [schema.UID, SEE_ALSO]))
        if not uid or not found:
            session.bind_as(f"{schema.UID}={_NOBODY},{self._subtrees.credentials}", password)
            return False
        for entry in found[:MOST_TRIED]:
            if session.bind_as(entry.dn, password):
                return any(self._may_log_in(session, dn, uid) for dn in entry.values(SEE_ALSO))
        return False

    def _may_log_in(self, session: _Session, person: str, uid: str) -> bool:
        """Whether the entry that the credential names is this person, in a state that logs in, as of now."""
        entry = session.directory.read(person, [schema.UID, schema.STATE])
        return entry is not None and uid in entry.values(schema.UID) and allowed(entry.first(schema.STATE)).logs_in


class _Session:
    """One connection that reads as the relay, one that binds as others."""

    def __init__(self, settings: ConnectionSettings) -> None:
        from foundation.directory.ldap import connect, open_connection

        self._settings = settings
        self.directory: LdapDirectory = connect(settings)
        try:
            self._binder: Any = open_connection(settings)
        except BaseException:
            self.directory.close()
            raise

    def bind_as(self, dn: str, password: bytes) -> bool:
        """Whether the server lets `dn` in with this password. Raises Unreachable when it does not answer that."""
        from ldap3.core.exceptions import LDAPException

        from foundation.directory import failures

        address = check(self._settings)
        try:
            self._binder.rebind(user=dn, password=password, read_server_info=False)
        except (LDAPException, OSError) as error:
            raise failures.from_exception(error, address, _BINDING) from error
        finally:
            self._binder.password = None
        result = self._binder.result
        code = int(result["result"])
        if code != _SUCCESS and code not in _REFUSED:
            raise failures.from_result(code, result["description"], result.get("message", ""), address, _BINDING)
        return code == _SUCCESS

    def close(self) -> None:
        """Say goodbye on both; never fails."""
        from foundation.directory.ldap import LdapDirectory

        self.directory.close()
        LdapDirectory(self._binder, check(self._settings)).close()

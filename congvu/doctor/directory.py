"""What can be checked at the LDAP server: reachable, encrypted, ours in shape, closed to strangers, keys complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from congvu.doctor.findings import Finding, Subject
from foundation.directory import ConnectionSettings, Directory, settings_from
from foundation.directory.connection import check as check_address
from foundation.directory.schema import ADDRESS_HASH, OUR_ATTRIBUTES, OUR_CLASSES
from foundation.errors import CongvuError
from foundation.keys import AddressRegisterKeys
from foundation.language import Text

if TYPE_CHECKING:
    import ldap3

    from foundation.config.sections import Configuration

_NAME_IN_DEFINITION = re.compile(r"NAME\s+(?:'([^']+)'|\(([^)]*)\))")


def check_directory(configuration: Configuration) -> Iterator[Finding]:
    """Every finding about the directory; the first failure to connect ends the list."""
    from foundation.directory.ldap import connect

    subject = Subject("directory", Text("Thư mục LDAP", "LDAP directory"))
    try:
        settings = settings_from(configuration.directory)
        directory = connect(settings)
    except CongvuError as error:
        yield subject.failed(error.message, error.hint)
        return
    with directory:
        yield subject.ok(_connected(settings, directory))
        yield _subtrees(configuration, directory)
        yield _schema(directory)
        yield _register(configuration, directory)
    yield _strangers(settings)


def _connected(settings: ConnectionSettings, directory: Directory) -> Text:
    address = check_address(settings)
    if address.kind == "ldaps" or settings.start_tls:
        how = Text("TLS, đã kiểm tra chứng thư", "TLS, certificate verified")
    elif address.kind == "ldapi":
        how = Text("ổ cắm cục bộ", "local socket")
    else:
        how = Text("không mã hóa, chỉ trong máy này", "unencrypted, this machine only")
    who = settings.bind_dn or "EXTERNAL"
    return Text("{url}, {how}, {name}, {who}", "{url}, {how}, {name}, {who}").format(
        url=address, how=how, name=directory.dialect.name, who=who
    )


def _subtrees(configuration: Configuration, directory: Directory) -> Finding:
    subject = Subject("directory.subtrees", Text("Các nhánh của ta", "Our subtrees"))
    section = configuration.directory
    names = (
        section.base,
        section.people,
        section.agencies,
        section.lists,
        section.role_mailboxes,
        section.reservations,
    )

    def check() -> Finding:
        missing = [name for name in names if directory.read(name, ("objectClass",)) is None]
        if missing:
            return subject.failed(
                Text("thiếu: {names}", "missing: {names}").format(names="; ".join(missing)),
                Text(
                    "tạo nhánh hoặc cho tài khoản này quyền đọc; xem deploy/openldap/README.md",
                    "create them, or let this account read them; see deploy/openldap/README.md",
                ),
            )
        return subject.ok(Text("có đủ", "all there"))

    return subject.attempt(check)


def _schema(directory: Directory) -> Finding:
    subject = Subject("directory.schema", Text("Lược đồ congvu", "Schema congvu"))

    def check() -> Finding:
        known = _known_names(directory)
        missing = [name for name in (*OUR_ATTRIBUTES, *OUR_CLASSES) if name.lower() not in known]
        if missing:
            return subject.failed(
                Text("thiếu: {names}", "missing: {names}").format(names=", ".join(missing)),
                Text(
                    "cài deploy/openldap/congvu.ldif hoặc deploy/389ds/98congvu.ldif",
                    "install deploy/openldap/congvu.ldif or deploy/389ds/98congvu.ldif",
                ),
            )
        return subject.ok(Text("có đủ", "complete"))

    return subject.attempt(check)


def _known_names(directory: Directory) -> set[str]:
    """The lower-case names of all attributes and classes that the server knows (RFC 4512 section 4.2)."""
    root = directory.read("", ("subschemaSubentry",))
    place = root.first("subschemaSubentry") if root else ""
    found = list(directory.search(place, "(objectClass=subschema)", ("attributeTypes", "objectClasses"), "base"))
    definitions = [
        text for entry in found for kind in ("attributeTypes", "objectClasses") for text in entry.values(kind)
    ]
    names: set[str] = set()
    for definition in definitions:
        if match := _NAME_IN_DEFINITION.search(definition):
            names |= {name.strip("' ").lower() for name in (match[1] or match[2]).split()}
    return names


def _register(configuration: Configuration, directory: Directory) -> Finding:
    subject = Subject("directory.register", Text("Sổ địa chỉ", "Address register"))

    def check() -> Finding:
        keyring = AddressRegisterKeys.load(configuration.addresses.register_key).keyring
        ours = {key.id for key in keyring.keys}
        entries = directory.search(configuration.directory.base, f"({ADDRESS_HASH}=*)", (ADDRESS_HASH,))
        used = {digest.partition(":")[0] for entry in entries for digest in entry.values(ADDRESS_HASH)}
        if used - ours:
            return subject.failed(
                Text(
                    "địa chỉ đã giữ bằng khóa không còn ở đây: {ids}", "addresses are reserved with lost keys: {ids}"
                ).format(ids=", ".join(sorted(used - ours))),
                Text(
                    "khôi phục khóa, hoặc congvu keys import của tỉnh đã hợp nhất; trước đó đừng cấp địa chỉ mới",
                    "restore the key, or import the merged province's; until then give out no new address",
                ),
            )
        return subject.ok(Text("khóa nhận ra mọi địa chỉ đã giữ", "the keys recognise every reservation"))

    return subject.attempt(check)


def _strangers(settings: ConnectionSettings) -> Finding:
    subject = Subject("directory.anonymous", Text("Người lạ không đọc được", "Strangers read nothing"))

    def check() -> Finding:
        if _anonymous_reads(settings):
            return subject.failed(
                Text("ai cũng đọc được thư mục không cần đăng nhập", "anybody can read the directory without a login"),
                Text(
                    "cấm đăng nhập ẩn danh: disallow bind_anon; xem deploy/openldap",
                    "forbid it: disallow bind_anon; see deploy/openldap",
                ),
            )
        return subject.ok(Text("đăng nhập ẩn danh bị từ chối", "anonymous access is refused"))

    return subject.attempt(check)


def _anonymous_reads(settings: ConnectionSettings) -> bool:
    """Whether somebody without a login gets even one name below our base."""
    import ldap3
    from ldap3.core.exceptions import LDAPException

    from foundation.directory.ldap import VerifiedTls

    address = check_address(settings)
    tls = VerifiedTls(settings.ca_file) if address.kind != "ldapi" else None
    server = ldap3.Server(str(address), tls=tls, get_info=ldap3.NONE, connect_timeout=settings.connect_timeout_seconds)
    stranger = ldap3.Connection(server, receive_timeout=settings.receive_timeout_seconds)
    try:
        stranger.open(read_server_info=False)
        if address.kind == "ldap" and settings.start_tls and not stranger.start_tls(read_server_info=False):
            return False
        return _reads(stranger, settings.base)
    except (LDAPException, OSError):
        return False
    finally:
        if stranger.socket is not None:
            stranger.socket.close()


def _reads(stranger: ldap3.Connection, base: str) -> bool:
    if not stranger.bind(read_server_info=False):
        return False
    # More than one entry is answered with sizeLimitExceeded and the first one: what counts is whether any came.
    stranger.search(base, "(objectClass=*)", "SUBTREE", attributes=["1.1"], size_limit=1)
    return bool(stranger.response)

"""What can be checked of the relay: its settings, certificate and key, its spool, its account in the directory.

Who answers is the business of `relay_running`. A machine whose relay has neither an account, nor a certificate,
nor a spool has no relay, and nothing of it is checked.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from congvu.doctor.findings import Finding, Subject
from congvu.doctor.relay_trust import check_trust, directory_of_relay
from congvu.servers.short_paths import LONGEST_SOCKET_PATH_BYTES
from foundation import clock
from foundation.errors import ConfigError
from foundation.language import Text
from foundation.system_errors import reason_of

if TYPE_CHECKING:
    from cryptography import x509

    from foundation.config.sections import Configuration
    from mailrelay.settings import RelaySettings

SOON: Final = timedelta(days=21)
"""Public authorities renew a certificate of 90 days when a third of it is left; whoever is warned at three weeks has
time for the paperwork of a paid one."""

_GIB: Final = 1 << 30


def check_relay(configuration: Configuration, deep: bool = False) -> Iterator[Finding]:
    """Every finding about the relay; bad settings end the list, because all else depends on them."""
    from mailrelay.configuration import settings_from

    subject = Subject("relay", Text("Máy chuyển thư", "Relay"))
    section = configuration.relay
    if section.bind_password is None and section.tls.certificate is None and not section.spool.exists():
        yield subject.ok(
            Text(
                "không dùng ở đây: [relay] chưa có bind_password, certificate hay thư mục thư chờ",
                "not used here: [relay] has no bind_password, no certificate and no spool",
            )
        )
        return
    try:
        settings = settings_from(configuration)
    except ConfigError as error:
        why = error.problems[0].message if error.problems else error.message
        yield subject.failed(why, (error.problems[0].hint if error.problems else None) or error.hint)
        return
    yield subject.ok(Text("{name}", "{name}").format(name=settings.hostname))
    yield _certificate(settings)
    yield _dkim(configuration, settings)
    yield _account(configuration)
    yield from check_trust(configuration, settings)
    yield from _spool(settings)
    yield _socket_path(settings)
    from congvu.doctor.relay_running import check_running

    yield from check_running(configuration, settings, deep)


# ---- certificate and key ---------------------------------------------------------------------------------------------


def _certificate(settings: RelaySettings) -> Finding:
    subject = Subject("relay.certificate", Text("Chứng thư TLS của máy chuyển thư", "The relay's TLS certificate"))

    def check() -> Finding:
        certificate, key = settings.tls.certificate, settings.tls.key
        if certificate is None or key is None:
            return subject.warning(
                Text(
                    "không có: cán bộ không gửi thư được (cổng 587, 465 đóng)",
                    "none: staff cannot send (ports 587 and 465 stay closed)",
                ),
                Text("đặt certificate và key trong [relay.tls]", "set certificate and key in [relay.tls]"),
            )
        found = _load(certificate)
        _check_pair(certificate, key)
        return _age(subject, found)

    return subject.attempt(check)


def _load(path: Path) -> x509.Certificate:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise ConfigError(
            Text("không đọc được chứng thư {path}: {why}", "cannot read the certificate {path}: {why}").format(
                path=path, why=reason_of(error) if isinstance(error, OSError) else error
            ),
            Text("cần một tệp PEM mà dịch vụ đọc được", "a PEM file is needed that the service can read"),
        ) from error


def _check_pair(certificate: Path, key: Path) -> None:
    """Whether OpenSSL takes the two together, as the daemon will. Raises ConfigError."""
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            Text("chứng thư và khóa không dùng được: {why}", "certificate and key cannot be used: {why}").format(
                why=getattr(error, "reason", None) or getattr(error, "strerror", None) or error
            ),
            Text(
                "khóa phải thuộc đúng chứng thư này và dịch vụ đọc được",
                "the key must belong to this very certificate, and the service must be able to read it",
            ),
        ) from error


def _age(subject: Subject, certificate: x509.Certificate) -> Finding:
    ends = certificate.not_valid_after_utc
    left = ends - clock.now()
    until = Text("đến {day}", "until {day}").format(day=ends.date())
    renew = Text(
        "thay chứng thư rồi: systemctl reload congvu-mailrelay", "replace it, then: systemctl reload congvu-mailrelay"
    )
    if left < timedelta(0):
        return subject.failed(Text("hết hạn ngày {day}", "expired on {day}").format(day=ends.date()), renew)
    if left < SOON:
        return subject.warning(until, renew)
    return subject.ok(until)


def _dkim(configuration: Configuration, settings: RelaySettings) -> Finding:
    subject = Subject("relay.dkim", Text("Chữ ký DKIM", "DKIM signature"))

    def check() -> Finding:
        from foundation.keys import rsa_private_key

        if not settings.dkim_domains:
            return subject.ok(
                Text("không dùng: thư gửi ra ngoài không ký", "not used: mail to the outside is not signed")
            )
        place = configuration.relay.dkim.key
        if place.path is not None and not place.path.exists():
            return subject.failed(
                Text("chưa có {place}", "there is no {place}").format(place=place.describe()),
                Text("chạy: congvu keys create dkim", "run: congvu keys create dkim"),
            )
        rsa_private_key(place.read_bytes(), place.describe())
        named = ", ".join(f"{settings.dkim_selector}._domainkey.{domain}" for domain in settings.dkim_domains)
        return subject.ok(
            Text("khóa dùng được; bản ghi DNS: {names}", "usable; DNS records: {names}").format(names=named)
        )

    return subject.attempt(check)


# ---- account, spool, socket ------------------------------------------------------------------------------------------


def _account(configuration: Configuration) -> Finding:
    subject = Subject("relay.directory", Text("Máy chuyển thư đọc thư mục LDAP", "The relay reads the directory"))

    def check() -> Finding:
        from foundation.config.of_service import directory_connection
        from mailrelay.service import SERVICE

        connection = directory_connection(configuration, SERVICE)
        with directory_of_relay(configuration) as directory:
            missing = [
                name
                for name in (configuration.directory.people, configuration.directory.lists)
                if directory.read(name, ("objectClass",)) is None
            ]
        if missing:
            return subject.failed(
                Text("{who} không thấy {names}", "{who} cannot see {names}").format(
                    who=connection.bind_dn, names="; ".join(missing)
                ),
                Text("xem quyền của cn=relay trong deploy/openldap", "see the rights of cn=relay in deploy/openldap"),
            )
        return subject.ok(Text("{who}", "{who}").format(who=connection.bind_dn or "EXTERNAL"))

    return subject.attempt(check)


def _spool(settings: RelaySettings) -> Iterator[Finding]:
    subject = Subject("relay.spool", Text("Thư mục thư chờ", "Spool folder"))
    folder = settings.spool
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if existing != folder:
        yield subject.ok(Text("{path} sẽ được tạo", "{path} will be created").format(path=folder))
    else:
        yield _private(subject, folder)
    space = Subject("relay.space", Text("Chỗ trống cho thư chờ", "Free space of the spool"))
    usage = shutil.disk_usage(existing)
    percent = usage.free * 100 / usage.total
    detail = Text("{size:.1f} GiB, {percent:.0f} %", "{size:.1f} GiB, {percent:.0f} %").format(
        size=usage.free / _GIB, percent=percent
    )
    if percent < settings.limits.free_disk_percent:
        yield space.failed(
            detail,
            Text(
                "dưới {limit} % máy chuyển thư không nhận thư mới (452): dọn đĩa",
                "below {limit} % the relay takes no new mail (452): free some",
            ).format(limit=settings.limits.free_disk_percent),
        )
    else:
        yield space.ok(detail)


def _private(subject: Subject, folder: Path) -> Finding:
    found = folder.stat()
    if stat.S_IMODE(found.st_mode) & 0o077:
        return subject.failed(
            Text("người khác vào được {path}", "others can enter {path}").format(path=folder),
            Text("chạy: chmod 700 {path}", "run: chmod 700 {path}").format(path=folder),
        )
    if os.geteuid() not in (0, found.st_uid):
        return subject.warning(
            Text("{path} thuộc người dùng khác", "{path} belongs to another user").format(path=folder),
            Text("chạy congvu doctor bằng tài khoản của dịch vụ", "run congvu doctor as the service's account"),
        )
    return subject.ok(Text("{path}", "{path}").format(path=folder))


def _socket_path(settings: RelaySettings) -> Finding:
    subject = Subject("relay.control", Text("Ổ cắm điều khiển", "Control socket"))
    path = settings.control_socket
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH_BYTES:
        return subject.failed(
            Text("đường dẫn quá dài: {path}", "the path is too long: {path}").format(path=path),
            Text("đặt control_socket ngắn hơn 108 byte", "choose a control_socket shorter than 108 bytes"),
        )
    return subject.ok(Text("{path}", "{path}").format(path=path))

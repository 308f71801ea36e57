"""Whether the account that runs the service may read what we, as root, can read anyway.

Root sees a sound installation where the service ends at once, because configuration or keys belong to root. Asks the
kernel, by running test(1) as that account, so that every right counts: folders on the way, groups, access lists.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from congvu.doctor.advice import is_sandbox
from congvu.doctor.findings import Finding, Subject
from foundation import key_files
from foundation.keys import KINDS
from foundation.language import Text

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

SERVICE_USER: Final = "congvu"
"""`User=` of deploy/systemd/congvu-mailrelay.service and congvu-meetings.service."""

_CANNOT: Final = 'for path; do test "$MODE" "$path" || printf "%s\\0" "$path"; done'


def check_service_user(configuration: Configuration, config_file: Path, user: str = SERVICE_USER) -> Iterator[Finding]:
    """One finding when we are root and the account exists; none otherwise, because there is nothing to find out."""
    if os.geteuid() != 0 or is_sandbox(configuration):
        return
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        return
    subject = Subject(
        "relay.service_user", Text("Tài khoản dịch vụ {user}", "Service account {user}").format(user=user)
    )
    unreadable = refused(account, "-r", [config_file, *_to_read(configuration)])
    unwritable = refused(account, "-w", _to_write(configuration))
    if not unreadable and not unwritable:
        yield subject.ok(
            Text("đọc được cấu hình và khóa, ghi được dữ liệu", "reads settings and keys, writes its data")
        )
        return
    yield subject.failed(
        Text("không đọc hay ghi được: {paths}", "cannot read or write: {paths}").format(
            paths=", ".join([*unreadable, *unwritable])
        ),
        Text(
            "chạy: chgrp {user} tệp cấu hình và thư mục của nó; chown {user}: khóa, bí mật, thư mục dữ liệu, thư chờ; "
            "deploy/systemd/install làm đúng như vậy",
            "run: chgrp {user} on the configuration and its folder; chown {user}: on keys, secrets, data and spool; "
            "deploy/systemd/install does just that",
        ).format(user=user),
    )


def refused(account: pwd.struct_passwd, mode: str, paths: Sequence[Path]) -> list[str]:
    """Which of these paths the account may not read (`-r`) or write (`-w`)."""
    done = subprocess.run(
        ["/bin/sh", "-c", _CANNOT, "sh", *map(str, paths)],
        cwd="/",
        env={"MODE": mode},
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=os.getgrouplist(account.pw_name, account.pw_gid),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split("\0")[:-1]


def _to_read(configuration: Configuration) -> list[Path]:
    """The files that our daemons open when they start and that are there; what is missing is another check's."""
    relay, meetings = configuration.relay, configuration.meetings
    secrets = [relay.bind_password, configuration.storage.password, relay.tls.key]
    secrets += [application.password for application in relay.applications.values()]
    secrets += [meetings.bind_password, meetings.submission.password, meetings.links_key]
    secrets += [key_files.place_of(kind, configuration) for kind in KINDS.values()]
    named = [Path(secret.place) for secret in secrets if secret is not None and secret.kind == "file"]
    files = [relay.tls.certificate, configuration.directory.tls.ca_file, meetings.submission.ca_file, *named]
    return [path for path in dict.fromkeys(files) if path is not None and path.exists()]


def _to_write(configuration: Configuration) -> list[Path]:
    from foundation.storage.location import SqliteLocation, parse_url

    location = parse_url(configuration.storage.url)
    folders = [configuration.relay.spool]
    if isinstance(location, SqliteLocation):
        folders += [location.folder, *location.folder.glob("mailrelay*"), *location.folder.glob("meetings*")]
    return [path for path in folders if path.exists()]

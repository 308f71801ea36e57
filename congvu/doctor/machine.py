"""What can be checked without a server: secrets, keys, templates, the database, its disk, the clock."""

from __future__ import annotations

import ctypes
import os
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from congvu import TOOLS
from congvu.doctor.findings import Finding, Subject
from foundation import clock, key_files
from foundation.dates import duration
from foundation.keys import KINDS, KeyKind, parse_keyring
from foundation.language import Text
from foundation.storage.location import SqliteLocation, parse_url
from foundation.tables import pending

if TYPE_CHECKING:
    from foundation.config import Secret
    from foundation.config.sections import Configuration

LEAST_FREE_BYTES: Final = 1 << 30
"""A first load of 100,000 people writes about 300 MB; below three times that a run may stop in the middle."""

_TIME_ERROR: Final = 5
"""adjtimex(2): the clock is not synchronised."""
_TIMEX_BYTES: Final = 512
"""struct timex has 208 bytes on 64-bit Linux; the kernel writes no more than its own size."""


def check_machine(configuration: Configuration) -> Iterator[Finding]:
    """Every finding about this machine."""
    yield from _secrets(configuration)
    yield from _keys(configuration)
    yield _templates(configuration)
    yield _schema(configuration)
    location = parse_url(configuration.storage.url)
    if isinstance(location, SqliteLocation):
        yield _writable(location.folder)
        yield _space(location.folder)
    yield _clock()


def _secrets(configuration: Configuration) -> Iterator[Finding]:
    named: dict[str, Secret | None] = {
        "directory.bind_password": configuration.directory.bind_password,
        "storage.password": configuration.storage.password,
        "relay.bind_password": configuration.relay.bind_password,
        "meetings.bind_password": configuration.meetings.bind_password,
        "meetings.submission.password": configuration.meetings.submission.password,
    }
    named |= {
        f"relay.applications.{name}.password": application.password
        for name, application in configuration.relay.applications.items()
    }
    for key, secret in named.items():
        if secret is not None:
            yield _secret(key, secret)


def _secret(key: str, secret: Secret) -> Finding:
    subject = Subject(f"secret.{key}", Text("Bí mật {key}", "Secret {key}").format(key=key))

    def check() -> Finding:
        secret.read_bytes()
        return subject.ok(Text("đọc được, người khác không đọc được", "readable by us and by nobody else"))

    return subject.attempt(check)


def _keys(configuration: Configuration) -> Iterator[Finding]:
    for kind in KINDS.values():
        if kind.is_ring:  # the DKIM key is looked at with the relay that signs with it
            yield _key(kind, configuration)
    folder = configuration.keys.directory
    if folder.is_dir():
        subject = Subject("keys.folder", Text("Thư mục khóa", "Folder of keys"))
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & 0o077:
            yield subject.failed(
                Text("người khác vào được {path} ({mode:04o})", "others can enter {path} ({mode:04o})").format(
                    path=folder, mode=mode
                ),
                Text("chạy: chmod 700 {path}", "run: chmod 700 {path}").format(path=folder),
            )
        else:
            yield subject.ok(Text("{path}", "{path}").format(path=folder))


def _key(kind: KeyKind, configuration: Configuration) -> Finding:
    subject = Subject(f"key.{kind.name}", Text("Khóa {name}", "Key {name}").format(name=kind.name))
    place = key_files.place_of(kind, configuration)

    def check() -> Finding:
        if place.path is not None and not place.path.exists():
            return subject.failed(
                Text("chưa có {place}", "there is no {place}").format(place=place.describe()),
                Text(
                    "nếu đã từng có: khôi phục bản sao; nếu chưa: congvu keys create",
                    "if there ever was one: restore the copy; if not: congvu keys create",
                ),
            )
        keyring = parse_keyring(place.read(), place.describe())
        return subject.ok(
            Text("{count} khóa, {id} đang ký", "{count} key(s), {id} signs").format(
                count=len(keyring.keys), id=keyring.newest.id
            )
        )

    return subject.attempt(check)


def _templates(configuration: Configuration) -> Finding:
    subject = Subject("templates", Text("Mẫu văn bản", "Templates"))

    def check() -> Finding:
        from foundation.rendering import Renderer

        renderer = Renderer(configuration.templates.directory)
        paths = renderer.paths()
        for path in paths:
            renderer.check(path)
        return subject.ok(Text("{count} mẫu dùng được", "{count} usable").format(count=len(paths)))

    return subject.attempt(check)


def _schema(configuration: Configuration) -> Finding:
    subject = Subject("storage", Text("Cơ sở dữ liệu", "Database"))

    def check() -> Finding:
        waiting = [title for tool in TOOLS for title in pending(configuration.storage, tool)]
        if waiting:
            return subject.warning(
                Text("còn {count} bước cập nhật cấu trúc", "{count} migration(s) pending").format(count=len(waiting)),
                Text(
                    "lệnh ghi đầu tiên sẽ tự làm, hoặc chạy: congvu migrate",
                    "the first command that writes applies them; or run: congvu migrate",
                ),
            )
        return subject.ok(Text("mở được, cấu trúc mới nhất", "opens, and its tables are up to date"))

    return subject.attempt(check)


def _writable(folder: Path) -> Finding:
    subject = Subject("storage.writable", Text("Ghi được vào thư mục dữ liệu", "Data folder is writable"))
    existing = _nearest_existing(folder)
    if not os.access(existing, os.W_OK | os.X_OK):
        return subject.failed(
            Text("không ghi được vào {path}", "cannot write to {path}").format(path=existing),
            Text("chạy bằng tài khoản sở hữu thư mục này", "run as the account that owns this folder"),
        )
    if existing == folder and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        return subject.failed(
            Text("người khác vào được {path}", "others can enter {path}").format(path=folder),
            Text("chạy: chmod 700 {path}", "run: chmod 700 {path}").format(path=folder),
        )
    if existing != folder:
        return subject.ok(Text("{path} sẽ được tạo", "{path} will be created").format(path=folder))
    return subject.ok(Text("{path}", "{path}").format(path=folder))


def _space(folder: Path) -> Finding:
    subject = Subject("storage.space", Text("Chỗ trống", "Free space"))
    free = shutil.disk_usage(_nearest_existing(folder)).free
    detail = Text("{size:.1f} GiB", "{size:.1f} GiB").format(size=free / (1 << 30))
    if free < LEAST_FREE_BYTES:
        return subject.failed(detail, Text("dọn đĩa: cần ít nhất 1 GiB", "free some: at least 1 GiB is needed"))
    return subject.ok(detail)


def _nearest_existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _clock() -> Finding:
    subject = Subject("clock", Text("Đồng hồ", "Clock"))

    def check() -> Finding:
        offset = clock.read_offset()
        if offset:
            return subject.warning(
                _off(offset),
                Text("chỉ dùng khi thử nghiệm: xóa tệp clock_file", "for trials only: remove the clock_file"),
            )
        if not _is_synchronised():
            return subject.warning(
                Text("máy chưa đồng bộ giờ", "this machine does not synchronise its time"),
                Text("bật NTP: timedatectl set-ntp true", "switch NTP on: timedatectl set-ntp true"),
            )
        return subject.ok(Text("đã đồng bộ", "synchronised"))

    return subject.attempt(check)


def _off(offset: timedelta) -> Text:
    told = (
        Text("cố ý chạy nhanh {long}", "set {long} ahead on purpose")
        if offset > timedelta()
        else Text("cố ý chạy chậm {long}", "set {long} back on purpose")
    )
    return told.format(long=duration(abs(offset)))


def _is_synchronised() -> bool:
    """Whether the kernel holds its clock to be synchronised (adjtimex(2), reading only)."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return False
    return state not in (-1, _TIME_ERROR)

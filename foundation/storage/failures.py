"""What can go wrong in our own database, as types that say who should do what.

    StorageError (foundation.errors)   permanent unless a subclass says otherwise
    ├── TemporaryFailure      the unit is not stored: try again later (disk full, connection lost, database in use)
    ├── DatabasePoisoned      the disk failed or the file is damaged: nothing more is written until a restart
    ├── ConstraintViolated    the unit broke a UNIQUE, NOT NULL, CHECK or FOREIGN KEY rule
    ├── SchemaMismatch        the tables are not those that this program knows
    └── StatementRefused      our bug: the database does not understand the statement or its parameters

Drivers' own exceptions never leave `foundation.storage`; they stay visible as `__cause__`.
"""

from __future__ import annotations

from foundation.errors import StorageError
from foundation.language import Text


class TemporaryFailure(StorageError):
    """The unit of work failed for a reason that may pass.

    Nothing of it is stored, unless `may_be_stored`: then the connection broke while the commit was being answered, and
    only reading the tables tells.
    """

    def __init__(self, message: Text, hint: Text | None = None, *, may_be_stored: bool = False) -> None:
        super().__init__(message, hint)
        self.may_be_stored = may_be_stored


class DatabasePoisoned(StorageError):
    """The disk failed under the database, so that what it reports as written can no longer be believed.

    After a failed fsync the kernel may drop the unwritten pages and report success the next time ("fsyncgate"), so
    trying again would be pretending. `may_be_stored`: the failure came during a commit.
    """

    def __init__(self, message: Text, hint: Text | None = None, *, may_be_stored: bool = False) -> None:
        super().__init__(message, hint)
        self.may_be_stored = may_be_stored


class ConstraintViolated(StorageError):
    """A rule of the tables refused the row. Units that expect this use ON CONFLICT instead of catching it."""


class SchemaMismatch(StorageError):
    """The tables were made by a newer program, or an applied migration was edited afterwards."""


class StatementRefused(StorageError):
    """The database refuses the statement itself: an error in our SQL or in the type of a parameter."""

    exit_code = 70


def disk_full(database: str) -> TemporaryFailure:
    return TemporaryFailure(
        Text("hết chỗ trên đĩa chứa cơ sở dữ liệu {database}", "the disk of the database {database} is full").format(
            database=database
        ),
        Text("giải phóng dung lượng đĩa rồi thử lại", "free some disk space, then try again"),
    )


def out_of_memory(database: str) -> TemporaryFailure:
    return TemporaryFailure(
        Text(
            "không đủ bộ nhớ để dùng cơ sở dữ liệu {database}", "not enough memory for the database {database}"
        ).format(database=database),
        Text("giải phóng bộ nhớ rồi thử lại", "free some memory, then try again"),
    )


def in_use(database: str) -> TemporaryFailure:
    return TemporaryFailure(
        Text(
            "cơ sở dữ liệu {database} đang bị một tiến trình khác ghi quá lâu",
            "another process has been writing to the database {database} for too long",
        ).format(database=database),
        Text("chờ tiến trình kia xong rồi thử lại", "wait for the other process to finish, then try again"),
    )


def connection_lost(database: str, reason: str, *, may_be_stored: bool = False) -> TemporaryFailure:
    return TemporaryFailure(
        Text(
            "mất kết nối tới cơ sở dữ liệu {database}: {reason}",
            "lost the connection to the database {database}: {reason}",
        ).format(database=database, reason=reason),
        Text(
            "kiểm tra máy chủ PostgreSQL và mạng; lần ghi sau sẽ tự kết nối lại",
            "check the PostgreSQL server and the network; the next write reconnects by itself",
        ),
        may_be_stored=may_be_stored,
    )


def server_gave_up(database: str, reason: str) -> TemporaryFailure:
    return TemporaryFailure(
        Text(
            "máy chủ cơ sở dữ liệu {database} bỏ dở thao tác: {reason}",
            "the server of the database {database} gave the work up: {reason}",
        ).format(database=database, reason=reason),
        Text("thử lại; nếu lặp lại, xem nhật ký PostgreSQL", "try again; if it persists, read PostgreSQL's log"),
    )


def cannot_open(file: str, reason: str | Text) -> StorageError:
    return StorageError(
        Text("không mở được {file}: {reason}", "cannot open {file}: {reason}").format(file=file, reason=reason),
        Text(
            "kiểm tra [storage] url, quyền của thư mục và tài khoản đang chạy lệnh",
            "check [storage] url, the rights on the folder and which account runs the command",
        ),
    )


def cannot_connect(database: str, reason: str) -> TemporaryFailure:
    return TemporaryFailure(
        Text(
            "không kết nối được tới cơ sở dữ liệu {database}: {reason}",
            "cannot connect to the database {database}: {reason}",
        ).format(database=database, reason=reason),
        Text(
            "kiểm tra [storage] url và password, máy chủ PostgreSQL có chạy không, pg_hba.conf có cho phép không",
            "check [storage] url and password, whether the PostgreSQL server runs, whether pg_hba.conf lets us in",
        ),
    )


def poisoned(database: str, reason: str, *, may_be_stored: bool = False) -> DatabasePoisoned:
    return DatabasePoisoned(
        Text(
            "đĩa hoặc tệp của cơ sở dữ liệu {database} bị lỗi ({reason}); không ghi thêm gì nữa",
            "the disk or the file of the database {database} has failed ({reason}); nothing more is written",
        ).format(database=database, reason=reason),
        Text(
            "xem nhật ký nhân (dmesg), kiểm tra đĩa, rồi khởi động lại dịch vụ",
            "read the kernel log (dmesg), check the disk, then restart the service",
        ),
        may_be_stored=may_be_stored,
    )


def closed(database: str) -> StorageError:
    return StorageError(
        Text("cơ sở dữ liệu {database} đã đóng", "the database {database} is closed").format(database=database)
    )


def refused(reason: str, statement: str) -> StatementRefused:
    excerpt = " ".join(statement.split())[:200]
    return StatementRefused(
        Text(
            "cơ sở dữ liệu từ chối câu lệnh: {reason} (trong: {statement})",
            "the database refuses the statement: {reason} (in: {statement})",
        ).format(reason=reason, statement=excerpt)
    )


def violated(reason: str) -> ConstraintViolated:
    return ConstraintViolated(
        Text("dữ liệu vi phạm quy tắc của bảng: {reason}", "the data break a rule of the table: {reason}").format(
            reason=reason
        )
    )

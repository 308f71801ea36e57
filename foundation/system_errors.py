"""Why the machine did not let us, in words: errno(3) knows no Vietnamese."""

from __future__ import annotations

import errno
import socket
from typing import Final

from foundation.language import Text

_REASONS: Final[dict[int, Text]] = {
    errno.ECONNREFUSED: Text(
        "kết nối bị từ chối, không có chương trình nào nghe ở đó", "connection refused, nothing listens there"
    ),
    errno.ECONNRESET: Text("bên kia ngắt kết nối", "the other side cut the connection"),
    errno.ETIMEDOUT: Text("quá thời gian chờ", "no answer in time"),
    errno.EHOSTUNREACH: Text("không có đường tới máy ấy", "no way to that host"),
    errno.ENETUNREACH: Text("không có đường tới mạng ấy", "no way to that network"),
    errno.ENOENT: Text("không có tệp hay ổ cắm này", "there is no such file or socket"),
    errno.EACCES: Text("không có quyền", "permission denied"),
    errno.EISDIR: Text("đó là một thư mục", "it is a folder"),
    errno.EADDRINUSE: Text("chương trình khác đang dùng cổng này", "another program has this port"),
    errno.EADDRNOTAVAIL: Text("máy này không có địa chỉ ấy", "this machine does not have that address"),
    errno.ENOSPC: Text("đĩa đã đầy", "the disk is full"),
    errno.EDQUOT: Text("đã hết hạn mức đĩa", "the disk quota is used up"),
    errno.EIO: Text("đĩa bị lỗi đọc ghi", "the disk fails to read or write"),
    errno.EROFS: Text("hệ thống tệp chỉ cho đọc", "the file system is read-only"),
    errno.EPERM: Text("không được phép", "not permitted"),
    errno.ENAMETOOLONG: Text("tên quá dài", "the name is too long"),
    errno.ENOTDIR: Text("có một phần của đường dẫn không phải thư mục", "a part of the path is no folder"),
}


def reason_of(error: OSError) -> Text:
    """The reason in both languages; what is not in the table in the system's own words."""
    if isinstance(error, socket.gaierror):
        return Text("không tìm thấy tên máy này trong DNS", "this host name is not found in DNS")
    if isinstance(error, TimeoutError):
        return _REASONS[errno.ETIMEDOUT]
    words = error.strerror or str(error) or type(error).__name__
    return _REASONS.get(error.errno or 0) or Text(words, words)

"""The words, for people, of what the directory and the database store as English codes. Those of docs/glossary.md."""

from __future__ import annotations

from collections.abc import Mapping

from foundation.language import Text

STATES: Mapping[str, Text] = {
    "invited": Text("đã mời", "invited"),
    "active": Text("đang dùng", "active"),
    "suspended": Text("tạm khóa", "suspended"),
}
POST_KINDS: Mapping[str, Text] = {
    "main": Text("chính", "main"),
    "concurrent": Text("kiêm nhiệm", "concurrent"),
    "secondment": Text("biệt phái", "secondment"),
}
ADDRESS_KINDS: Mapping[str, Text] = {
    "primary": Text("chính", "primary"),
    "alias": Text("bí danh", "alias"),
    "expired": Text("hết hạn", "expired"),
}
OUTCOMES: Mapping[str, Text] = {
    "done": Text("đã ghi", "done"),
    "exists": Text("đã có", "exists"),
    "moved": Text("đã bị người khác đổi", "moved"),
    "failed": Text("không ghi được", "failed"),
    "unknown": Text("chưa rõ", "unknown"),
}
ACTIONS: Mapping[str, Text] = {
    "create": Text("tạo mới", "create"),
    "update": Text("cập nhật", "update"),
    "rename": Text("đổi địa chỉ", "rename"),
    "move": Text("chuyển đơn vị", "move"),
    "suspend": Text("tạm khóa", "suspend"),
    "restore": Text("mở lại", "restore"),
    "adopt": Text("tiếp nhận", "adopt"),
    "unchanged": Text("giữ nguyên", "unchanged"),
}
KINDS: Mapping[str, Text] = {
    "person": Text("người", "person"),
    "agency": Text("đơn vị", "agency"),
    "list": Text("danh sách thư", "list"),
    "role_mailbox": Text("hộp thư chức năng", "role mailbox"),
    "reservation": Text("địa chỉ giữ chỗ", "reserved address"),
}


def word(terms: Mapping[str, Text], code: str) -> Text:
    """The words for a code; a code that we do not know (edited by hand) stands for itself."""
    return terms.get(code) or Text(code, code)

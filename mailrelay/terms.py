"""The words, for people, of what the relay stores as English codes. Those of docs/glossary.md."""

from __future__ import annotations

from collections.abc import Mapping

from foundation.language import Text

STATES: Mapping[str, Text] = {
    "queued": Text("đang chờ", "waiting"),
    "delivering": Text("đang phát", "being delivered"),
    "deferred": Text("chờ thử lại", "waiting to try again"),
    "held": Text("đang giữ lại", "held"),
    "delivered": Text("đã tới hộp thư", "in the mailbox"),
    "relayed": Text("đã chuyển cho máy chủ nơi nhận", "handed to the next host"),
    "failed": Text("không phát được", "failed"),
    "expired": Text("quá hạn, thôi không thử nữa", "expired, given up"),
    "removed": Text("đã bị bỏ", "removed"),
}
"""Of one recipient of one message; the codes are those of `lifecycle.State`."""

EVENTS: Mapping[str, Text] = {
    "message.accepted": Text("đã nhận", "accepted"),
    "message.repeated": Text("gửi lại, đã nhận từ trước", "sent again, accepted before"),
    "message.unacknowledged": Text("đã nhận, nhưng nơi gửi chưa nghe trả lời", "accepted, but the sender was not told"),
    "attempt.unknown": Text("một lần phát không rõ kết cục", "an attempt whose end is unknown"),
    "attempt.withdrawn": Text("một lần phát được rút lại trước khi gửi", "an attempt withdrawn before it was sent"),
    "recipient.delivered": STATES["delivered"],
    "recipient.relayed": STATES["relayed"],
    "recipient.deferred": Text("chưa phát được, sẽ thử lại", "not yet, will be tried again"),
    "recipient.failed": STATES["failed"],
    "recipient.expired": STATES["expired"],
    "recipient.held": Text("được giữ lại", "held"),
    "recipient.released": Text("được thả", "released"),
    "recipient.removed": STATES["removed"],
    "recipient.retried": Text("được yêu cầu thử lại ngay", "asked to be tried again at once"),
    "report.sent": Text("đã báo cho người gửi", "the sender was told"),
    "report.received": Text("có báo cáo gửi về, chưa kiểm chứng", "a report came in, not proved"),
    "report.undeliverable": Text("báo cáo không gửi được", "a report could not be delivered"),
}
"""Of a trail; the codes are the record types of `records`."""


def word(terms: Mapping[str, Text], code: str) -> Text:
    """The words for a code; a code that we do not know stands for itself."""
    return terms.get(code) or Text(code, code)

"""The closed sets of words and how people read them: why a mail goes out, how far it is, what becomes of an answer.

States live here and nowhere else. An incoming mail ends as exactly one of `VERDICTS`; an outgoing mail goes through
`DELIVERY_STATES`, which are those of the relay's recipients (docs/answers.md) as far as we can know them.

    promised --> handed over --> delivered | relayed | failed | expired
        |             '--> deferred --'
        '--> refused (by our relay, for good)

Reasons are codes with both languages, so that pages, commands and the journal say the same.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from foundation.language import Text

Purpose = Literal[
    "request",  # an invitation, a changed one, or a new try of the last one (REFRESH)
    "cancel",  # the meeting, one occurrence, or this person's part in it
    "neutral",  # of a secret meeting: come and fetch your letter
    "delegation",  # to both, when somebody stands in: a REQUEST with the pair
    "declinecounter",  # the plain answer to a proposed time (RFC 5546 3.2.8)
    "reminder",  # before the meeting, without iCalendar
    "alarm",  # to the secretary: who has not got it, who has not answered
    "consent",  # to chair and secretary: somebody proposes a deputy
    "waiting",  # to the secretary: held answers or proposed times wait for a decision
    "refusal",  # to whoever proposed a deputy: no
    "week",  # the weekly schedule changed for you
]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)

DeliveryState = Literal["queued", "deferred", "delivered", "relayed", "failed", "expired", "refused"]
DELIVERY_STATES: Final[tuple[DeliveryState, ...]] = get_args(DeliveryState)

Standing = Literal["CONFIRMED", "OVER", "CANCELLED"]
"""Of a meeting as people speak of it: a confirmed one that has ended was held."""

STANDINGS: Final[dict[Standing, Text]] = {
    "CONFIRMED": Text("sẽ họp", "to come"),
    "OVER": Text("đã họp", "held"),
    "CANCELLED": Text("đã hủy", "cancelled"),
}


def standing_of(status: str, over: bool) -> Standing:
    """A cancelled meeting stays cancelled after its time."""
    if status == "CANCELLED":
        return "CANCELLED"
    return "OVER" if over else "CONFIRMED"


Verdict = Literal["counted", "held", "passed_on", "ignored"]
"""counted: it changed what we know; if it brought files, it goes to the secretary's mailbox too. held: it waits for the
secretary, also where nobody could read it. passed_on: no iTIP of ours, or of no meeting that we know, sent on to the
secretary's mailbox. ignored: with a reason."""
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)

ROLES: Final[dict[str, Text]] = {
    "CHAIR": Text("chủ trì", "chair"),
    "REQ-PARTICIPANT": Text("thành phần mời", "invited"),
    "OPT-PARTICIPANT": Text("mời dự để biết", "for information"),
}
"""Why somebody is invited (`meeting.Role`), in words."""

PARTSTATS: Final[dict[str, Text]] = {
    "NEEDS-ACTION": Text("chưa trả lời", "no answer yet"),
    "ACCEPTED": Text("tham dự", "accepted"),
    "TENTATIVE": Text("chưa chắc chắn", "tentative"),
    "DECLINED": Text("không dự", "declined"),
    "DELEGATED": Text("cử người đi thay", "sends a deputy"),
}
"""What somebody answered (`meeting.PartStat`), in words."""

DELIVERIES: Final[dict[str, Text]] = {
    "queued": Text("đang gửi", "being sent"),
    "deferred": Text("chưa gửi được, đang thử lại", "not delivered yet, trying again"),
    "delivered": Text("đã tới hộp thư", "delivered"),
    "relayed": Text("đã chuyển cho máy chủ nơi nhận", "handed to the next server"),
    "failed": Text("không phát được", "not delivered"),
    "expired": Text("quá hạn, không phát được", "given up"),
    "refused": Text("không gửi được (máy chủ thư từ chối)", "not sent (refused by the relay)"),
}
"""How far a letter is (`DELIVERY_STATES`), in words."""

_DOMAIN: Final = Text("tên miền của người gửi đã được xác thực", "the sender's domain is authenticated")
TRUSTS: Final[dict[str, Text]] = {
    "auth": Text("đã đăng nhập", "logged in"),
    "token": Text("gửi tới địa chỉ trả lời riêng của người được mời", "sent to the attendee's own reply address"),
    "dmarc": _DOMAIN,
    "dkim": _DOMAIN,
    "spf": _DOMAIN,
    "": Text("chưa xác thực", "not authenticated"),
}
"""What was seen of whom a mail came from (`replies.trust`), in words."""

REASONS: Final[dict[str, Text]] = {
    "not_authenticated": Text("chưa xác thực được người gửi", "the sender is not authenticated"),
    "other_person": Text("người gửi là người khác, không phải người được mời này", "sent by somebody else"),
    "not_invited": Text("người trả lời không có trong thành phần mời", "whoever answers was not invited"),
    "unclear_attendee": Text("không rõ trả lời thay cho ai", "unclear for whom it answers"),
    "unknown_meeting": Text("không có cuộc họp này", "there is no such meeting"),
    "delegate_unnamed": Text("cử người đi thay nhưng không nêu là ai", "delegated without saying to whom"),
    "delegate_chain": Text("người đi thay không được cử tiếp người khác", "a deputy may not delegate again"),
    "answered_old_time": Text("trả lời cho thời gian cũ", "answered the old time"),
    "duplicate": Text("đã nhận trước đó", "received before"),
    "just_sent": Text(
        "xin gửi lại giấy mời, nhưng giấy mời vừa được gửi trong vòng một giờ",
        "asks for the letter again, which was sent within the hour",
    ),
    "attached": Text("đã tính trả lời; thư có tệp đính kèm", "the answer counted; files came with it"),
    "stale": Text("đã có trả lời mới hơn", "a newer answer is known"),
    "unknown_occurrence": Text("chuỗi họp không có buổi này", "the series has no such occurrence"),
    "cancelled": Text("cuộc họp đã hủy", "the meeting is cancelled"),
    "over": Text("cuộc họp đã kết thúc", "the meeting is over"),
    "own_mail": Text("thư do chính hệ thống gửi (vòng lặp)", "a mail of our own (loop)"),
    "automatic": Text("thư trả lời tự động, không phải trả lời mời họp", "an automatic answer, not to the invitation"),
    "tnef": Text("trả lời ở dạng winmail.dat, không đọc được", "the answer is a winmail.dat, which cannot be read"),
    "too_large": Text("vượt giới hạn kích thước hoặc độ sâu", "larger or deeper than the limits allow"),
    "unreadable": Text("không đọc được nội dung lịch", "the calendar content cannot be read"),
    "unknown_method": Text("phương thức iTIP không dùng ở đây", "an iTIP method that has no use here"),
    "foreign_report": Text(
        "báo phát do máy chủ khác lập về người nhận của hệ thống mình",
        "another server's delivery report about a recipient of our own",
    ),
    "unknown_report": Text("báo phát của thư không rõ", "a delivery report of an unknown mail"),
    "no_calendar": Text("thư thường, không có lịch", "ordinary mail without a calendar"),
}
"""Why a mail was held, ignored or passed on."""

"""What the desk refuses, each with the next step. One home for the words."""

from __future__ import annotations

from foundation.errors import InputError
from foundation.language import Text


def unknown_meeting() -> InputError:
    return InputError(
        Text("không có cuộc họp này", "there is no such meeting"),
        Text("xem `meetings list --all`", "see `meetings list --all`"),
    )


def cancelled() -> InputError:
    return InputError(
        Text("cuộc họp đã hủy, không thay đổi được nữa", "the meeting is cancelled and cannot be changed"),
        Text("lập cuộc họp mới", "create a new meeting"),
    )


def occurrence_cancelled() -> InputError:
    return InputError(
        Text("buổi này đã hủy", "this occurrence is cancelled"),
        Text("xem các buổi bằng `meetings show`", "see the occurrences with `meetings show`"),
    )


def cancelled_has_no_reminder() -> InputError:
    return InputError(
        Text("cuộc họp đã hủy, không có gì để nhắc", "the meeting is cancelled, there is nothing to remind of"),
        Text("báo hủy lần nữa: meetings resend", "tell it once more: meetings resend"),
    )


def over() -> InputError:
    return InputError(Text("cuộc họp đã kết thúc", "the meeting is over"))


def over_cannot_change() -> InputError:
    return InputError(
        Text("cuộc họp đã kết thúc, không thay đổi được nữa", "the meeting is over and cannot be changed any more"),
        Text("lập cuộc họp mới", "create a new meeting"),
    )


def over_cannot_cancel() -> InputError:
    return InputError(
        Text("đã họp xong, không hủy được nữa", "it has been held and cannot be cancelled any more"),
        Text(
            "không gửi gì; buổi sau của cuộc họp định kỳ thì hủy bằng --instance",
            "nothing was sent; a later one of a series is cancelled with --instance",
        ),
    )


def unknown_occurrence() -> InputError:
    return InputError(
        Text("chuỗi họp không có buổi nào vào lúc này", "the series has no occurrence at this time"),
        Text("xem các buổi bằng `meetings show`", "see the occurrences with `meetings show`"),
    )


def no_series() -> InputError:
    return InputError(
        Text("cuộc họp này không lặp lại", "this meeting is no series"),
        Text("bỏ --instance để đổi cả cuộc họp", "leave out --instance to change the meeting itself"),
    )


def secret_occurrence() -> InputError:
    return InputError(
        Text("chỉ có thể đổi cả chuỗi họp thành mật", "only a series as a whole can be made secret"),
        Text("bỏ --instance", "leave out --instance"),
    )


def unknown_attendee() -> InputError:
    return InputError(
        Text("người này không có trong thành phần mời", "this person is not invited"),
        Text("xem thành phần bằng `meetings show`", "see who is invited with `meetings show`"),
    )


def is_deputy() -> InputError:
    return InputError(
        Text("người đi thay không được cử tiếp người khác", "a deputy may not delegate again"),
        Text("người được mời phải tự cử người khác", "whoever was invited proposes somebody else"),
    )


def has_deputy() -> InputError:
    return InputError(Text("đã có người đi thay", "somebody stands in already"))


def deputy_is_invited() -> InputError:
    return InputError(
        Text("người này đã được mời họp", "this person is invited already"),
        Text("cử người khác", "propose somebody else"),
    )


def deputy_is_organiser() -> InputError:
    return InputError(
        Text("đây là địa chỉ gửi giấy mời, không phải của một người", "this address sends invitations; it is nobody's"),
        Text("cử người khác", "propose somebody else"),
    )


def other_agency() -> InputError:
    return InputError(
        Text("người đi thay phải thuộc cùng cơ quan", "a deputy must be of the same agency"),
        Text(
            "cử người cùng cơ quan, hoặc thư ký đồng ý bằng --other-agency",
            "propose a colleague, or the secretary consents with --other-agency",
        ),
    )


def settled() -> InputError:
    return InputError(
        Text("việc này đã được quyết định trước đó", "this was decided before"),
        Text("xem `meetings show`", "see `meetings show`"),
    )


def not_an_answer() -> InputError:
    return InputError(
        Text("không phải một câu trả lời", "this is no answer"),
        Text("trả lời là: tham dự, chưa chắc hoặc không dự", "answers are: accept, tentative, decline"),
    )


def link_revoked() -> InputError:
    return InputError(
        Text("liên kết này không còn hiệu lực", "this link no longer holds"),
        Text("hỏi thư ký cuộc họp", "ask the secretary of the meeting"),
    )


def nobody_invited() -> InputError:
    return InputError(
        Text("không còn ai trong thành phần mời", "nobody would be invited any more"),
        Text("hủy cuộc họp bằng `meetings cancel`", "cancel the meeting with `meetings cancel`"),
    )


def unknown_held() -> InputError:
    return InputError(
        Text("không có thư nào như vậy đang chờ", "no such mail is held"),
        Text("xem `meetings held list`", "see `meetings held list`"),
    )


def says_nothing() -> InputError:
    return InputError(
        Text(
            "thư này không cho biết ai trả lời gì, thư ký phải nêu rõ",
            "this mail does not tell who answers what; the secretary has to say",
        ),
        Text(
            "meetings held accept MÃ --as accepted|tentative|declined [--for ĐỊA_CHỈ]",
            "meetings held accept ID --as accepted|tentative|declined [--for ADDRESS]",
        ),
    )


def unknown_proposal() -> InputError:
    return InputError(
        Text("không có đề nghị nào như vậy", "there is no such proposal"),
        Text("xem `meetings show`", "see `meetings show`"),
    )


def secret_has_no_reminder() -> InputError:
    return InputError(
        Text("cuộc họp mật không có thư nhắc", "of a secret meeting no reminder goes out"),
        Text("nhắc bằng điện thoại", "remind people by telephone"),
    )

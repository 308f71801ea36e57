"""The enhanced status codes of RFC 3463 and its registry in plain words: why, and what a sender can do. A table only.

Keys are subject and detail ("1.1"); the class (for now or for good) does not change the reason. `reasons` reads it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from foundation.language import Text


class Explanation(NamedTuple):
    """Why, as a clause without capital and full stop, and what to do, as a sentence without a full stop."""

    reason: Text
    advice: Text


CHECK_ADDRESS: Final = Text(
    "kiểm tra lại từng chữ của địa chỉ; nếu người nhận đã đổi địa chỉ, hỏi họ địa chỉ mới rồi gửi lại",
    "check the address letter by letter; if the person moved, ask for the new address and send again",
)
ASK_THEM: Final = Text(
    "báo cho người nhận bằng cách khác (điện thoại, trục liên thông) và nhờ quản trị thư bên nhận xem nội dung trả lời"
    " dưới đây",
    "tell the recipient some other way and ask their mail administrator about the reply below",
)
_ASK_US: Final = Text(
    "chuyển thông báo này cho bộ phận quản trị thư của cơ quan mình",
    "forward this report to your own mail administrator",
)
_SMALLER: Final = Text(
    "gửi lại với tệp đính kèm nhỏ hơn, hoặc chia thành nhiều thư",
    "send it again with smaller attachments, or in several messages",
)
_MAKE_ROOM: Final = Text(
    "báo người nhận dọn bớt hộp thư rồi gửi lại",
    "ask the recipient to make room, then send again",
)
LATER: Final = Text(
    "thử gửi lại sau; nếu việc gấp, báo người nhận bằng cách khác",
    "send it again later; if it is urgent, tell the recipient some other way",
)

EXPLANATIONS: Final[dict[str, Explanation]] = {
    "1.1": Explanation(
        Text("không có hộp thư nào mang địa chỉ này", "no mailbox has this address"),
        CHECK_ADDRESS,
    ),
    "1.2": Explanation(
        Text(
            "không tìm thấy tên miền (phần sau dấu @) của địa chỉ này",
            "the domain of this address (the part after @) does not exist",
        ),
        CHECK_ADDRESS,
    ),
    "1.3": Explanation(Text("địa chỉ này viết sai dạng", "this is not a valid address"), CHECK_ADDRESS),
    "1.4": Explanation(
        Text("địa chỉ này ứng với nhiều hộp thư", "this address could mean several mailboxes"), CHECK_ADDRESS
    ),
    "1.6": Explanation(
        Text("hộp thư đã chuyển đi và không để lại địa chỉ mới", "the mailbox has moved and left no new address"),
        CHECK_ADDRESS,
    ),
    "1.7": Explanation(
        Text(
            "máy chủ nhận cho rằng địa chỉ người gửi viết sai dạng",
            "the receiving server finds the sender's address malformed",
        ),
        _ASK_US,
    ),
    "1.8": Explanation(
        Text(
            "máy chủ nhận không chấp nhận tên miền của người gửi",
            "the receiving server does not accept the sender's domain",
        ),
        _ASK_US,
    ),
    "1.10": Explanation(
        Text("tên miền này tuyên bố không nhận thư", "this domain says that it accepts no mail"),
        CHECK_ADDRESS,
    ),
    "2.1": Explanation(
        Text("hộp thư này đang bị khóa hoặc tạm ngừng, không nhận thư", "this mailbox is disabled and accepts no mail"),
        Text(
            "liên hệ cơ quan của người nhận để biết ai đang phụ trách, rồi gửi cho người đó",
            "ask the recipient's office who is in charge now, and write to that person",
        ),
    ),
    "2.2": Explanation(Text("hộp thư của người nhận đã đầy", "the recipient's mailbox is full"), _MAKE_ROOM),
    "2.3": Explanation(
        Text("thư lớn hơn mức mà hộp thư này cho phép", "the message is larger than this mailbox allows"), _SMALLER
    ),
    "2.4": Explanation(
        Text("danh sách thư này không phân phát được", "this mailing list could not be expanded"), ASK_THEM
    ),
    "3.1": Explanation(Text("máy chủ nhận hết chỗ chứa", "the receiving server has run out of space"), LATER),
    "3.2": Explanation(
        Text("máy chủ nhận đang ngừng nhận thư", "the receiving server is not accepting mail at present"), LATER
    ),
    "3.3": Explanation(
        Text(
            "máy chủ nhận không hỗ trợ điều mà thư này cần", "the receiving server lacks something this message needs"
        ),
        _ASK_US,
    ),
    "3.4": Explanation(
        Text("thư quá lớn đối với máy chủ nhận", "the message is too large for the receiving server"), _SMALLER
    ),
    "3.5": Explanation(Text("máy chủ nhận được cấu hình sai", "the receiving server is misconfigured"), ASK_THEM),
    "4.1": Explanation(Text("không kết nối được tới máy chủ nhận", "the receiving server did not answer"), LATER),
    "4.2": Explanation(
        Text("kết nối tới máy chủ nhận bị đứt giữa chừng", "the connection to the receiving server broke off"), LATER
    ),
    "4.3": Explanation(
        Text(
            "không tra cứu được tên miền của người nhận (DNS không trả lời)",
            "the recipient's domain could not be looked up (DNS did not answer)",
        ),
        LATER,
    ),
    "4.4": Explanation(
        Text("không có đường nào dẫn tới máy chủ nhận", "no route leads to the receiving server"), _ASK_US
    ),
    "4.5": Explanation(Text("máy chủ nhận đang quá tải", "the receiving server is overloaded"), LATER),
    "4.6": Explanation(
        Text(
            "thư đi vòng giữa các máy chủ (vòng lặp chuyển tiếp)",
            "the message went round in circles between servers (a forwarding loop)",
        ),
        _ASK_US,
    ),
    "4.7": Explanation(
        Text(
            "đã thử gửi nhiều lần nhưng không được trong thời hạn cho phép",
            "it was tried many times and could not be delivered in the time allowed",
        ),
        LATER,
    ),
    "4.14": Explanation(
        Text("thư đã qua quá nhiều máy chủ (vòng lặp chuyển tiếp)", "the message passed too many servers (a loop)"),
        _ASK_US,
    ),
    "5.3": Explanation(
        Text("thư có quá nhiều người nhận đối với máy chủ nhận", "too many recipients for the receiving server"),
        Text("chia người nhận thành nhiều thư", "send it in several messages with fewer recipients"),
    ),
    "6.1": Explanation(
        Text(
            "máy chủ nhận không nhận loại nội dung hoặc tệp đính kèm này",
            "the receiving server does not take this kind of content or attachment",
        ),
        Text("gửi lại dưới dạng tệp khác, chẳng hạn PDF", "send it again in another format, for instance as a PDF"),
    ),
    "6.3": Explanation(
        Text(
            "máy chủ nhận quá cũ, không nhận được thư có chữ tiếng Việt mã hóa 8 bit",
            "the receiving server is too old to take eight-bit text",
        ),
        _ASK_US,
    ),
    "6.7": Explanation(
        Text(
            "máy chủ nhận không hỗ trợ địa chỉ thư có dấu tiếng Việt",
            "the receiving server does not support addresses beyond ASCII",
        ),
        Text("dùng địa chỉ không dấu của người nhận", "use the recipient's ASCII address"),
    ),
    "7.0": Explanation(
        Text("nơi nhận từ chối thư vì lý do an toàn", "the receiving side refused it for security reasons"), ASK_THEM
    ),
    "7.1": Explanation(
        Text(
            "người gửi không được phép gửi tới địa chỉ này, hoặc nơi nhận coi là thư không mong muốn",
            "the sender may not write to this address, or the receiving side considers the message unwanted",
        ),
        ASK_THEM,
    ),
    "7.2": Explanation(
        Text("người gửi không được phép gửi tới danh sách này", "the sender may not write to this list"), ASK_THEM
    ),
    "7.5": Explanation(
        Text(
            "không xác minh được chứng thư của máy chủ nhận", "the receiving server's certificate could not be verified"
        ),
        _ASK_US,
    ),
    "7.8": Explanation(
        Text("máy chủ nhận không chấp nhận thông tin đăng nhập", "the receiving server refused our credentials"),
        _ASK_US,
    ),
    "7.10": Explanation(
        Text("không lập được kết nối mã hóa mà chính sách yêu cầu", "the encryption that is required was not possible"),
        _ASK_US,
    ),
    "7.25": Explanation(
        Text(
            "máy chủ nhận không nhận ra máy chủ gửi (thiếu tên miền ngược)",
            "the receiving server does not recognise our server (no reverse DNS name)",
        ),
        _ASK_US,
    ),
    "7.26": Explanation(
        Text(
            "máy chủ nhận không xác thực được nguồn gốc thư (DKIM, SPF hoặc DMARC)",
            "the receiving server could not verify where the message came from (DKIM, SPF or DMARC)",
        ),
        _ASK_US,
    ),
}

SAME_AS: Final = {
    "1.0": "1.1",
    "1.9": "1.8",
    "2.0": "2.1",
    "3.0": "3.2",
    "3.6": "3.4",
    "4.0": "4.1",
    "6.0": "6.1",
    "6.2": "6.1",
    "6.5": "6.3",
    "6.8": "6.7",
    "6.9": "6.7",
    "6.10": "6.7",
    "7.3": "7.1",
    "7.4": "7.5",
    "7.6": "7.5",
    "7.7": "7.5",
    "7.9": "7.8",
    "7.11": "7.10",
    "7.12": "7.8",
    "7.20": "7.26",
    "7.21": "7.26",
    "7.22": "7.26",
    "7.23": "7.26",
    "7.24": "7.26",
    "7.27": "1.8",
    "7.28": "7.1",
    "7.30": "7.10",
}
"""Codes that differ for administrators only."""

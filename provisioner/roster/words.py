"""The words of the office that we know: headers, statuses, kinds of post, channels, and the lines below a table.

Only tables; every word is compared by its slug (case, accents, spaces and punctuation do not matter), so each is
written once, as an office writes it. Headers of the configuration come before these.
"""

from __future__ import annotations

from typing import Final

from provisioner.people import Channel, PostKind, Standing


def _words(lines: str) -> tuple[str, ...]:
    """Words separated by semicolons, on as many lines as they need."""
    return tuple(" ".join(word.split()) for word in lines.split(";") if word.strip())


ROSTER_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "employee_id": _words(
        """
        Mã CBCC; Mã CBCCVC; Mã cán bộ; Mã nhân viên; Mã nhân sự; Mã công chức; Mã viên chức; Mã định danh; Số hiệu CBCC;
        Số hiệu CBCCVC; Số hiệu cán bộ; Số hiệu công chức; Số hiệu; Mã số; Mã số CBCC; Mã hồ sơ; Mã NV; Mã CB; Mã số cán
        bộ; Mã cán bộ, công chức; Mã cán bộ công chức; Mã; Employee ID; Employee number; Employee no; Staff ID;
        employee_id; ID
        """
    ),
    "full_name": _words(
        """
        Họ và tên; Họ tên; Họ, tên; Họ và tên CBCC; Họ và tên CBCCVC; Họ tên CBCC; Họ và tên khai sinh; Họ tên khai
        sinh; Họ và chữ đệm, tên; Họ, chữ đệm và tên; Họ, đệm và tên; Họ, chữ đệm, tên khai sinh; Tên cán bộ; Tên nhân
        viên; Tên đầy đủ; Họ và tên cán bộ; Full name; Name; full_name
        """
    ),
    "family": _words("Họ; Family name; Last name; Surname; family"),
    "middle": _words("Đệm; Chữ đệm; Tên đệm; Chữ lót; Tên lót; Middle name; middle"),
    "given": _words("Tên; Tên gọi; Given name; First name; given"),
    "family_middle": _words(
        """
        Họ đệm; Họ và đệm; Họ, đệm; Họ và chữ đệm; Họ chữ đệm; Họ và tên đệm; Họ tên đệm; Họ lót; Họ và chữ lót;
        family_middle
        """
    ),
    "birth": _words(
        """
        Ngày sinh; Năm sinh; Ngày, tháng, năm sinh; Ngày tháng năm sinh; Ngày/tháng/năm sinh; Sinh ngày; NTNS; Date of
        birth; Birth date; Birthday; birth
        """
    ),
    "sex": _words("Giới tính; Giới; Nam/Nữ; Phái; Sex; Gender"),
    "ethnic_group": _words("Dân tộc; Thành phần dân tộc; Ethnic group; Ethnicity; ethnic_group"),
    "agency_code": _words(
        """
        Mã đơn vị; Mã cơ quan; Mã đơn vị công tác; Mã ĐV; Mã CQ; Mã tổ chức; Mã định danh đơn vị; Mã cơ quan, đơn vị;
        Agency code; Unit code; Department code; agency_code; agency
        """
    ),
    "agency_name": _words(
        """
        Tên đơn vị; Đơn vị; Đơn vị công tác; Cơ quan; Tên cơ quan; Cơ quan, đơn vị; Cơ quan đơn vị; Nơi công tác; Tên cơ
        quan, đơn vị; Tên cơ quan đơn vị; Cơ quan công tác; Đơn vị sử dụng; Agency name; Unit name; Unit; Department;
        agency_name
        """
    ),
    "title": _words(
        """
        Chức vụ; Chức danh; Chức vụ, chức danh; Chức vụ/chức danh; Chức danh/chức vụ; Chức vụ hiện tại; Chức vụ công
        tác; Chức danh, chức vụ; Vị trí việc làm; Chức vụ chính quyền; Title; Position; Job title; title
        """
    ),
    "rank": _words(
        """
        Ngạch/bậc; Ngạch, bậc; Ngạch bậc; Ngạch; Ngạch công chức; Ngạch CC; Hạng chức danh nghề nghiệp; Rank;
        Grade; rank
        """
    ),
    "step": _words("Bậc; Bậc lương; Step; step"),
    "phone": _words(
        """
        Điện thoại; Số điện thoại; Di động; Điện thoại di động; Số điện thoại di động; Số di động; ĐTDĐ; SĐT; Số ĐT; ĐT;
        Điện thoại liên hệ; Phone; Phone number; Mobile; Mobile phone; phone
        """
    ),
    "decision": _words(
        """
        Số quyết định; Quyết định; Số QĐ; Quyết định số; Số, ký hiệu quyết định; Số hiệu quyết định; Decision; Decision
        number; decision
        """
    ),
    "decision_date": _words(
        """
        Ngày quyết định; Ngày ký quyết định; Ngày QĐ; Ngày ký; Ngày ban hành; Decision date; decision_date
        """
    ),
    "effective_on": _words(
        """
        Ngày hiệu lực; Ngày có hiệu lực; Hiệu lực từ; Hiệu lực từ ngày; Có hiệu lực từ ngày; Ngày bổ nhiệm; Thời điểm
        hiệu lực; Effective date; Effective from; effective_on
        """
    ),
    "hired_on": _words(
        """
        Ngày tuyển dụng; Ngày vào ngành; Ngày vào cơ quan; Ngày vào làm; Ngày tuyển dụng lần đầu; Hire date; Hired on;
        Start date; hired_on
        """
    ),
    "standing": _words(
        """
        Trạng thái; Tình trạng; Tình trạng công tác; Trạng thái công tác; Tình trạng làm việc; Trạng thái làm việc;
        Status; standing
        """
    ),
    "post_kind": _words(
        """
        Hình thức; Loại vị trí; Loại vị trí công tác; Hình thức đảm nhiệm; Hình thức công tác; Loại chức vụ; Kind of
        post; Post kind; Post type; post_kind
        """
    ),
    "note": _words("Ghi chú; Note; Notes; Remarks; Comment"),
    "ordinal": _words("STT; Số TT; TT; Số thứ tự; No; No."),
}
"""Field -> headers. The fields birth, sex, note and ordinal are read for checks at most and kept nowhere."""

AGENCY_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "code": _words(
        """
        Mã đơn vị; Mã cơ quan; Mã ĐV; Mã; Mã cơ quan, đơn vị; Mã định danh; Agency code; Code; code
        """
    ),
    "name": _words(
        """
        Tên đơn vị; Tên cơ quan; Tên cơ quan, đơn vị; Tên cơ quan đơn vị; Đơn vị; Cơ quan; Tên; Agency name; Name; name
        """
    ),
    "level": _words("Cấp; Cấp hành chính; Cấp đơn vị; Level; level"),
    "parent": _words(
        """
        Đơn vị cấp trên; Mã đơn vị cấp trên; Cơ quan cấp trên; Mã cấp trên; Cấp trên; Trực thuộc; Đơn vị chủ quản; Cơ
        quan chủ quản; Parent; Parent agency; parent
        """
    ),
    "label": _words(
        """
        Tên viết tắt; Viết tắt; Nhãn thư; Nhãn địa chỉ thư; Tên viết tắt/nhãn thư; Tên viết tắt (nhãn thư); Nhãn; Label;
        label
        """
    ),
    "domain": _words("Tên miền; Tên miền thư; Miền thư; Mail domain; Domain; domain"),
    "channel": _words("Kênh; Kênh gửi nhận; Kênh gửi; Kênh văn bản; Hình thức gửi nhận; Channel; channel"),
    "valid_from": _words(
        """
        Hiệu lực từ; Hiệu lực từ ngày; Ngày hiệu lực; Ngày thành lập; Từ ngày; Valid from; valid_from
        """
    ),
    "valid_to": _words(
        """
        Hiệu lực đến; Hiệu lực đến ngày; Ngày hết hiệu lực; Ngày giải thể; Đến ngày; Hết hiệu lực; Valid to; valid_to
        """
    ),
    "predecessors": _words(
        """
        Đơn vị tiền nhiệm; Mã đơn vị tiền nhiệm; Tiền nhiệm; Đơn vị trước sắp xếp; Predecessor; Predecessors;
        predecessors
        """
    ),
    "successors": _words(
        """
        Đơn vị kế thừa; Mã đơn vị kế thừa; Kế thừa; Đơn vị kế nhiệm; Đơn vị sau sắp xếp; Successor; Successors;
        successors
        """
    ),
    "note": _words("Ghi chú; Note; Notes"),
    "ordinal": _words("STT; Số TT; TT; Số thứ tự; No; No."),
}
ANSWER_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "employee_id": ROSTER_HEADERS["employee_id"],
    "column": _words("column; Cột; Tên cột"),
    "text": _words("text; Nội dung; Trả lời; Giá trị; value"),
    "note": _words("Ghi chú; Note; Notes"),
    "ordinal": _words("STT; Số TT; TT"),
}
STATUSES: Final[dict[Standing, tuple[str, ...]]] = {
    "working": _words(
        """
        Đang làm việc; Đang công tác; Làm việc; Công tác; Hoạt động; Đang hoạt động; Bình thường; Thai sản; Nghỉ thai
        sản; Đang nghỉ thai sản; Nghỉ sinh; Đi học; Đang đi học; Cử đi học; Đào tạo; Tập sự; Thử việc; Hợp đồng; Biên
        chế; Nghỉ phép; Nghỉ ốm; Ốm đau; Nghỉ không lương; Nghỉ không hưởng lương; Biệt phái; Đang biệt phái; Luân
        chuyển; Chờ nghỉ hưu; Chuyển đến; Mới tuyển dụng; Tuyển mới; Đi nước ngoài; Nghĩa vụ quân sự; Working; Active;
        On leave; Employed
        """
    ),
    "suspended": _words(
        """
        Tạm đình chỉ; Đình chỉ; Tạm đình chỉ công tác; Đình chỉ công tác; Bị đình chỉ; Tạm đình chỉ công việc; Tạm giam;
        Tạm giữ; Bị tạm giam; Suspended
        """
    ),
    "left": _words(
        """
        Nghỉ hưu; Đã nghỉ hưu; Về hưu; Hưu trí; Hưu; Thôi việc; Đã thôi việc; Cho thôi việc; Nghỉ việc; Đã nghỉ việc; Đã
        nghỉ; Chuyển công tác; Đã chuyển công tác; Thuyên chuyển; Chuyển đi; Chuyển ngành; Buộc thôi việc; Bị buộc thôi
        việc; Từ trần; Đã mất; Mất; Chết; Qua đời; Hy sinh; Hết hợp đồng; Hết hạn hợp đồng; Chấm dứt hợp đồng; Tinh giản
        biên chế; Tinh giản; Bãi nhiệm; Left; Retired; Resigned; Terminated; Deceased; Transferred
        """
    ),
}
POST_KINDS: Final[dict[PostKind, tuple[str, ...]]] = {
    "main": _words(
        """
        Chính; Chính thức; Vị trí chính; Chức vụ chính; Đơn vị chính; Chuyên trách; Main; Primary
        """
    ),
    "concurrent": _words(
        """
        Kiêm nhiệm; Kiêm; Kiêm chức; Phụ; Bán chuyên trách; Phụ trách kiêm nhiệm; Concurrent; Secondary
        """
    ),
    "secondment": _words("Biệt phái; Tăng cường; Điều động biệt phái; Cử biệt phái; Secondment; Seconded"),
}
CHANNELS: Final[dict[Channel, tuple[str, ...]]] = {
    "mail": _words("mail; email; Thư; Thư điện tử; Thư công vụ; Hộp thư"),
    "edxml": _words(
        """
        edxml; Trục; Trục liên thông; Trục liên thông văn bản; Phần mềm QLVB; Quản lý văn bản; Liên thông; QLVBĐH
        """
    ),
    "both": _words(
        """
        both; Cả hai; Cả 2; Hai kênh; mail, edxml; mail+edxml; edxml, mail; Thư điện tử và trục liên thông
        """
    ),
}

TOTALS: Final[tuple[str, ...]] = _words(
    """
    tổng cộng; tổng số; cộng chung; danh sách này có; danh sách trên có; danh sách gồm có; ấn định danh sách
    """
)
"""How totals begin; people may follow. Compared with their accents: Tống Công Minh is a person, "tổng cộng" is not."""

TOTAL_WORDS: Final[tuple[str, ...]] = _words("tổng; cộng; total")
"""Totals that are one of these words and perhaps a number."""

SIGNATURES: Final[tuple[str, ...]] = _words(
    """
    người lập biểu; người lập bảng; người lập; lập biểu; thủ trưởng đơn vị; thủ trưởng cơ quan; ký tên;
    ký, ghi rõ họ tên; (ký; xác nhận của; nơi nhận; người kiểm tra; người tổng hợp;
    tm. ủy ban nhân dân; tm. uỷ ban nhân dân; kt. giám đốc; kt. chủ tịch; prepared by
    """
)
"""How the lines below the last person begin: what follows them is names of signers, not people of the list."""

"""`provision`: this file only lists the commands; each lives in a module of its own and is imported when used."""

from __future__ import annotations

from foundation.command_line import group
from foundation.command_line import main as run_main
from foundation.language import Text

LAZY = {
    "plan": (
        "provisioner.commands.plan:plan",
        Text("xem trước những gì sẽ thay đổi; không ghi gì", "what would change; changes nothing"),
    ),
    "sync": (
        "provisioner.commands.sync:sync",
        Text("áp dụng danh sách nhân sự hoặc một tệp kế hoạch", "apply a roster or a plan file"),
    ),
    "adopt": (
        "provisioner.commands.adopt:adopt",
        Text("tiếp nhận tài khoản đã có", "take existing accounts over"),
    ),
    "show": (
        "provisioner.commands.show:show",
        Text("một người: địa chỉ, trạng thái, lịch sử", "one person: addresses, state, history"),
    ),
    "audit": (
        "provisioner.commands.audit:audit",
        Text("khảo sát thư mục như nó đang có", "a survey of the directory as it is"),
    ),
    "generate": (
        "provisioner.commands.generate:generate",
        Text("tạo danh sách nhân sự giả để thử", "a synthetic roster, for trials"),
    ),
    "reservations": (
        "provisioner.commands.reservations:reservations",
        Text("sổ địa chỉ không bao giờ cấp lại", "the register of addresses never given again"),
    ),
}


@group(
    "provision",
    Text(
        "Mỗi cán bộ, công chức, viên chức đúng một hộp thư, lấy từ danh sách nhân sự.",
        "Exactly one mailbox per civil servant, from the personnel roster.",
    ),
    Text(
        "Bắt đầu: provision plan DANHSACH.xlsx --agencies DONVI.csv, xem kỹ, rồi provision sync.",
        "Begin with: provision plan ROSTER.xlsx --agencies AGENCIES.csv, look closely, then provision sync.",
    ),
    lazy=LAZY,
    version=True,
)
def provision() -> None:
    """The group itself does nothing."""


def main() -> None:
    """The console script."""
    run_main(provision, "provision")


if __name__ == "__main__":
    main()

"""`congvu`: what spans the tools. This file only lists the commands; each lives in a module of its own."""

from __future__ import annotations

from foundation.command_line import group
from foundation.command_line import main as run_main
from foundation.language import Text

LAZY = {
    "demo": (
        "congvu.demo.command:demo",
        Text(
            "toàn bộ câu chuyện trên máy này, từ thư mục trống", "the whole story on this machine, from an empty folder"
        ),
    ),
    "sandbox": (
        "congvu.sandbox_commands:sandbox",
        Text(
            "cả một tỉnh thử nghiệm với máy chủ thật, chỉ trên máy này",
            "a whole trial province of real servers, on this machine only",
        ),
    ),
    "doctor": (
        "congvu.doctor.command:doctor",
        Text("kiểm tra cấu hình, kết nối, an toàn", "is everything configured, reachable, safe?"),
    ),
    "config": (
        "congvu.config_commands:config",
        Text("kiểm tra và xem cấu hình", "check and show the configuration"),
    ),
    "keys": (
        "congvu.keys_commands:keys",
        Text("tạo, xoay, xem và nhập khóa", "create, rotate, list and import keys"),
    ),
    "migrate": (
        "congvu.migrate_command:migrate",
        Text("cập nhật cấu trúc cơ sở dữ liệu", "bring the database schema up to date"),
    ),
}


@group(
    "congvu",
    Text(
        "Công vụ: mỗi công chức một hộp thư, bằng chứng cho từng văn bản, một lần bấm để vào họp.",
        "Congvu: one mailbox per civil servant, proof of every document, one click into every meeting.",
    ),
    lazy=LAZY,
    version=True,
)
def congvu() -> None:
    """The group itself does nothing."""


def main() -> None:
    """The console script."""
    run_main(congvu, "congvu")


if __name__ == "__main__":
    main()

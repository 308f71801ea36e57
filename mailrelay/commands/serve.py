"""`mailrelay serve`: the daemon, in the foreground."""

from __future__ import annotations

from foundation import logs
from foundation.command_line import command, invocation
from foundation.language import Text


@command(
    "serve",
    Text("Dịch vụ chuyển thư, chạy ở tiền cảnh.", "The mail relay's daemon, in the foreground."),
    Text(
        "SIGHUP đọc lại cấu hình, chứng thư và khóa; SIGTERM dừng êm. Mã thoát: 69 cổng đang bị dùng hoặc đĩa hỏng, "
        "75 đã có một mailrelay khác, 78 cấu hình sai. -v: thêm một dòng cho mỗi thư nhận, mỗi thư phát.",
        "SIGHUP reads configuration, certificate and keys again; SIGTERM stops gracefully. Exit: 69 a port is in use "
        "or the disk failed, 75 another mailrelay runs, 78 bad configuration. -v: also a line for each message that is "
        "accepted and for each that is delivered or not.",
    ),
)
def serve() -> int:
    """Load, then run until told to stop."""
    current = invocation()
    configuration = current.configuration
    logs.configure(current.verbosity + 1)
    from mailrelay.daemon import run

    return run(configuration, current.config_file)

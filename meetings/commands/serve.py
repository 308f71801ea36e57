"""`meetings serve`: the daemon, in the foreground."""

from __future__ import annotations

from foundation import logs
from foundation.command_line import command, invocation
from foundation.language import Text


@command(
    "serve",
    Text("Dịch vụ họp, chạy ở tiền cảnh.", "The meetings server, in the foreground."),
    Text(
        "Nhận trả lời, gửi giấy mời, phục vụ các trang web. SIGHUP đọc lại cấu hình và khóa; SIGTERM dừng êm. Mã "
        "thoát: 69 cổng đang bị dùng hoặc đĩa hỏng, 75 đã có một meetings khác, 78 cấu hình sai.",
        "Takes replies in, sends invitations, serves the web pages. SIGHUP reads configuration and keys again; SIGTERM "
        "stops gracefully. Exit: 69 a port is in use or the disk failed, 75 another meetings runs, 78 bad "
        "configuration.",
    ),
)
def serve() -> int:
    """Load, then run until told to stop."""
    current = invocation()
    configuration = current.configuration
    logs.configure(current.verbosity + 1)
    from meetings.daemon import run

    return run(configuration, current.config_file)

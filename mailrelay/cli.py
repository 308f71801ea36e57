"""`mailrelay`: this file only lists the commands; each lives in a module of its own and is imported when used."""

from __future__ import annotations

from foundation.command_line import group
from foundation.command_line import main as run_main
from foundation.language import Text
from foundation.not_built_yet import refusing

LAZY = {
    "serve": (
        "mailrelay.commands.serve:serve",
        Text("dịch vụ: nhận thư, giữ thư, phát thư", "the daemon: takes, keeps and delivers mail"),
    ),
    "send": (
        "mailrelay.commands.send:send",
        Text("phát hành một văn bản tới các địa chỉ và danh sách thư", "issue a document to addresses and lists"),
    ),
    "queue": (
        "mailrelay.commands.queue:queue",
        Text("thư đang chờ: xem, giữ lại, thả, thử lại, bỏ", "mail that waits: look, hold, release, retry, remove"),
    ),
    "trace": (
        "mailrelay.commands.trace:trace",
        Text("thư ấy đã đi tới đâu", "what happened to a message"),
    ),
}
LATER = ("register", "proof", "verify", "checkpoint")


@group(
    "mailrelay",
    Text(
        "Máy chuyển thư chứng minh được từng văn bản chính thức đã tới nơi.",
        "The mail relay that can prove every official document arrived.",
    ),
    Text(
        "Dịch vụ chạy bằng mailrelay serve; hỏi về một thư bằng mailrelay trace.",
        "The service is mailrelay serve; ask about a message with mailrelay trace.",
    ),
    lazy=LAZY,
    version=True,
)
def mailrelay() -> None:
    """The group itself does nothing."""


for verb in LATER:
    mailrelay.add_command(refusing("mailrelay", verb))


def main() -> None:
    """The console script."""
    run_main(mailrelay, "mailrelay")


if __name__ == "__main__":
    main()

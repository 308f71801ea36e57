"""`mailrelay queue`: the group of commands about mail that waits."""

from __future__ import annotations

from foundation.command_line import group
from foundation.language import Text

_CHANGES = "mailrelay.commands.queue_changes"

LAZY = {
    "list": ("mailrelay.commands.queue_view:list_", Text("những thư đang chờ", "the messages that wait")),
    "show": ("mailrelay.commands.queue_view:show", Text("một thư, mọi nơi nhận", "one message, every recipient")),
    "retry": (f"{_CHANGES}:retry", Text("thử lại ngay", "try again at once")),
    "hold": (f"{_CHANGES}:hold", Text("giữ lại, không phát", "hold, do not deliver")),
    "release": (f"{_CHANGES}:release", Text("thả những gì đang giữ", "release what is held")),
    "remove": (f"{_CHANGES}:remove", Text("bỏ khỏi hàng đợi, không phát", "take out of the queue, undelivered")),
}


@group(
    "queue",
    Text("Thư đang chờ: xem, giữ lại, thả, thử lại, bỏ.", "Mail that waits: look, hold, release, retry, remove."),
    lazy=LAZY,
)
def queue() -> None:
    """The group itself does nothing."""

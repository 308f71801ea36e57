"""`mailrelay`: the verbs of the relay to come. Today they only say so."""

from __future__ import annotations

from foundation.command_line import main as run_main
from foundation.language import Text
from foundation.not_built_yet import not_built_yet

mailrelay = not_built_yet(
    "mailrelay",
    Text(
        "Máy chuyển thư chứng minh được từng văn bản chính thức đã tới nơi.",
        "The mail relay that can prove every official document arrived.",
    ),
    ("serve", "send", "queue", "trace", "register", "proof", "verify", "checkpoint"),
)


def main() -> None:
    """The console script."""
    run_main(mailrelay, "mailrelay")


if __name__ == "__main__":
    main()

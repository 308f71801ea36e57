"""`meetings`: the verbs of the meeting invitations to come. Today they only say so."""

from __future__ import annotations

from foundation.command_line import main as run_main
from foundation.language import Text
from foundation.not_built_yet import not_built_yet

meetings = not_built_yet(
    "meetings",
    Text(
        "Giấy mời họp mà mọi chương trình thư đều hiểu, một lần bấm để vào họp.",
        "Meeting invitations that every mail client understands, one click to join.",
    ),
    ("create", "change", "cancel", "show", "list", "remind", "serve", "attendance", "week"),
)


def main() -> None:
    """The console script."""
    run_main(meetings, "meetings")


if __name__ == "__main__":
    main()

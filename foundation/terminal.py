"""What we say to the person at the terminal, and the one question that we ask.

All of it goes to stderr, in the person's language. What files and servers put into a message cannot steer the terminal.
Answers that a script may read go to stdout and are not made here.
"""

from __future__ import annotations

import sys

import click

from foundation.errors import Declined, UsageError
from foundation.language import Text
from foundation.logs import one_line


def tell(text: Text | str, color: str | None = None) -> None:
    """Say something, in lines as they come."""
    shown = "\n".join(one_line(line) for line in str(text).split("\n"))
    click.echo(click.style(shown, fg=color) if color else shown, err=True)


def counted(count: int, noun: Text) -> Text:
    """`1 agency`, `12 agencies`; Vietnamese nouns do not change."""
    word = noun.en
    if count != 1:
        hissing = word.endswith(("s", "sh", "ch", "x"))
        y = word.endswith("y") and word[-2:-1] not in "aeiou"
        word = f"{word[:-1]}ies" if y else f"{word}es" if hissing else f"{word}s"
    return Text(f"{count} {noun.vi}", f"{count} {word}")


def confirm(question: Text, yes: bool) -> None:
    """Go on only with a yes: `--yes`, or the answer of a person at a terminal. Raises UsageError, Declined (exit 2)."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            Text(
                "lệnh này ghi thay đổi và cần xác nhận: {question}", "this command writes and needs a yes: {question}"
            ).format(question=question),
            Text("thêm --yes khi không có người ở màn hình", "add --yes when nobody sits at a terminal"),
        )
    click.echo(f"{question} [c/y = có/yes, k/N = không/no] ", err=True, nl=False)
    if sys.stdin.readline().strip().lower() not in ("c", "có", "co", "y", "yes"):
        raise Declined(Text("không thay đổi gì", "nothing was changed"))

"""Wrong use is told in the language that was chosen."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from foundation.command_line import run
from foundation.language import use_language


@pytest.fixture(autouse=True)
def vietnamese() -> Iterator[None]:
    use_language("vi")
    yield
    use_language("vi")


@click.group("tool")
def tool() -> None:
    """A tool."""


@tool.command("note")
@click.argument("who", metavar="WHO")
@click.argument("answer", type=click.Choice(["accepted", "declined"]), metavar="ANSWER")
@click.option("--count", type=int)
@click.option("--file", type=click.Path(exists=True))
def note(**_: object) -> None:
    """A command."""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["foo"], "không có lệnh “foo”"),
        (["note"], "thiếu 'WHO'"),
        (["note", "a", "tham dự"], "chọn một trong 'accepted', 'declined'"),
        (["note", "a", "accepted", "--xx"], "không có cờ --xx"),
        (["note", "a", "accepted", "b"], "thừa tham số: b"),
        (["note", "a", "accepted", "--count"], "cờ --count cần một giá trị"),
        (["note", "a", "accepted", "--count", "x"], "giá trị cho '--count' không dùng được"),
        (["note", "a", "accepted", "--file", "/none/at/all"], "không có '/none/at/all'"),
    ],
)
def test_a_mistake_is_told_in_vietnamese(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tool, "tool", arguments) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Lỗi: " in err
    assert "Error" not in err


def test_in_english_click_speaks_for_itself(capsys: pytest.CaptureFixture[str]) -> None:
    use_language("en")
    assert run(tool, "tool", ["foo"]) == 2
    assert "No such command 'foo'." in capsys.readouterr().err

"""The shared command line: global options anywhere, exit codes, answers, errors, lazy imports."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest

from foundation.command_line import LazyGroup, command, confirm, emit_json, group, invocation, run
from foundation.errors import Busy, InputError, Problem, UsageError
from foundation.language import Text, current_language, use_language


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("CONGVU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    use_language("vi")


def tool(*commands: click.Command, **lazy: tuple[str, Text]) -> LazyGroup:
    @group("tool", Text("Công cụ.", "A tool."), lazy=lazy, version=True)
    def made() -> None:
        """Nothing."""

    for one in commands:
        made.add_command(one)
    return made


def raising(error: BaseException) -> click.Command:
    @command("do", Text("Làm.", "Do."))
    def do() -> None:
        raise error

    return do


@command("look", Text("Xem.", "Look."))
def look() -> None:
    current = invocation()
    emit_json({"json": current.json, "language": current_language(), "config": str(current.config_file or "")})


@pytest.mark.parametrize(
    "arguments",
    [
        ["--json", "--lang", "en", "--config", "a.toml", "look"],
        ["look", "--json", "--lang", "en", "--config", "a.toml"],
    ],
)
def test_global_options_stand_before_or_after_the_command(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tool(look), "tool", arguments) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"schema_version": 1, "json": True, "language": "en", "config": "a.toml"}


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (3, 3), (0, 0)])
def test_a_command_returns_its_exit_code(returned: int | None, code: int) -> None:
    @command("do", Text("Làm.", "Do."))
    def do() -> int | None:
        return returned

    assert run(tool(do), "tool", ["do"]) == code


def test_an_expected_error_is_a_sentence_with_its_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    error = Busy(Text("đang bận", "busy"), Text("thử lại sau", "try again later"))
    assert run(tool(raising(error)), "tool", ["do", "--lang", "en"]) == 75
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "Error: busy\nNext step: try again later\n"


def test_problems_are_listed_with_place_value_and_hint(capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem(
        "error",
        Text("sai ngày", "wrong date"),
        "r.csv",
        7,
        "Ngày sinh",
        "31/02/\x1b[2J" + "9" * 99,
        Text("sửa", "mend"),
    )
    warning = Problem("warning", Text("cột lạ", "unknown column"), "r.csv", column="X")
    error = InputError(Text("danh sách có lỗi", "the roster has problems"), problems=(problem, warning))
    assert run(tool(raising(error)), "tool", ["do", "--lang", "en"]) == 65
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("r.csv:7:Ngày sinh: error: wrong date (31/02/\\x1b[2J999")
    assert lines[0].endswith("…)")
    assert lines[1] == "    → mend"
    assert lines[2] == "r.csv:X: warning: unknown column"
    assert lines[-1] == "Error: the roster has problems"


def test_under_json_an_error_is_one_document_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    error = InputError(Text("sai", "wrong"), problems=(Problem("error", Text("x", "y"), "r.csv", 2),))
    assert run(tool(raising(error)), "tool", ["do", "--json", "--lang", "en"]) == 65
    answer = json.loads(capsys.readouterr().out)
    assert answer["schema_version"] == 1
    assert answer["error"] == {"exit_code": 65, "message": "wrong", "hint": ""}
    assert answer["problems"][0]["row"] == 2


def test_an_answer_that_was_given_is_not_followed_by_a_second_document(capsys: pytest.CaptureFixture[str]) -> None:
    @command("do", Text("Làm.", "Do."))
    def do() -> None:
        emit_json({"failed": 1})
        raise UsageError(Text("sai", "wrong"))

    assert run(tool(do), "tool", ["do", "--json"]) == 2
    assert json.loads(capsys.readouterr().out) == {"schema_version": 1, "failed": 1}


def test_our_bug_is_one_line_that_says_where_the_traceback_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(tool(raising(ZeroDivisionError("oh"))), "tool", ["do", "--lang", "en", "--json"]) == 70
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    assert len(shown.err.splitlines()) == 1
    (kept,) = tmp_path.glob("tool-traceback-*.txt")
    assert str(kept) in shown.err
    assert "ZeroDivisionError: oh" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(shown.out)["error"]["exit_code"] == 70


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_ends_with_130(error: BaseException) -> None:
    assert run(tool(raising(error)), "tool", ["do"]) == 130


@pytest.mark.parametrize("arguments", [["nothing"], ["do", "--what"], []])
def test_wrong_use_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tool(raising(KeyboardInterrupt())), "tool", arguments) == 2
    assert capsys.readouterr().out == ""


def test_help_is_vietnamese_first_and_english_after(capsys: pytest.CaptureFixture[str]) -> None:
    @command("do", Text("Làm việc.", "Do it."), Text("Kỹ hơn.", "In detail."))
    def do() -> None:
        """Nothing."""

    assert run(tool(do), "tool", ["do", "--help"]) == 0
    text = capsys.readouterr().out
    places = [text.index(part) for part in ("Làm việc.", "Kỹ hơn.", "Do it.", "In detail.")]
    assert places == sorted(places)
    assert run(tool(do), "tool", ["--help"]) == 0
    assert "In detail." not in capsys.readouterr().out


def test_a_lazy_command_is_imported_only_when_it_is_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = ModuleType("made_up_commands")
    module.look = look  # type: ignore[attr-defined]
    made = tool(see=("made_up_commands:look", Text("Xem.", "Look.")))
    assert run(made, "tool", ["--help"]) == 0
    assert "see" in capsys.readouterr().out
    monkeypatch.setitem(sys.modules, "made_up_commands", module)
    assert run(made, "tool", ["see"]) == 0


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tool(), "tool", ["--version"]) == 0
    assert capsys.readouterr().out.startswith("tool ")


class Typed(io.StringIO):
    """A terminal at which somebody has typed something."""

    def isatty(self) -> bool:
        return True


class TestConfirming:
    QUESTION = Text("ghi?", "write?")

    def test_yes_needs_nobody(self) -> None:
        confirm(self.QUESTION, yes=True)

    def test_without_a_terminal_nobody_can_say_yes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
        with pytest.raises(UsageError) as caught:
            confirm(self.QUESTION, yes=False)
        assert caught.value.hint is not None
        assert "--yes" in caught.value.hint.en

    @pytest.mark.parametrize("typed", ["y\n", "C\n", "có\n", "yes\n"])
    def test_a_person_may_say_yes(self, monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
        monkeypatch.setattr("sys.stdin", Typed(typed))
        confirm(self.QUESTION, yes=False)

    @pytest.mark.parametrize("typed", ["", "\n", "n\n", "k\n", "maybe\n"])
    def test_all_else_means_no(self, monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
        monkeypatch.setattr("sys.stdin", Typed(typed))
        with pytest.raises(UsageError):
            confirm(self.QUESTION, yes=False)


def test_the_language_of_the_configuration_applies_unless_one_was_chosen(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[organisation]\nname = "x"\ndomain = "tinh.test"\nlanguage = "en"\n')
    seen = []

    @command("do", Text("Làm.", "Do."))
    def do() -> None:
        _ = invocation().configuration
        seen.append(current_language())

    assert run(tool(do), "tool", ["do", "--config", str(path)]) == 0
    assert run(tool(do), "tool", ["do", "--config", str(path), "--lang", "vi"]) == 0
    assert seen == ["en", "vi"]

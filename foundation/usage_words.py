"""Wrong use of a command in the words of the chosen language: click itself speaks English alone.

What click has no class for is read from its sentence; a sentence that we do not know is shown as click wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import click

from foundation.language import Text, current_language

_UNKNOWN_COMMAND: Final = re.compile(r"No such command '(?P<name>.*?)'\.(?: Did you mean (?P<near>.*)\?)?\s*\Z", re.S)
_EXTRA: Final = re.compile(r"Got unexpected extra arguments? \((?P<words>.*)\)\Z", re.S)
_NO_VALUE: Final = re.compile(r"Option '(?P<name>.*)' requires an argument\.\Z", re.S)
_NO_CHOICE: Final = re.compile(r"(?P<value>.*) (?:is not one of|are not one of) (?P<choices>.*)\.\Z", re.S)
_NO_PLACE: Final = re.compile(r"\w+ (?P<path>'.*') does not exist\.\Z", re.S)


def usage_message(error: click.ClickException) -> str:
    """The sentence without the usage line."""
    said = error.format_message()
    if current_language() == "en":
        return said
    if isinstance(error, click.NoSuchOption):
        return _near(f"không có cờ {error.option_name}", ", ".join(error.possibilities or ()))
    if isinstance(error, click.MissingParameter):
        named = error.param.get_error_hint(error.ctx) if error.param and error.ctx else error.param_hint
        return f"thiếu {named}" if isinstance(named, str) else f"thiếu tham số ({said})"
    if isinstance(error, click.BadParameter):
        return _bad_value(error)
    return next((told(match) for pattern, told in _SENTENCES if (match := pattern.match(error.message))), said)


def show_usage_error(error: click.ClickException) -> None:
    """On stderr: how the command is used, where to read more, what is wrong."""
    if current_language() == "en":
        error.show()
        return
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        click.echo(context.get_usage().replace("Usage:", "Cách dùng:", 1), err=True)
        click.echo(f"Xem thêm: {context.command_path} --help\n", err=True)
    click.echo(f"{Text('Lỗi', 'Error')}: {usage_message(error)}", err=True)


def _bad_value(error: click.BadParameter) -> str:
    named = error.param.get_error_hint(error.ctx) if error.param and error.ctx else error.param_hint
    place = f" cho {named}" if isinstance(named, str) else ""
    if choice := _NO_CHOICE.match(error.message):
        return f"giá trị{place} không có: {choice['value']}; chọn một trong {choice['choices']}"
    if path := _NO_PLACE.match(error.message):
        return f"giá trị{place}: không có {path['path']}"
    return f"giá trị{place} không dùng được: {error.message}"


def _near(said: str, near: str) -> str:
    return f"{said}; có phải là {near}?" if near else said


_SENTENCES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (_UNKNOWN_COMMAND, lambda found: _near(f"không có lệnh “{found['name']}”", found["near"] or "")),
    (_EXTRA, lambda found: f"thừa tham số: {found['words']}"),
    (_NO_VALUE, lambda found: f"cờ {found['name']} cần một giá trị"),
)

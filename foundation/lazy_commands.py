"""Commands and groups of commands as all our tools have them: global options anywhere, imports only on use.

Listing and completing a group imports none of its lazy commands, so `provision --help` answers at once. How errors end
and answers are given is in `command_line`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from foundation import logs
from foundation.invocation import Invocation
from foundation.language import Text, use_language


def _global_options() -> list[click.Option]:
    def store(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
        def callback(context: click.Context, _: click.Parameter, value: Any) -> None:
            found = context.find_object(Invocation)
            if found is not None and value not in (None, False, 0):
                setattr(found, name, value)
                _apply(found)

        return callback

    option = partial(click.Option, expose_value=False)
    return [
        option(
            ["--config"],
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            callback=store("config_file"),
            is_eager=True,
            help="Tệp cấu hình. / The configuration file.",
        ),
        option(
            ["--json"],
            is_flag=True,
            callback=store("json"),
            is_eager=True,
            help="Trả lời bằng JSON. / Answer with one JSON document.",
        ),
        option(
            ["--lang"],
            type=click.Choice(["vi", "en"]),
            callback=store("language"),
            is_eager=True,
            help="Ngôn ngữ. / Language.",
        ),
        option(
            ["--no-color"],
            is_flag=True,
            callback=lambda context, _, value: _without_color(context) if value else None,
            is_eager=True,
            help="Không dùng màu. / No colours.",
        ),
        option(
            ["-v", "--verbose"],
            count=True,
            callback=store("verbosity"),
            is_eager=True,
            help="Ghi nhật ký chi tiết hơn. / Log more.",
        ),
    ]


def _without_color(context: click.Context) -> None:
    found = context.find_object(Invocation)
    if found is not None:
        found.color = False
    context.color = False


def _apply(found: Invocation) -> None:
    if found.language in ("vi", "en"):
        use_language(found.language)  # type: ignore[arg-type]  # narrowed by the line above, not by mypy
    logs.configure(found.verbosity)


class Command(click.Command):
    """A command that accepts the global options after its name too."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params.extend(_global_options())


class LazyGroup(click.Group):
    """A group whose commands live elsewhere: `lazy` maps a name to (module:attribute, short help).

    Listing and completing import nothing; only the command that is used gets imported.
    """

    command_class = Command

    def __init__(
        self,
        *arguments: Any,
        lazy: Mapping[str, tuple[str, Text]] | None = None,
        version: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(*arguments, **settings)
        self._lazy = dict(lazy or {})
        self.params.extend(_global_options())
        if version:
            self.params.append(_version_option())

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order they were written, which is the order of the work."""
        return [*self._lazy, *(name for name in self.commands if name not in self._lazy)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now if it is lazy."""
        if cmd_name not in self.commands and cmd_name in self._lazy:
            module, _, attribute = self._lazy[cmd_name][0].partition(":")
            command = getattr(importlib.import_module(module), attribute)
            self.add_command(command, cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, Vietnamese first, without importing any lazy one."""
        rows = []
        for name in self.list_commands(ctx):
            if name in self._lazy:
                text = self._lazy[name][1]
                rows.append((name, beside(text)))
            else:
                rows.append((name, self.commands[name].short_help or ""))
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


LazyGroup.group_class = LazyGroup


def _version_option() -> click.Option:
    def show(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            click.echo(f"{context.find_root().info_name} {version()} (Python {sys.version.split()[0]})")
            context.exit()

    return click.Option(
        ["--version"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=show,
        help="Phiên bản. / The version.",
    )


def version() -> str:
    """The version of the installed distribution."""
    from importlib import metadata

    try:
        return metadata.version("congvu")
    except metadata.PackageNotFoundError:
        return "0+checkout"


def beside(text: Text) -> str:
    """One line with both languages."""
    return f"{text.vi} / {text.en}"

"""What the command lines of all tools share: global options, exit codes, answers and errors.

Every command accepts `--config --json --lang --no-color -v` before or after its name. Data goes to stdout, everything
else to stderr. An expected error is a sentence with its next step and never a traceback; an unexpected one is a single
line that says where the traceback was written. Commands are imported only when used. What a command does is not here.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from foundation import logs
from foundation.clock import use_clock_file
from foundation.errors import CongvuError, UsageError
from foundation.language import Text, use_language

if TYPE_CHECKING:
    from foundation.config.sections import Configuration

SCHEMA_VERSION = 1
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141
"""128 + the signal, as shells report it: SIGINT 2, SIGPIPE 13."""


@dataclass(slots=True)
class Invocation:
    """The global options of one run of a command, and the configuration once somebody asks for it."""

    program: str
    config_file: Path | None = None
    json: bool = False
    language: str | None = None
    color: bool | None = None
    verbosity: int = 0
    answered: bool = False
    _configuration: Configuration | None = field(default=None, repr=False)

    @property
    def configuration(self) -> Configuration:
        """The configuration; loaded on first use, and its language and clock apply from then on. Raises ConfigError."""
        if self._configuration is None:
            from foundation.config import load

            self._configuration = load(self.config_file)
            if self.language is None:
                use_language(self._configuration.organisation.language)
            use_clock_file(self._configuration.sandbox.clock_file)
        return self._configuration


def invocation() -> Invocation:
    """The invocation of the command that is running."""
    found = click.get_current_context().find_object(Invocation)
    if found is None:
        raise RuntimeError("no command is running")
    return found


# --- commands and groups ----------------------------------------------------------------------------------------------


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
                rows.append((name, _beside(text)))
            else:
                rows.append((name, self.commands[name].short_help or ""))
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


LazyGroup.group_class = LazyGroup


def command(
    name: str, help: Text, more: Text | None = None, **settings: Any
) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a command; it may return an exit code. Lists show `help`, its own page shows `more` too."""
    return click.command(name, cls=Command, help=_page(help, more), short_help=_beside(help), **settings)


def group(
    name: str, help: Text, more: Text | None = None, lazy: Mapping[str, tuple[str, Text]] | None = None, **settings: Any
) -> Callable[[Callable[..., Any]], LazyGroup]:
    """Make a function a group of commands; `lazy` as `LazyGroup` describes it."""
    return click.group(name, cls=LazyGroup, help=_page(help, more), short_help=_beside(help), lazy=lazy, **settings)


def _page(help: Text, more: Text | None) -> str:
    """A help page: everything in Vietnamese, then everything in English."""
    paragraphs = [help.vi, more.vi, help.en, more.en] if more else [help.vi, help.en]
    return "\n\n".join(paragraphs)


def _beside(help: Text) -> str:
    return f"{help.vi} / {help.en}"


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


# --- answers and questions --------------------------------------------------------------------------------------------


def emit_json(answer: Mapping[str, Any]) -> None:
    """Print the one JSON document of this run on stdout, `schema_version` first."""
    invocation().answered = True
    document = {"schema_version": SCHEMA_VERSION, **answer}
    click.echo(json.dumps(document, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def tell(text: Text | str) -> None:
    """Say something to the person on stderr."""
    click.echo(str(text), err=True)


def confirm(question: Text, yes: bool) -> None:
    """Go on only with a yes: `--yes`, or the answer of a person at a terminal. Raises UsageError (exit 2)."""
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
        raise UsageError(Text("không thay đổi gì", "nothing was changed"))


# --- running ----------------------------------------------------------------------------------------------------------


def run(tool: click.Group, program: str, arguments: Sequence[str] | None = None) -> int:
    """Run a tool's command line and return its exit code (DESIGN section 2). Shows every error; raises nothing."""
    current = Invocation(program)
    stdout = sys.stdout
    _use_environment(current)
    try:
        result = tool.main(
            args=None if arguments is None else list(arguments),
            prog_name=program,
            standalone_mode=False,
            obj=current,
            color=current.color,
        )
        if sys.stdout is not None:
            sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("", err=True)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        return EXIT_BROKEN_PIPE
    except SystemExit as stop:
        if sys.stdout is not stdout:  # click puts another in its place, and exits, when nobody reads it any more
            return EXIT_BROKEN_PIPE
        return stop.code if isinstance(stop.code, int) else 1
    except click.ClickException as error:
        return _report_usage(error, current)
    except Exception as error:
        return _report(error, current)


def main(tool: click.Group, program: str) -> None:
    """The body of a console script."""
    for stream in (sys.stdout, sys.stderr):
        # In a locale without Vietnamese letters a message with escapes is better than none.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    raise SystemExit(run(tool, program))


def _use_environment(current: Invocation) -> None:
    """NO_COLOR (no-color.org: any non-empty value), TERM=dumb; click looks at neither."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        current.color = False
    logs.configure()


def _report_usage(error: click.ClickException, current: Invocation) -> int:
    """Wrong use, in click's own words; click has no other code than ours for it."""
    error.show()
    if current.json:
        told = {"exit_code": UsageError.exit_code, "message": error.format_message(), "hint": ""}
        _answer({"error": told, "problems": []})
    return UsageError.exit_code


def _answer(answer: Mapping[str, Any]) -> None:
    click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **answer}, ensure_ascii=False))


def _report(error: Exception, current: Invocation) -> int:
    from foundation.failures import as_expected, report_bug, report_expected  # only an error pays for this import

    expected = as_expected(error)
    if expected is not None:
        answer = report_expected(expected)
        code = expected.exit_code
        if expected is not error:
            _forget_stdout()
            return code
    else:
        answer = report_bug(error, current.program, shown=current.verbosity > 1)
        code = CongvuError.exit_code
    if current.json and not current.answered:
        _answer(answer)
    return code


def _forget_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's own flush at exit stays quiet (Python docs, `signal`)."""
    if sys.stdout is not None:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())

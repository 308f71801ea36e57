"""What the command lines of all tools share: global options, exit codes, answers and errors.

Every command accepts `--config --json --lang --no-color -v` before or after its name. Data goes to stdout, everything
else to stderr. An expected error is a sentence with its next step and never a traceback; an unexpected one is a single
line that says where the traceback was written. Commands are imported only when used. What a command does is not here.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from io import TextIOWrapper
from typing import Any

import click

from foundation import logs
from foundation.errors import CongvuError, UsageError
from foundation.invocation import Invocation, invocation
from foundation.language import Text
from foundation.lazy_commands import Command, LazyGroup, beside
from foundation.terminal import confirm, tell

__all__ = ["Command", "LazyGroup", "command", "confirm", "emit_json", "group", "invocation", "main", "run", "tell"]

SCHEMA_VERSION = 1
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141
"""128 + the signal, as shells report it: SIGINT 2, SIGPIPE 13."""


def command(
    name: str, help: Text, more: Text | None = None, **settings: Any
) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a command; it may return an exit code. Lists show `help`, its own page shows `more` too."""
    return click.command(name, cls=Command, help=_page(help, more), short_help=beside(help), **settings)


def group(
    name: str, help: Text, more: Text | None = None, lazy: Mapping[str, tuple[str, Text]] | None = None, **settings: Any
) -> Callable[[Callable[..., Any]], LazyGroup]:
    """Make a function a group of commands; `lazy` as `LazyGroup` describes it."""
    return click.group(name, cls=LazyGroup, help=_page(help, more), short_help=beside(help), lazy=lazy, **settings)


def _page(help: Text, more: Text | None) -> str:
    """A help page: everything in Vietnamese, then everything in English."""
    paragraphs = [help.vi, more.vi, help.en, more.en] if more else [help.vi, help.en]
    return "\n\n".join(paragraphs)


def emit_json(answer: Mapping[str, Any]) -> None:
    """Print the one JSON document of this run on stdout, `schema_version` first."""
    invocation().answered = True
    document = {"schema_version": SCHEMA_VERSION, **answer}
    click.echo(json.dumps(document, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def run(tool: click.Group, program: str, arguments: Sequence[str] | None = None) -> int:
    """Run a tool's command line and return its exit code (docs/how-it-works.md). Shows every error; raises nothing."""
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
        # click stops at the first mistake, so a --json behind it was never seen
        current.json = current.json or "--json" in (sys.argv[1:] if arguments is None else arguments)
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
    """Wrong use; click has no other code than ours for it."""
    from foundation.usage_words import show_usage_error, usage_message  # only a mistake pays for this import

    show_usage_error(error)
    if current.json:
        told = {"exit_code": UsageError.exit_code, "message": usage_message(error), "hint": ""}
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

"""The only Jinja2 environment: texts for people, in their language, from templates an administrator may override.

A template is named by kind and file, such as `reports/keys.txt`, and lies at `reports/vi/keys.txt`. The administrator's
folder is asked first, then the shipped one. The first line of a template lists the variables it receives; a missing
variable is an error, never an empty place in a letter. HTML is escaped; templates run sandboxed, because they may come
from somebody who may edit texts but not run programs. Nothing is sent or stored here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from foundation.errors import ConfigError
from foundation.language import Language, Text, current_language
from foundation.resources import templates_folder

_VARIABLES = re.compile(r"\{#-?\s*variables:\s*([a-z_][a-z0-9_]*(?:\s*,\s*[a-z_][a-z0-9_]*)*)?\s*-?#\}\s*\Z")


class Renderer:
    """Renders templates; `own_folder` is the administrator's, None when there is none."""

    def __init__(self, own_folder: Path | None = None) -> None:
        folders = [folder for folder in (own_folder, templates_folder()) if folder is not None]
        self._environment = _environment(FileSystemLoader([str(folder) for folder in folders]))

    def render(self, name: str, language: Language | None = None, /, **variables: Any) -> str:
        """The text of a template in this language (None: the current one). Raises ConfigError for a bad template."""
        path = self.path_of(name, language or current_language())
        try:
            return self._environment.get_template(path).render(variables)
        except (TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
            raise _refused(path, error) from error

    def check(self, path: str) -> None:
        """Whether a template compiles and uses only what its first line lists. Raises ConfigError."""
        try:
            source, _, _ = self._environment.loader.get_source(self._environment, path)  # type: ignore[union-attr]
            used = meta.find_undeclared_variables(self._environment.parse(source))
        except TemplateError as error:
            raise _refused(path, error) from error
        unlisted = sorted(used - declared_variables(path, source))
        if unlisted:
            raise _unlisted(path, unlisted[0])

    def source(self, name: str, language: Language) -> str:
        """What a template says before it is rendered, the administrator's or ours. Raises ConfigError."""
        path = self.path_of(name, language)
        try:
            source, _, _ = self._environment.loader.get_source(self._environment, path)  # type: ignore[union-attr]
        except TemplateError as error:
            raise _refused(path, error) from error
        return source

    def paths(self) -> list[str]:
        """Every template there is, the administrator's and ours, by path."""
        return self._environment.list_templates()

    @staticmethod
    def path_of(name: str, language: Language) -> str:
        """`reports/keys.txt` in Vietnamese is `reports/vi/keys.txt`."""
        kind, _, file = name.partition("/")
        return f"{kind}/{language}/{file}"


def declared_variables(path: str, source: str) -> set[str]:
    """The variables that the first line of a template lists. Raises ConfigError when it lists none."""
    match = _VARIABLES.match(source.partition("\n")[0])
    if not match:
        raise ConfigError(
            Text(
                "mẫu {path} không có dòng đầu liệt kê biến", "the first line of template {path} lists no variables"
            ).format(path=path),
            Text("dòng đầu: {# variables: tên, tên #}", "first line: {# variables: name, name #}"),
        )
    return {name.strip() for name in (match[1] or "").split(",") if name.strip()}


def _environment(loader: BaseLoader) -> Environment:
    return ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name and name.endswith((".html", ".html.j2"))),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _refused(path: str, error: Exception) -> ConfigError:
    line = f":{error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
    return ConfigError(
        Text("mẫu {path}{line} sai: {reason}", "the template {path}{line} is wrong: {reason}").format(
            path=path, line=line, reason=str(error) or type(error).__name__
        ),
        Text("sửa mẫu trong [templates] directory", "mend the template in the folder of [templates] directory"),
    )


def _unlisted(path: str, name: str) -> ConfigError:
    return ConfigError(
        Text(
            "mẫu {path} dùng biến {name} không có trong dòng đầu",
            "the template {path} uses {name}, which its first line does not list",
        ).format(path=path, name=name)
    )

"""`congvu config check|show|schema`: is the configuration right, what applies, and what may be written."""

from __future__ import annotations

import click

from foundation.command_line import command, emit_json, group, invocation, tell
from foundation.language import Text


@group("config", Text("Kiểm tra và xem cấu hình.", "Check and show the configuration."))
def config() -> None:
    """The group itself does nothing."""


@command(
    "check",
    Text(
        "Kiểm tra cấu hình, báo mọi lỗi một lần.",
        "Check the configuration and report every problem at once.",
    ),
    Text(
        "Mã thoát 78 khi có lỗi. Không đọc bí mật, không kết nối; việc đó là của `congvu doctor`.",
        "Exit 78 if there is a problem. Reads no secret and connects to nothing; that is for `congvu doctor`.",
    ),
)
def check() -> None:
    """Load and say so."""
    from foundation.config import find_config

    current = invocation()
    path = find_config(current.config_file)
    _ = current.configuration
    if current.json:
        emit_json({"config": str(path), "problems": []})
    else:
        tell(Text("cấu hình {path} đúng", "the configuration {path} is right").format(path=path))


@command(
    "show",
    Text(
        "In từng giá trị và nơi nó đến từ.",
        "Print each value and where it came from.",
    ),
    Text(
        "Nguồn gốc: tệp và dòng, biến môi trường, suy ra từ khóa khác, hay mặc định. Bí mật không bao giờ hiện.",
        "Origins: file and line, variable, derived from another key, or default. No secret is ever shown.",
    ),
)
def show() -> None:
    """Print the values in the order of the sections."""
    from foundation.config import load_with_origins

    current = invocation()
    _ = current.configuration
    loaded = load_with_origins(current.config_file)
    if current.json:
        values = [{"key": value.key, "value": value.shown, "origin": str(value.origin)} for value in loaded.values]
        emit_json({"config": str(loaded.path), "values": values})
        return
    for value in loaded.values:
        click.echo(f"{value.key} = {_toml(value.shown)}  {click.style(f'# {value.origin}', dim=True)}")


@command("schema", Text("In JSON Schema của tệp cấu hình.", "Print the JSON Schema of the configuration file."))
def schema() -> None:
    """The schema is the answer, so it is printed as it is, without an envelope."""
    import json

    from foundation.config import json_schema

    invocation().answered = True
    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


def _toml(value: object) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str) and value.startswith("{ ") else text


for _command in (check, show, schema):
    config.add_command(_command)

"""A plan for people and for scripts: the table, the totals, the limits, and the JSON of docs/answers.md.

JSON is written change by change, so a plan of 100,000 creates never stands in memory as text. Values come from files:
what could steer a terminal is taken out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import click

from foundation.command_line import SCHEMA_VERSION, invocation
from foundation.directory import schema
from foundation.failures import show_problems
from foundation.language import Text
from foundation.logs import one_line
from foundation.terminal import tell
from provisioner.changes import Change, Plan
from provisioner.planning.reasons import FIELD_NAMES

ROWS_SHOWN = 200
"""How many changes a terminal shows; `--json` and `--out` have all of them."""

LIMITS_SHOWN = 10
"""A wrong roster exceeds the limit of every agency; the first few say it all."""

ACTION_NAMES: dict[str, Text] = {
    "create": Text("tạo mới", "create"),
    "update": Text("cập nhật", "update"),
    "rename": Text("đổi địa chỉ", "rename"),
    "move": Text("chuyển đơn vị", "move"),
    "suspend": Text("khóa", "suspend"),
    "restore": Text("mở lại", "restore"),
    "adopt": Text("tiếp nhận", "adopt"),
    "unchanged": Text("giữ nguyên", "unchanged"),
}
KIND_NAMES: dict[str, Text] = {
    "person": Text("người", "person"),
    "agency": Text("đơn vị", "agency"),
    "list": Text("danh sách thư", "list"),
    "role_mailbox": Text("hộp thư chức năng", "role mailbox"),
    "reservation": Text("địa chỉ giữ chỗ", "reserved address"),
}
_MARKS = {"create": "+", "suspend": "-", "restore": "+", "unchanged": " "}
_COLORS = {"create": "green", "suspend": "red", "restore": "green", "rename": "yellow", "move": "yellow"}


def plan_fields(plan: Plan) -> dict[str, Any]:
    """The JSON keys of a plan besides its changes."""
    return {
        "plan_id": plan.plan_id,
        "counts": plan.counts(),
        "other_counts": plan.other_counts(),
        "problems": [problem.as_json() for problem in plan.problems],
        "limits": [limit.as_json() for limit in plan.limits],
    }


def emit_plan(fields: Mapping[str, Any], changes: Iterable[Change]) -> None:
    """One JSON document on stdout: `fields`, then `changes` one by one."""
    invocation().answered = True
    head = json.dumps({"schema_version": SCHEMA_VERSION, **fields}, ensure_ascii=False)
    output = sys.stdout
    output.write(head[:-1] + ', "changes": [')
    for number, change in enumerate(changes):
        output.write(("" if number == 0 else ",") + "\n" + json.dumps(change.as_json(), ensure_ascii=False))
    output.write("\n]}\n")
    output.flush()


def show_plan(plan: Plan) -> None:
    """The plan as an administrator reads it: problems first, then the changes, the totals and the limits."""
    show_problems(plan.problems)
    if sys.stdout.isatty() and plan.changes:
        _table(plan)
    else:
        for change in islice(plan.changes, ROWS_SHOWN):
            click.echo(_line(change))
            for detail in _details(change):
                click.echo(click.style(f"      {detail}", dim=True))
    if len(plan.changes) > ROWS_SHOWN:
        more = Text(
            "… và {count} thay đổi nữa (--json hoặc --out cho tất cả)", "… and {count} more (--json or --out has all)"
        )
        click.echo(str(more.format(count=len(plan.changes) - ROWS_SHOWN)))
    if not plan.stops:
        show_totals(plan)
        show_limits(plan)


def show_totals(plan: Plan) -> None:
    """How many of each."""
    parts = [f"{ACTION_NAMES[name]} {count}" for name, count in plan.counts().items() if count or name == "unchanged"]
    click.echo(f"{Text('Người', 'People')}: " + ", ".join(parts))
    for kind, counts in plan.other_counts().items():
        parts = [f"{ACTION_NAMES[name]} {count}" for name, count in counts.items()]
        click.echo(f"{KIND_NAMES[kind]}: " + ", ".join(parts))


def show_limits(plan: Plan) -> None:
    """The limits that are exceeded, those of the whole run first."""
    exceeded = sorted(plan.exceeded, key=lambda limit: ".agency:" in limit.name)
    for limit in exceeded[:LIMITS_SHOWN]:
        text = Text("vượt giới hạn {name}: {value} > {limit}", "limit {name} exceeded: {value} > {limit}")
        tell(text.format(name=limit.name, value=limit.value, limit=limit.limit), "red")
    if len(exceeded) > LIMITS_SHOWN:
        more = Text("… và {count} giới hạn theo đơn vị nữa", "… and {count} more limits of agencies")
        tell(more.format(count=len(exceeded) - LIMITS_SHOWN), "red")


def _table(plan: Plan) -> None:
    """The changes as a table as wide as the terminal; elsewhere they are lines that do not depend on a width."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Styled

    table = Table(header_style="bold", expand=False, pad_edge=False)
    for heading in (
        Text("Thay đổi", "Change"),
        Text("Mã", "Id"),
        Text("Ai, gì", "Who, what"),
        Text("Địa chỉ", "Address"),
        Text("Vì sao; từ → thành", "Why; from → to"),
    ):
        table.add_column(str(heading), overflow="fold")
    for change in islice(plan.changes, ROWS_SHOWN):
        what = f"{_MARKS.get(change.action, '~')} {ACTION_NAMES[change.action]}"
        who = change.name or str(KIND_NAMES[change.kind])
        details = "\n".join([one_line(str(change.why)), *_details(change)])
        cells = (what, change.employee_id, one_line(who), change.address, details)
        table.add_row(*(Styled(cell) for cell in cells), style=_COLORS.get(change.action, ""))
    color = invocation().color
    Console(no_color=color is False, highlight=False).print(table)


def _line(change: Change) -> str:
    mark = _MARKS.get(change.action, "~")
    what = f"{ACTION_NAMES[change.action]} {KIND_NAMES[change.kind]}"
    who = " ".join(part for part in (change.employee_id, change.name, change.address) if part)
    line = f"{mark} {what:<22} {who or change.dn}  ({change.why})"
    return click.style(one_line(line), fg=_COLORS.get(change.action))


_NOT_SHOWN = frozenset(
    {
        "objectClass",
        "mailLocalAddress",
        "mailAlternateAddress",
        schema.ADDRESS_HASH,
        schema.ADDRESS_RECORD,
        schema.SUSPENDED_SINCE,
        schema.ACTIVATED_SINCE,
        schema.PERSON_KEY,
    }
)
_SAID_BY = {schema.POST: ("departmentNumber", "title"), "sn": ("cn",), "givenName": ("cn",)}
"""Attributes that are not shown when one of these says the same in fewer words."""


def _details(change: Change) -> Iterable[str]:
    """What changes from what to what; creates speak for themselves."""
    if change.action == "create":
        return
    for name, values in change.after.items():
        if name in _NOT_SHOWN or any(other in change.after for other in _SAID_BY.get(name, ())):
            continue
        old, new = change.before.get(name, ()), values
        if len(old) + len(new) > 6:
            added, gone = len(set(new) - set(old)), len(set(old) - set(new))
            yield f"{name}: +{added} -{gone}"
            continue
        label = str(FIELD_NAMES.get(name, Text(name, name)))
        yield one_line(f"{label}: {', '.join(old) or '∅'} → {', '.join(new) or '∅'}")

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
from foundation.terminal import counted, tell
from provisioner import post_values, terms
from provisioner.changes import Change, Plan
from provisioner.planning.reasons import FIELD_NAMES

ROWS_SHOWN = 200
"""How many changes a terminal shows; `--json` and `--out` have all of them."""

LIMITS_SHOWN = 10
"""A wrong roster exceeds the limit of every agency; the first few say it all."""

People = Mapping[str, str]

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
    grouped = any(change.kind in _GROUPS for change in islice(plan.changes, ROWS_SHOWN) if change.action != "create")
    people = _people(plan.changes) if grouped else {}
    if sys.stdout.isatty() and plan.changes:
        _table(plan, people)
    else:
        for change in islice(plan.changes, ROWS_SHOWN):
            click.echo(_line(change))
            for detail in _details(change, people):
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
    parts = [f"{terms.ACTIONS[name]} {count}" for name, count in plan.counts().items() if count or name == "unchanged"]
    click.echo(f"{Text('Người', 'People')}: " + ", ".join(parts))
    for kind, counts in plan.other_counts().items():
        parts = [f"{terms.ACTIONS[name]} {count}" for name, count in counts.items()]
        click.echo(f"{terms.KINDS[kind]}: " + ", ".join(parts))


def show_limits(plan: Plan) -> None:
    """The limits that are exceeded, those of the whole run first."""
    exceeded = sorted(plan.exceeded, key=lambda limit: ".agency:" in limit.name)
    for limit in exceeded[:LIMITS_SHOWN]:
        text = Text("vượt giới hạn {name}: {value} > {limit}", "limit {name} exceeded: {value} > {limit}")
        tell(text.format(name=limit.name, value=limit.value, limit=limit.limit), "red")
    if len(exceeded) > LIMITS_SHOWN:
        more = Text("… và thêm {count}", "… and {count} more")
        left = counted(len(exceeded) - LIMITS_SHOWN, Text("giới hạn theo đơn vị", "agency limit"))
        tell(more.format(count=left), "red")


def _table(plan: Plan, people: People) -> None:
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
        what = f"{_MARKS.get(change.action, '~')} {terms.ACTIONS[change.action]}"
        who = change.name or str(terms.KINDS[change.kind])
        details = "\n".join([one_line(str(change.why)), *_details(change, people)])
        cells = (what, change.employee_id, one_line(who), change.address, details)
        table.add_row(*(Styled(cell) for cell in cells), style=_COLORS.get(change.action, ""))
    color = invocation().color
    Console(no_color=color is False, highlight=False).print(table)


def _line(change: Change) -> str:
    mark = _MARKS.get(change.action, "~")
    what = f"{terms.ACTIONS[change.action]} {terms.KINDS[change.kind]}"
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


_LABELS: dict[str, Text] = {
    "displayName": Text("tên gọi", "display name"),
    "member": Text("thành viên", "members"),
    "roleOccupant": Text("người giữ", "owners"),
}
_GROUPS = ("list", "role_mailbox")
_PEOPLE_IN = ("member", "roleOccupant")
MOST_VALUES_SHOWN = 6
"""More old and new values than this are counted: a list of a thousand members is not read in a plan."""


def _people(changes: Iterable[Change]) -> People:
    """Whom the plan itself knows: {name of the entry, lower case: `employee id name`}."""
    return {
        change.dn.lower(): f"{change.employee_id} {change.name}".strip()
        for change in changes
        if change.kind == "person" and change.employee_id
    }


def _details(change: Change, people: People) -> Iterable[str]:
    """What changes from what to what; creates speak for themselves."""
    if change.action == "create":
        return
    for name, values in change.after.items():
        if name in _NOT_SHOWN or any(other in change.after for other in _SAID_BY.get(name, ())):
            continue
        old, new = change.before.get(name, ()), values
        label = str(_LABELS.get(name) or FIELD_NAMES.get(name) or name)
        if name in _PEOPLE_IN:
            yield one_line(f"{label}: {_members(change, old, new, people)}")
            continue
        if len(old) + len(new) > MOST_VALUES_SHOWN:
            added, gone = len(set(new) - set(old)), len(set(old) - set(new))
            yield f"{label}: +{added} -{gone}"
            continue
        before, after = (", ".join(_readable(name, value) for value in found) or "∅" for found in (old, new))
        yield one_line(f"{label}: {before} → {after}")


def _members(change: Change, old: Iterable[str], new: Iterable[str], people: People) -> str:
    """Who comes and who goes; the subtree itself, which stands in an empty list, is nobody."""
    nobody = change.dn.lower().partition(",")[2]
    before, after = ({dn.lower(): dn for dn in found if dn.lower() != nobody} for found in (old, new))
    added = [after[low] for low in after if low not in before]
    gone = [before[low] for low in before if low not in after]
    count = f"+{len(added)} -{len(gone)}"
    if len(added) + len(gone) > MOST_VALUES_SHOWN:
        return count
    shown = [f"+ {_who(dn, people)}" for dn in added] + [f"- {_who(dn, people)}" for dn in gone]
    return "; ".join(shown) or count


def _who(dn: str, people: People) -> str:
    """The person, if the plan knows who that is, else the first part of the entry's name."""
    return people.get(dn.lower()) or dn.partition(",")[0]


def _readable(name: str, value: str) -> str:
    """A stored value as people read it."""
    if name == schema.POST:
        return post_text(value)
    return str(terms.word(terms.STATES, value)) if name == schema.STATE else value


def post_text(value: str) -> str:
    """`Chuyên viên, SNV (kiêm nhiệm, 12/QĐ-SNV)` for a stored post."""
    post = post_values.as_json(value)
    place = ", ".join(part for part in (post["title"], post["rank"], post["agency"]) if part)
    kind = str(terms.word(terms.POST_KINDS, post["kind"] or ""))
    more = ", ".join(part for part in (kind, post["from"], post["decision"]) if part)
    return f"{place or '—'} ({more})"

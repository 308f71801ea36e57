"""`provision show WHO`: the person, all addresses, state and history."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from foundation import clock
from foundation.command_line import command, emit_json, invocation, tell
from foundation.language import Text
from foundation.logs import one_line
from provisioner import store
from provisioner.lookup import Finder
from provisioner.workbench import Workbench

_STATES = {
    "invited": Text("đã mời, chưa kích hoạt", "invited, not activated yet"),
    "active": Text("đang dùng", "active"),
    "suspended": Text("đã khóa", "suspended"),
}


@command(
    "show",
    Text("Một người theo địa chỉ, mã CBCC hoặc họ tên.", "One person by address, employee id or name."),
    Text(
        "Địa chỉ cũ cũng tìm được, kể cả khi đã hết hạn. Mã thoát 1 khi không có ai.",
        "Old addresses are found too, even expired ones. Exit 1 when there is nobody.",
    ),
)
@click.argument("who")
def show(who: str) -> int:
    """Find, fetch the history, print."""
    current = invocation()
    with Workbench(current.configuration) as bench:
        finder = Finder(bench.directory, bench.settings, bench.keys)
        database = bench.database
        started = clock.monotonic()
        people = []
        for entry in finder.find(who):
            past = database.read(partial(store.history, dn=entry.dn))
            people.append(finder.as_json(entry, past))
        took_ms = round((clock.monotonic() - started) * 1000, 1)
    if current.json:
        emit_json({"took_ms": took_ms, "people": people})
    else:
        for person in people:
            _print(person)
    if not people:
        tell(Text("không tìm thấy ai: {who}", "nobody found: {who}").format(who=one_line(who)))
        return 1
    return 0


def _print(person: dict[str, Any]) -> None:
    state = _STATES.get(person["state"], Text(person["state"], person["state"]))
    click.echo(click.style(one_line(f"{person['name']}  {person['employee_id']}  <{person['address']}>"), bold=True))
    click.echo(one_line(f"  {state}; {person['title'] or '—'}, {person['agency'] or '—'}; {person['dn']}"))
    for post in person["posts"]:
        click.echo(
            one_line(f"  {Text('vị trí', 'post')}: {post['title']} {post['agency']} {post['kind']} {post['decision']}")
        )
    for address in person["addresses"]:
        until = f" → {address['until']}" if address["until"] else ""
        click.echo(one_line(f"  {address['kind']:<8} {address['address']}  {address['since'] or ''}{until}"))
    for event in person["history"]:
        click.echo(one_line(f"  {event['at']}  {event['action']:<8} {event['outcome']:<7} {event['why']}"))

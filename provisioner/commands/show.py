"""`provision show WHO`: the person, all addresses, state and history."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from foundation import clock
from foundation.command_line import command, emit_json, invocation, tell
from foundation.language import Text
from foundation.logs import one_line
from foundation.terminal import counted
from provisioner import store, terms
from provisioner.lookup import Finder
from provisioner.workbench import Workbench

MEMBERS_SHOWN = 20
"""How many members of a list a terminal shows; `--json` has all of them."""


@command(
    "show",
    Text("Một người theo địa chỉ, mã CBCC hoặc họ tên.", "One person by address, employee id or name."),
    Text(
        "Địa chỉ cũ cũng tìm được, kể cả khi đã hết hạn; địa chỉ của danh sách thư hay hộp thư chức năng cũng vậy. "
        "Mã thoát 1 khi không có ai.",
        "Old addresses are found too, even expired ones, and those of lists and role mailboxes. Exit 1 when there is "
        "nobody.",
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
        groups = [finder.group_as_json(entry) for entry in finder.find_groups(who)]
        took_ms = round((clock.monotonic() - started) * 1000, 1)
        if current.json:
            emit_json({"took_ms": took_ms, "people": people, "groups": groups})
        else:
            for person in people:
                _print(person, bench.settings.source)
            for group in groups:
                _print_group(group, finder)
    if not people and not groups:
        tell(Text("không tìm thấy ai: {who}", "nobody found: {who}").format(who=one_line(who)))
        return 1
    return 0


def _print(person: dict[str, Any], source: str) -> None:
    click.echo(click.style(one_line(f"{person['name']}  {person['employee_id']}  <{person['address']}>"), bold=True))
    state = terms.word(terms.STATES, person["state"])
    click.echo(one_line(f"  {state}; {person['title'] or '—'}, {person['agency'] or '—'}; {person['dn']}"))
    if person["source"] != source:
        click.echo(one_line(f"  {Text('nguồn', 'source')}: {person['source']}"))
    for post in person["posts"]:
        kind = terms.word(terms.POST_KINDS, post["kind"])
        since = f"{Text('từ', 'from')} {post['from']}" if post["from"] else ""
        place = ", ".join(part for part in (post["title"], post["rank"], post["agency"]) if part)
        facts = ", ".join(fact for fact in (str(kind), since, post["decision"]) if fact)
        click.echo(one_line(f"  {Text('vị trí', 'post')}: {place or '—'} ({facts})"))
    for address in person["addresses"]:
        kind = terms.word(terms.ADDRESS_KINDS, address["kind"])
        until = f" → {address['until']}" if address["until"] else ""
        click.echo(one_line(f"  {kind!s:<8} {address['address']}  {address['since'] or ''}{until}"))
    for event in person["history"]:
        action, outcome = terms.word(terms.ACTIONS, event["action"]), terms.word(terms.OUTCOMES, event["outcome"])
        click.echo(one_line(f"  {event['at']}  {action!s:<14} {outcome!s:<7} {event['why']}"))


def _print_group(group: dict[str, Any], finder: Finder) -> None:
    text = Text(
        "địa chỉ đó thuộc {kind} {dn}, đơn vị {agency}", "that address belongs to the {kind} {dn}, agency {agency}"
    )
    told = text.format(kind=terms.KINDS[group["kind"]], dn=group["dn"], agency=group["agency"] or "—")
    click.echo(click.style(one_line(f"{group['name']}  <{group['address']}>"), bold=True))
    click.echo(one_line(f"  {told}"))
    members = group["members"]
    noun = Text("thành viên", "member") if group["kind"] == "list" else Text("người giữ", "owner")
    click.echo(f"  {counted(len(members), noun)}")
    for dn in members[:MEMBERS_SHOWN]:
        click.echo(one_line(f"    {finder.who(dn)}"))
    if len(members) > MEMBERS_SHOWN:
        more = Text("    … và {count} nữa (--json)", "    … and {count} more (--json)")
        click.echo(str(more.format(count=len(members) - MEMBERS_SHOWN)))

"""`provision audit`: a survey of the directory as it is."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from foundation import clock
from foundation.command_line import command, emit_json, invocation
from foundation.failures import show_problems
from foundation.language import Text
from foundation.logs import one_line
from provisioner import store
from provisioner.audit import KIND_NAMES, SERIOUS, Audit, Finding
from provisioner.terms import STATES, word
from provisioner.workbench import Workbench

if TYPE_CHECKING:
    from provisioner.roster import Roster

SHOWN = 50
"""How many findings of one kind a terminal shows."""


@command(
    "audit",
    Text("Khảo sát thư mục như nó đang có; không ghi gì.", "A survey of the directory as it is; writes nothing."),
    Text(
        "Mã thoát 1 khi có địa chỉ hay mã trùng, mục bị sửa tay hoặc bị xóa.",
        "Exit 1 when an address or an id is double, or entries were changed or removed by hand.",
    ),
)
@click.option("--roster", type=click.Path(path_type=Path), help="So với danh sách này. / Compare with this roster.")
@click.option("--agencies", type=click.Path(path_type=Path), help="Danh mục đơn vị. / The agencies file.")
def audit(roster: Path | None, agencies: Path | None) -> int:
    """Survey, then show by kind."""
    current = invocation()
    with Workbench(current.configuration) as bench:
        started = clock.monotonic()
        found_roster = _roster(bench, roster, agencies) if roster else None
        people = found_roster.people if found_roster else None
        waiting = found_roster.waiting_ids if found_roster else frozenset[str]()
        survey = Audit(bench.directory, bench.settings, bench.today)
        findings = bench.database.read(
            lambda transaction: survey.run(store.applied_values(transaction), people, waiting)
        )
        took_ms = round((clock.monotonic() - started) * 1000, 1)
    counts = Counter(finding.kind for finding in findings)
    problems = found_roster.problems if found_roster else []
    if current.json:
        emit_json(
            {
                "took_ms": took_ms,
                "entries": survey.entries,
                "states": survey.by_state,
                "counts": {kind: counts[kind] for kind in KIND_NAMES},
                "findings": [finding.as_json() for finding in findings],
                "problems": [problem.as_json() for problem in problems],
            }
        )
    else:
        show_problems(problems)
        _show(survey, findings, counts)
    return 1 if any(kind in SERIOUS for kind in counts) else 0


def _roster(bench: Workbench, roster: Path, agencies: Path | None) -> Roster:
    from provisioner.preparation import read_inputs

    return read_inputs(bench, roster, agencies).roster


def _show(survey: Audit, findings: list[Finding], counts: Counter[str]) -> None:
    states = ", ".join(f"{word(STATES, state)} {count}" for state, count in sorted(survey.by_state.items()))
    head = Text("{count} mục; tài khoản: {states}", "{count} entries; accounts: {states}")
    click.echo(str(head.format(count=survey.entries, states=states or "0")))
    for kind, group in groupby(findings, key=lambda finding: finding.kind):
        click.echo(click.style(f"{KIND_NAMES[kind]}: {counts[kind]}", fg="red" if kind in SERIOUS else "yellow"))
        for finding in islice(group, SHOWN):
            click.echo(one_line(f"  {finding.employee_id} {finding.dn} {finding.value}".rstrip()))
            for name, values in finding.after.items():
                written = ", ".join(finding.before.get(name, ())) or "∅"
                click.echo(one_line(f"      {name}: {written} → {', '.join(values) or '∅'}"))
        if counts[kind] > SHOWN:
            click.echo(
                str(
                    Text("  … và {count} nữa (--json)", "  … and {count} more (--json)").format(
                        count=counts[kind] - SHOWN
                    )
                )
            )
    if not findings:
        click.echo(str(Text("không có gì bất thường", "nothing out of order")))

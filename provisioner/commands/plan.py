"""`provision plan ROSTER`: what would change, and nothing is changed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from foundation import clock
from foundation.command_line import command, invocation, tell
from foundation.language import Text
from foundation.progress import progress
from provisioner import limits, plan_file
from provisioner.presentation import emit_plan, plan_fields, show_plan
from provisioner.workbench import Workbench

if TYPE_CHECKING:
    from provisioner.preparation import Prepared

EXIT_CHANGES = 3


@command(
    "plan",
    Text("Xem trước những gì sẽ thay đổi; không ghi gì.", "What would change; nothing is changed."),
    Text(
        "--out chỉ ghi đè lên một tệp kế hoạch cũ. Mã thoát: 0 không có gì thay đổi, 3 có thay đổi, 4 vượt giới hạn, "
        "65 danh sách có lỗi hoặc câu hỏi.",
        "--out overwrites an earlier plan file and nothing else. Exit codes: 0 nothing to change, 3 changes, 4 a limit "
        "is exceeded, 65 the roster has errors or questions.",
    ),
)
@click.argument("roster", type=click.Path(path_type=Path))
@click.option("--agencies", type=click.Path(path_type=Path), help="Danh mục đơn vị. / The agencies file.")
@click.option("--out", type=click.Path(path_type=Path), help="Ghi tệp kế hoạch vào đây. / Write the plan file here.")
def plan(roster: Path, agencies: Path | None, out: Path | None) -> int:
    """Prepare, show, perhaps write the plan file."""
    from provisioner.preparation import prepare

    current = invocation()
    if out is not None:
        section = current.configuration.roster
        inputs = (roster, agencies or section.agencies, section.answers)
        plan_file.refuse_to_overwrite(out, [path for path in inputs if path is not None])
    with Workbench(current.configuration) as bench:
        with progress(Text("đọc thư mục", "reading the directory")) as advance:
            prepared = prepare(bench, roster, agencies, bind=out is not None, progress=lambda _: advance(1000))
        found = prepared.plan
        written = out is not None and not found.stops
        if written and out is not None:
            plan_file.write(out, plan_header(bench, prepared, roster), found)
        if current.json:
            emit_plan(plan_fields(found), found.changes)
        else:
            show_plan(found)
        if written:
            tell(
                Text(
                    "kế hoạch đã ghi vào {path}; áp dụng: provision sync {path}",
                    "plan written to {path}; apply it: provision sync {path}",
                ).format(path=out)
            )
    return exit_code(prepared)


def exit_code(prepared: Prepared) -> int:
    """65 before 4 before 3 before 0; says which limits stand in the way."""
    if prepared.plan.stops:
        return 65
    if prepared.plan.exceeded:
        error = limits.refuse(prepared.plan.exceeded)
        tell(Text("Cách xử lý: {hint}", "Next step: {hint}").format(hint=error.hint))
        return 4
    return EXIT_CHANGES if prepared.plan.changes else 0


def plan_header(bench: Workbench, prepared: Prepared, roster: Path) -> plan_file.Header:
    """What binds the file to its inputs."""
    now = clock.now()
    files = [plan_file.FileBinding(str(roster.absolute()), prepared.roster.sha256)]
    if prepared.agencies_file is not None:
        files.append(plan_file.FileBinding(str(prepared.agencies_file.absolute()), prepared.agencies_sha256))
    facts = prepared.facts
    return plan_file.Header(
        plan_id=prepared.plan.plan_id,
        created_at=now.isoformat(timespec="seconds"),
        expires_at=(now + timedelta(hours=bench.settings.plan_expires_hours)).isoformat(timespec="seconds"),
        source=bench.settings.source,
        scope=bench.settings.scope,
        base=bench.settings.subtrees.base,
        command="sync",
        files=files,
        rest_digest=prepared.plan.rest_digest,
        unchanged=prepared.plan.unchanged,
        roster={"sha256": facts.sha256, "rows": facts.rows, "columns": list(facts.columns), "as_of": facts.as_of},
    )

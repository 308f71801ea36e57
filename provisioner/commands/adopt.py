"""`provision adopt FILE`: existing accounts become ours, as a planned change."""

from __future__ import annotations

from pathlib import Path

import click

from foundation import clock
from foundation.command_line import command, invocation
from foundation.language import Text
from provisioner.adoption import Adoption, read_claims
from provisioner.commands.sync import carry_out, settle_earlier
from provisioner.store import RosterFacts, RunStart
from provisioner.workbench import Workbench


@command(
    "adopt",
    Text("Tiếp nhận tài khoản đã có (cột dn và mã CBCC).", "Take existing accounts over (columns dn and employee id)."),
    Text(
        "Giữ nguyên mật khẩu và địa chỉ; lần đồng bộ sau mới so với danh sách nhân sự.",
        "Passwords and addresses stay; the next sync compares with the roster.",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-n", "--dry-run", is_flag=True, help="Chỉ xem, không ghi. / Show only, write nothing.")
@click.option("--yes", is_flag=True, help="Không hỏi lại. / Do not ask.")
def adopt(file: Path, dry_run: bool, yes: bool) -> int:
    """Plan and carry out like a sync."""
    claims, problems = read_claims(file)
    with Workbench(invocation().configuration) as bench:
        settle_earlier(bench)
        settings = bench.settings
        plan = Adoption(bench.directory, settings, bench.keys, clock.now(), bench.today).plan(claims, problems)
        start = RunStart(plan.plan_id, "adopt", settings.source, settings.scope, RosterFacts())
        return carry_out(bench, plan, start, (), dry_run, yes)

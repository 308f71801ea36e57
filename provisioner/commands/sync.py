"""`provision sync ROSTER|PLAN`: applies exactly the plan that it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from foundation import clock
from foundation.command_line import command, confirm, invocation, tell
from foundation.errors import UsageError
from foundation.journal import Sequencer
from foundation.language import Text
from foundation.progress import progress
from foundation.terminal import counted
from provisioner import limits, plan_file, store, terms
from provisioner.apply import Applier, Result, settle
from provisioner.changes import Plan
from provisioner.presentation import emit_plan, plan_fields, show_plan
from provisioner.store import RosterFacts, RunStart
from provisioner.workbench import Workbench

EXIT_CHANGES = 3
CHANGE = Text("thay đổi", "change")


@command(
    "sync",
    Text("Áp dụng danh sách nhân sự, hoặc đúng một tệp kế hoạch.", "Apply a roster, or exactly one plan file."),
    Text(
        "Bị ngắt giữa chừng thì chạy lại: lần sau làm nốt, không trùng, không mất. Mã thoát: 0 xong, 1 mục lỗi, "
        "3 (--dry-run) có thay đổi, 4 vượt giới hạn hoặc kế hoạch đã cũ, 65 danh sách có lỗi, 75 có lần chạy khác.",
        "When interrupted, run it again: it finishes the rest, nothing twice, nothing lost. Exit codes: 0 done, 1 some "
        "items failed, 3 (--dry-run) changes, 4 a limit is exceeded or the plan is stale, 65 problems in the roster, "
        "75 another run holds the lock.",
    ),
)
@click.argument("source", metavar="ROSTER|PLAN", type=click.Path(path_type=Path))
@click.option("--agencies", type=click.Path(path_type=Path), help="Danh mục đơn vị. / The agencies file.")
@click.option("-n", "--dry-run", is_flag=True, help="Chỉ xem, không ghi. / Show only, write nothing.")
@click.option("--yes", is_flag=True, help="Không hỏi lại. / Do not ask.")
@click.option("--force", "forced", multiple=True, metavar="LIMIT", help="Bỏ qua giới hạn này. / Override this limit.")
@click.option("--reason", default="", help="Lý do bỏ qua, ghi vào nhật ký. / Why, for the journal.")
def sync(source: Path, agencies: Path | None, dry_run: bool, yes: bool, forced: tuple[str, ...], reason: str) -> int:
    """Lock, settle what an earlier run left open, plan, check, ask, apply, report."""
    if forced and not reason.strip():
        raise UsageError(
            Text(
                "--force cần --reason: lý do được ghi vào nhật ký", "--force needs --reason: it goes into the journal"
            ),
            Text("thêm --reason 'Quyết định số …'", "add --reason 'Decision no. …'"),
        )
    current = invocation()
    is_plan = plan_file.is_plan_file(source)
    if is_plan and agencies is not None:
        raise UsageError(
            Text(
                "tệp kế hoạch đã gắn với danh mục đơn vị của nó; không dùng --agencies",
                "a plan file is bound to its agencies already; --agencies does not go with it",
            ),
            Text("bỏ --agencies, hoặc lập kế hoạch mới", "leave out --agencies, or make a new plan"),
        )
    with Workbench(current.configuration) as bench:
        settle_earlier(bench)
        if is_plan:
            plan, start = _stored(bench, source, forced, reason)
        else:
            plan, start = _planned(bench, source, agencies, forced, reason)
        return carry_out(bench, plan, start, forced, dry_run, yes)


def settle_earlier(bench: Workbench) -> None:
    """Take the lock, find out what an interrupted run left open, bring the journal up to date. Raises Busy."""
    bench.lock.check()
    settled = settle(bench.database, bench.directory)
    Sequencer(bench.database, bench.origin).catch_up()
    if settled:
        tell(
            Text(
                "lần chạy trước bị ngắt: đã đối chiếu {count} với thư mục",
                "an earlier run was interrupted: {count} checked against the directory",
            ).format(count=counted(settled, CHANGE))
        )


def _planned(
    bench: Workbench, roster: Path, agencies: Path | None, forced: tuple[str, ...], reason: str
) -> tuple[Plan, RunStart]:
    from provisioner.preparation import prepare

    with progress(Text("đọc thư mục", "reading the directory")) as advance:
        prepared = prepare(bench, roster, agencies, progress=lambda _: advance(1000))
    settings = bench.settings
    start = RunStart(
        prepared.plan.plan_id, "sync", settings.source, settings.scope, prepared.facts, forced, reason.strip()
    )
    return prepared.plan, start


def _stored(bench: Workbench, path: Path, forced: tuple[str, ...], reason: str) -> tuple[Plan, RunStart]:
    from provisioner.preparation import measure
    from provisioner.stored_plan import check_files, check_owner, compare

    stored = plan_file.read(path, clock.now())
    check_owner(stored, bench.settings)
    check_files(stored.header.files)
    plan_id = stored.header.plan_id
    begun = bench.database.read(lambda transaction: store.was_begun(transaction, plan_id))
    plan = compare(stored, bench.directory, bench.settings, begun)
    facts = stored.header.roster
    roster = RosterFacts(facts["sha256"], facts["rows"], tuple(facts["columns"]), facts["as_of"])
    measure(bench, plan, roster)
    header = stored.header
    return plan, RunStart(plan_id, "sync", header.source, header.scope, roster, forced, reason.strip())


def carry_out(bench: Workbench, plan: Plan, start: RunStart, forced: tuple[str, ...], dry_run: bool, yes: bool) -> int:
    """Refuse, show, ask, write, report: what every writing command does with its plan."""
    current = invocation()
    code = _obstacle(plan, forced)
    if code is None and dry_run:
        code = EXIT_CHANGES if plan.changes else 0
    if code is not None:
        if current.json:
            emit_plan(plan_fields(plan), plan.changes)
        else:
            show_plan(plan)
        if code == 4:
            raise limits.refuse(limits.unforced(plan.limits, forced))
        return code
    if not current.json:
        show_plan(plan)
    if plan.changes:
        confirm(Text("ghi {count}?", "write {count}?").format(count=counted(len(plan.changes), CHANGE)), yes)
    with progress(Text("ghi thư mục", "writing the directory"), len(plan.changes)) as advance:
        applier = Applier(bench.database, bench.writer(), bench.directory, bench.origin, advance, bench.lock.check)
        result = applier.apply(start, plan.changes)
    _report(plan, result)
    return 1 if result.failures else 0


def _obstacle(plan: Plan, forced: tuple[str, ...]) -> int | None:
    """The exit code of what stands in the way before anything is written."""
    if plan.stops:
        return 65
    limits.check_names(forced, plan.limits)
    return 4 if limits.unforced(plan.limits, forced) else None


def _report(plan: Plan, result: Result) -> None:
    if invocation().json:
        emit_plan({**plan_fields(plan), **_result_fields(result)}, plan.changes)
        return
    for failure in result.failures:
        tell(
            Text("không ghi được {dn}: {why}", "not written {dn}: {why}").format(
                dn=f"{failure.change.employee_id} {failure.change.dn}".strip(), why=failure.detail
            )
        )
    total = sum(result.applied.values())
    by_kind = ", ".join(
        f"{terms.KINDS[kind]}/{terms.ACTIONS[action]} {count}"
        for (kind, action), count in sorted(result.applied.items())
    )
    tell(
        Text("lần chạy {run}: đã ghi {total} {kinds}", "run {run}: {total} written {kinds}").format(
            run=result.run, total=counted(total, CHANGE), kinds=f"({by_kind})" if by_kind else ""
        )
    )
    if result.failures:
        tell(
            Text("{count} không ghi được; chạy lại để thử tiếp", "{count} failed; run again to retry").format(
                count=counted(len(result.failures), CHANGE)
            )
        )
    tell(Text("xem: provision show MÃ_CBCC | provision audit", "see: provision show EMPLOYEE_ID | provision audit"))


def _result_fields(result: Result) -> dict[str, Any]:
    people: dict[str, int] = {}
    others: dict[str, dict[str, int]] = {}
    for (kind, action), count in result.applied.items():
        (people if kind == "person" else others.setdefault(kind, {}))[action] = count
    failed = [
        {
            "kind": failure.change.kind,
            "action": failure.change.action,
            "employee_id": failure.change.employee_id,
            "dn": failure.change.dn,
            "address": failure.change.address,
            "status": failure.status,
            "detail": str(failure.detail),
        }
        for failure in result.failures
    ]
    return {"run": result.run, "applied": people, "applied_others": others, "failed": failed}

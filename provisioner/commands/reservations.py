"""`provision reservations export|import FILE`: the never-again register of a province that is merged with ours."""

from __future__ import annotations

from pathlib import Path

import click

from foundation import atomic_files, clock
from foundation.command_line import command, emit_json, group, invocation, tell
from foundation.errors import UsageError
from foundation.failures import FULL_OR_BROKEN
from foundation.language import Text
from foundation.system_errors import reason_of
from foundation.terminal import counted
from provisioner import reservations as register
from provisioner.changes import Plan, Population
from provisioner.commands.sync import carry_out, settle_earlier
from provisioner.planning.planner import plan_identity
from provisioner.store import RosterFacts, RunStart
from provisioner.workbench import Workbench

_ANOTHER_NAME = Text("chọn tên hoặc thư mục khác", "choose another name or folder")


@group("reservations", Text("Sổ địa chỉ không bao giờ cấp lại.", "The register of addresses never given again."))
def reservations() -> None:
    """The group itself does nothing."""


@command(
    "export",
    Text("Xuất sổ (chỉ mã băm, không đọc ra địa chỉ).", "Export the register (hashes only, no address can be read)."),
)
@click.argument("file", type=click.Path(path_type=Path))
def export_register(file: Path) -> int:
    """Write every hash of the directory."""
    current = invocation()
    refuse_to_overwrite(file)
    with Workbench(current.configuration) as bench:
        digests = register.stored(bench.directory, bench.settings)
    lines = register.export_lines(digests, current.configuration.organisation.name)
    try:
        with atomic_files.replacing(file) as output:
            for line in lines:
                output.write(line.encode() + b"\n")
    except OSError as error:
        if error.errno in FULL_OR_BROKEN:
            raise
        raise _cannot_write(file, error) from error
    if current.json:
        emit_json({"file": str(file), "digests": len(digests)})
    tell(
        Text(
            "đã ghi {count} vào {file}; khóa chuyển riêng: congvu keys import",
            "{count} written to {file}; the key travels separately: congvu keys import",
        ).format(count=counted(len(digests), Text("mã băm", "hash")), file=file)
    )
    return 0


def refuse_to_overwrite(file: Path) -> None:
    """An export may replace an earlier export and nothing else. Raises UsageError."""
    try:
        if not file.exists():
            return
        known = False
        if file.is_file():
            with file.open("rb") as stream:
                known = f'"{register.FORMAT}"'.encode() in stream.readline(1000)
    except OSError as error:
        raise _cannot_write(file, error) from error
    if not known:
        raise UsageError(
            Text(
                "{file} đã có và không phải tệp xuất của sổ địa chỉ; không ghi đè",
                "{file} exists and is not an export of an address register; not overwritten",
            ).format(file=file),
            _ANOTHER_NAME,
        )


def _cannot_write(file: Path, error: OSError) -> UsageError:
    why = Text("không ghi được {file}: {why}", "cannot write {file}: {why}")
    return UsageError(why.format(file=file, why=reason_of(error)), _ANOTHER_NAME)


@command(
    "import",
    Text("Nhập sổ của tỉnh được sáp nhập.", "Import the register of a merged province."),
    Text("Cần cả khóa của tỉnh đó: congvu keys import.", "Needs that province's key too: congvu keys import."),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-n", "--dry-run", is_flag=True, help="Chỉ xem, không ghi. / Show only, write nothing.")
@click.option("--yes", is_flag=True, help="Không hỏi lại. / Do not ask.")
def import_register(file: Path, dry_run: bool, yes: bool) -> int:
    """Plan reservations and carry them out like a sync."""
    digests = register.read_export(file)
    with Workbench(invocation().configuration) as bench:
        settle_earlier(bench)
        settings = bench.settings
        known = register.stored(bench.directory, settings)
        key_ids = {digest.partition(":")[0] for digest in bench.keys.digests("anybody@congvu.test")}
        changes = register.plan_import(digests, known, settings, clock.now(), key_ids)
        plan = Plan(changes, [], Population(), plan_id=plan_identity(changes))
        start = RunStart(plan.plan_id, "reservations", settings.source, settings.scope, RosterFacts())
        return carry_out(bench, plan, start, (), dry_run, yes)


reservations.add_command(export_register)
reservations.add_command(import_register)

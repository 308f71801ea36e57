"""`congvu demo`: the whole story on this machine, with the real commands and a real slapd, ending with where to look.

Every step prints the command that it runs, so that a reader can type it again. A step that ends otherwise than the
story says stops the demo with exit 1: it is a test of the installation too. Nothing outside the folder is touched.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from foundation.command_line import command, tell
from foundation.errors import UsageError
from foundation.language import Text, current_language

PEOPLE = 1000
RANDOM_SEED = 2026
MARKER = ".congvu-demo"


class StoryBroken(Exception):
    """A step did not end as the story says."""


@dataclass
class Stage:
    """Where the demo plays and how it runs commands."""

    folder: Path
    config: Path | None = None

    def say(self, vi: str, en: str) -> None:
        """A heading of the story."""
        click.echo(click.style(f"\n== {Text(vi, en)}", bold=True))

    def run(
        self, arguments: Sequence[str | Path], expected: int = 0, show: int = 12, quiet: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run one of our commands, print it, the first lines of its answer and the last ones of what it says beside."""
        program, *rest = [str(argument) for argument in arguments]
        module = {"congvu": "congvu.cli", "provision": "provisioner.cli"}[program]
        click.echo(click.style(f"$ {program} {' '.join(self._short(part) for part in rest)}", fg="cyan"))
        environment = dict(os.environ)
        if self.config is not None:
            environment["CONGVU_CONFIG"] = str(self.config)
        done = subprocess.run(
            [sys.executable, "-m", module, "--lang", current_language(), *rest],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if not quiet:
            self._print(done.stdout, show)
            self._print(done.stderr, show, last=True)
        if done.returncode != expected:
            click.echo(done.stdout[-2000:] + done.stderr[-2000:], err=True)
            raise StoryBroken(f"{program} {' '.join(rest)}: exit {done.returncode}, expected {expected}")
        click.echo(click.style(f"  → exit {done.returncode}", dim=True))
        return done

    def _short(self, part: str) -> str:
        return part.replace(f"{self.folder}/", "")

    def _print(self, text: str, most: int, last: bool = False) -> None:
        lines = text.splitlines()
        left_out = max(0, len(lines) - most)
        more = "  " + str(Text("… và {count} dòng nữa", "… and {count} more lines").format(count=left_out))
        shown = [f"  {line}" for line in (lines[left_out:] if last else lines[:most])]
        if left_out:
            shown.insert(0 if last else len(shown), more)
        for line in shown:
            click.echo(line)


@command(
    "demo",
    Text(
        "Toàn bộ câu chuyện trên máy này, từ một thư mục trống.",
        "The whole story on this machine, from an empty folder.",
    ),
    Text(
        "Dựng một thư mục LDAP thật trong thư mục đã chọn, tạo 1.000 người, đồng bộ, sửa, từ chối danh sách hỏng.",
        "A real LDAP directory in the chosen folder, 1,000 invented people, syncs, changes, a bad roster refused.",
    ),
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Thư mục của bản trình diễn. / The folder of the demo.",
)
def demo(folder: Path) -> int:
    """Set the stage, then play."""
    stage = Stage(_empty(folder.absolute()))
    try:
        _play(stage)
    except StoryBroken as broken:
        tell(Text("bản trình diễn dừng: {why}", "the demo stopped: {why}").format(why=broken))
        return 1
    return 0


def _empty(folder: Path) -> Path:
    """A fresh folder; one of an earlier demo is stopped and emptied, anything else is left alone."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            raise UsageError(
                Text("{folder} không trống", "{folder} is not empty").format(folder=folder),
                Text("chọn --dir khác", "choose another --dir"),
            )
        from congvu.sandbox import sandbox_down

        sandbox_down(folder / "province")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()
    return folder


def _play(stage: Stage) -> None:
    from provisioner.generate import (
        THREE_ENCODINGS,
        change_roster,
        generate,
        write_agencies,
        write_broken_roster,
        write_roster,
    )

    folder = stage.folder
    stage.say(
        "Một tỉnh thử nghiệm: slapd thật, chỉ trên máy này", "A trial province: a real slapd, on this machine only"
    )
    state = json.loads(
        stage.run(
            ["congvu", "sandbox", "up", "--dir", folder / "province", "--people", "0", "--json"], quiet=True
        ).stdout
    )
    stage.config = Path(state["config"])
    click.echo(f"  LDAP: {state['directory']['url']}")

    stage.say("1.000 người, ba bảng mã (Unicode, TCVN3, VNI)", "1,000 people in three encodings (Unicode, TCVN3, VNI)")
    province = generate(PEOPLE, RANDOM_SEED)
    agencies, roster = folder / "don-vi.csv", folder / "danh-sach.csv"
    write_agencies(province, agencies)
    write_roster(province, roster, THREE_ENCODINGS)
    click.echo(f"  {roster}\n  {agencies}")

    stage.say(
        "Danh sách hỏng: mọi lỗi được nêu một lần, không ghi gì",
        "A broken roster: every problem at once, nothing written",
    )
    broken = folder / "danh-sach-hong.csv"
    write_broken_roster(province, broken)
    stage.run(["provision", "plan", broken, "--agencies", agencies], expected=65, show=24)

    stage.say("Xem trước, rồi ghi", "Look first, then write")
    with_agencies: list[str | Path] = [roster, "--agencies", agencies]
    stage.run(["provision", "plan", *with_agencies], expected=3, show=8)
    stage.run(["provision", "sync", *with_agencies, "--yes"], show=8)
    stage.say("Chạy lần hai: không còn gì để làm", "The second run: nothing to do")
    stage.run(["provision", "sync", *with_agencies, "--yes"])

    stage.say(
        "Tháng sau: người mới, chuyển đơn vị, cải chính hộ tịch (đổi họ tên), nghỉ hưu",
        "A month later: joiners, movers, a changed name (after a marriage or a correction of the civil register), "
        "leavers",
    )
    later = change_roster(province, joiners=12, movers=6, renames=1, leavers=5)
    month, plan_file = folder / "danh-sach-thang-sau.csv", folder / "thang-sau.plan"
    write_roster(later, month, THREE_ENCODINGS)
    planned = stage.run(
        ["provision", "plan", month, "--agencies", agencies, "--out", plan_file, "--json"], expected=3, quiet=True
    )
    changes = json.loads(planned.stdout)["changes"]
    renamed = next(change for change in changes if change["action"] == "rename")
    stage.say("Trước khi đổi tên", "Before the rename")
    _search(stage, state, renamed["dn"])
    stage.run(["provision", "sync", plan_file, "--yes"], show=20)
    stage.say("Sau khi đổi tên: địa chỉ cũ thành bí danh", "After the rename: the old address is an alias")
    _search(stage, state, renamed["dn"])
    stage.run(["provision", "show", renamed["employee_id"]])

    stage.say("Danh sách bị cắt cụt: từ chối trước khi ghi", "A truncated roster: refused before anything is written")
    short = folder / "danh-sach-cut.csv"
    write_roster(change_roster(later, truncate=0.3), short, THREE_ENCODINGS)
    stage.run(["provision", "sync", short, "--agencies", agencies, "--yes"], expected=4, show=5)
    stage.run(["provision", "audit"], show=20)
    _where_to_look(stage, state, renamed)


def _search(stage: Stage, state: dict[str, Any], dn: str) -> None:
    """What any LDAP client sees."""
    directory = state["directory"]
    arguments = [
        "ldapsearch",
        "-x",
        "-LLL",
        "-o",
        "ldif-wrap=no",
        "-H",
        directory["url"],
        "-D",
        directory["service_dn"],
    ]
    arguments += ["-y", directory["service_password_file"], "-b", dn, "-s", "base", "cn", "mail", "mailLocalAddress"]
    click.echo(click.style("$ " + " ".join(arguments), fg="cyan"))
    found = subprocess.run(arguments, capture_output=True, text=True, check=False)
    for line in (found.stdout or found.stderr).splitlines():
        click.echo(f"  {line}")


def _where_to_look(stage: Stage, state: dict[str, Any], renamed: dict[str, Any]) -> None:
    stage.say("Xem tiếp ở đâu", "Where to look")
    config = state["config"]
    programs = Path(sys.executable).parent
    for line in (
        *([] if shutil.which("provision") else [f'export PATH="{programs}:$PATH"']),
        f"export CONGVU_CONFIG={config}",
        f"provision show {renamed['employee_id']}",
        f"provision show {renamed['address']}",
        "provision audit",
        "congvu doctor",
        f"congvu sandbox status --dir {stage.folder / 'province'}",
        f"congvu sandbox down --dir {stage.folder / 'province'}",
    ):
        click.echo(f"  {line}")
    click.echo("  docs/how-it-works.md, docs/configuration.md")

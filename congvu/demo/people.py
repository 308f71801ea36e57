"""The first half of the story: a roster becomes accounts, changes month by month, and is refused when it is wrong."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, cast

import click

from congvu.demo.stage import Stage

PEOPLE = 1000
RANDOM_SEED = 2026


def play_people(stage: Stage, state: dict[str, Any]) -> dict[str, Any]:
    """From a roster to accounts, a month of changes, and what is refused. Returns the change of the renamed person."""
    from provisioner.generate import (
        THREE_ENCODINGS,
        change_roster,
        generate,
        write_agencies,
        write_broken_roster,
        write_roster,
    )

    folder = stage.folder
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
    return cast("dict[str, Any]", renamed)


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

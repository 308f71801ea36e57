"""Whose sessions the script of deploy/dovecot ends, with a doveadm that plays the cases a real one rarely gives."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from foundation.resources import deploy_folder

DOVEADM = """#!/bin/sh
shift 2
case "$1 $2 $3" in
"-f flow who")
    echo "username=uactive proto=imap pid=1 ip=10.0.0.1"
    echo "username=ususpended proto=imap pid=2 ip=10.0.0.2"
    echo "username=ususpended proto=imap pid=3 ip=10.0.0.2"
    echo "username=ugone proto=imap pid=4 ip=10.0.0.3"
    echo "username=ureceives proto=lmtp pid=5 ip="
    ;;
"user -f congvu_state")
    [ -e "$HERE/down" ] && exit 75
    shift 3
    code=0
    for person in "$@"; do
        case $person in
        uactive) echo "uactive active" ;;
        ugone) echo; echo "userdb lookup: user ugone doesn't exist" >&2; code=67 ;;
        *) echo "$person suspended" ;;
        esac
    done
    exit $code
    ;;
"kick "*) echo "$2" >> "$HERE/kicked" ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    program = tmp_path / "doveadm"
    program.write_text(DOVEADM)
    program.chmod(0o755)
    return tmp_path


def run(folder: Path) -> tuple[int, list[str]]:
    done = subprocess.run(
        [deploy_folder() / "dovecot" / "end-suspended-sessions"],
        env={"PATH": f"{folder}:{os.environ['PATH']}", "HERE": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    kicked = folder / "kicked"
    return done.returncode, kicked.read_text().split() if kicked.exists() else []


def test_only_who_may_not_log_in_any_more_is_shut_out(folder: Path) -> None:
    assert run(folder) == (0, ["ugone", "ususpended"])


def test_a_directory_that_is_down_shuts_out_nobody(folder: Path) -> None:
    (folder / "down").touch()
    assert run(folder) == (75, [])

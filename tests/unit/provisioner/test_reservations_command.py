"""`provision reservations export`: what it may write over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from foundation.errors import UsageError
from provisioner import reservations as register
from provisioner.commands.reservations import refuse_to_overwrite


def test_an_export_replaces_an_export_and_nothing_else(tmp_path: Path) -> None:
    earlier, roster = tmp_path / "register.txt", tmp_path / "roster.csv"
    earlier.write_text("".join(f"{line}\n" for line in register.export_lines([], "Tỉnh")), encoding="utf-8")
    roster.write_text("Mã CBCC,Họ tên\n", encoding="utf-8")
    (tmp_path / "link").symlink_to(roster)
    os.mkfifo(tmp_path / "pipe")
    refuse_to_overwrite(earlier)
    refuse_to_overwrite(tmp_path / "new.txt")
    for name in ("roster.csv", "link", "pipe", "."):
        with pytest.raises(UsageError) as caught:
            refuse_to_overwrite(tmp_path / name)
        assert caught.value.hint is not None

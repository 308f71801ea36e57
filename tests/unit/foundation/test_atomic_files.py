"""A file is there whole or not at all, with the mode that was asked for."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from foundation import atomic_files


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_private_unless_said_otherwise(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        atomic_files.write(tmp_path / "key", b"secret")
        atomic_files.write(tmp_path / "page", b"public", mode=0o644)
    finally:
        os.umask(before)
    assert (tmp_path / "key").read_bytes() == b"secret"
    assert mode_of(tmp_path / "key") == 0o600
    assert mode_of(tmp_path / "page") == 0o644


def test_replacing_keeps_the_old_content_when_the_block_raises(tmp_path: Path) -> None:
    path = tmp_path / "plan"
    path.write_bytes(b"old")

    def write_half() -> None:
        with atomic_files.replacing(path) as file:
            file.write(b"half of the new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan"]


def test_replacing_puts_the_new_content_in_place(tmp_path: Path) -> None:
    path = tmp_path / "plan"
    path.write_bytes(b"old")
    with atomic_files.replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan"]


def test_create_refuses_an_existing_file_and_leaves_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    atomic_files.create(path, b"first")
    with pytest.raises(FileExistsError):
        atomic_files.create(path, b"second")
    assert path.read_bytes() == b"first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["key"]


def test_a_symbolic_link_is_replaced_and_its_target_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"kept")
    (tmp_path / "link").symlink_to(target)
    atomic_files.write(tmp_path / "link", b"own file")
    assert target.read_bytes() == b"kept"
    assert not (tmp_path / "link").is_symlink()


def test_a_missing_folder_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        atomic_files.write(tmp_path / "nowhere" / "file", b"")

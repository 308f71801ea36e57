"""A real file system that is small, mounted for one block of a test and unmounted whatever happens (needs root)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SmallDisk:
    """`folder` lies on it. `fill` leaves no byte, `make_room` gives everything back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Take all room there is, to the last block."""
        piece = 16 << 20
        with self._ballast.open("ab") as ballast:
            while piece >= 4096:
                try:
                    os.posix_fallocate(ballast.fileno(), os.fstat(ballast.fileno()).st_size, piece)
                except OSError:  # others write here too, so what was free a moment ago proves nothing
                    piece //= 2

    def make_room(self) -> None:
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(parent: Path, mebibytes: int, kind: str = "tmpfs") -> Iterator[SmallDisk]:
    """A file system of this size: in memory (`tmpfs`), or `ext4` in a file."""
    folder = parent / "disk"
    folder.mkdir()
    if kind == "tmpfs":
        _run("mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0755", "tmpfs", folder)
    else:
        image = parent / "disk.img"
        with image.open("wb") as file:
            file.truncate(mebibytes << 20)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", image)
        _run("mount", "-o", "loop", image, folder)
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", "--lazy", folder)


def _run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True)

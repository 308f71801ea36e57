"""A real file system that is small, mounted for one block of a test and unmounted whatever happens.

It needs the right to mount: root, or sudo without a password, as script/test itself does.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MAKE_EXT4 = Path("/usr/sbin/mkfs.ext4")


def as_root() -> list[str]:
    """The words before a command that only root may give."""
    return [] if os.getuid() == 0 else ["sudo", "-n"]


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
    """A file system of this size: in memory (`tmpfs`), or `ext4` in a file (without loop devices: in memory)."""
    folder = parent / "disk"
    folder.mkdir()
    if kind == "tmpfs" or not _mount_image(parent / "disk.img", mebibytes, folder):
        _run("mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0755", "tmpfs", folder).check_returncode()
    try:
        _run("chown", f"{os.getuid()}:{os.getgid()}", folder).check_returncode()
        yield SmallDisk(folder)
    finally:
        _run("umount", "--lazy", folder).check_returncode()


def _mount_image(image: Path, mebibytes: int, folder: Path) -> bool:
    if not _MAKE_EXT4.exists():
        return False
    with image.open("wb") as file:
        file.truncate(mebibytes << 20)
    _run(_MAKE_EXT4, "-q", "-F", "-m", "0", image).check_returncode()
    return _run("mount", "-o", "loop", image, folder).returncode == 0


def _run(*words: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*as_root(), *(str(word) for word in words)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )

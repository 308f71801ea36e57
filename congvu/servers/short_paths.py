"""Names for Unix sockets that a socket address can hold, however deep the folder lies in which they are.

A link in a short private folder of the system's temporary one leads to the folder of the socket; whoever made it
removes it. A path that is short enough stays what it is, and then nothing is made.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

LONGEST_SOCKET_PATH_BYTES: Final = 107
"""sun_path of unix(7) holds 108 bytes, the last of them a NUL."""


class ShortPaths:
    """The short names of one owner. `folder` is where an earlier one left its links, if any."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def shorten(self, path: Path) -> Path:
        """The socket by a path that fits. The folder of the socket must not change its place afterwards."""
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH_BYTES:
            return path
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="congvu-"))
        return self._link_to(self.folder, path.parent) / path.name

    def _link_to(self, folder: Path, place: Path) -> Path:
        links = sorted(folder.iterdir())
        for link in links:
            if link.readlink() == place:
                return link
        made = folder / str(len(links))
        made.symlink_to(place)
        return made

    def remove(self) -> None:
        """Remove the links; the sockets themselves stay."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

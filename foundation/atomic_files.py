"""Writes files that are there whole or not at all, whatever happens to the process or the power.

The order is always the same: write a temporary file in the same folder, fsync it, give it its name, fsync the folder.
When a function returns, the file survives a power failure; when it raises, the old content (or no file) stands and no
temporary file is left, except after kill -9, where a `.NAME.xxxxxxxx.tmp` may remain and may be deleted.

It promises nothing about two writers of one name: the later one wins in `replacing` and `write`, the earlier one in
`create`. A symbolic link is replaced, not followed. Errors are plain OSError: the caller knows what the file is for.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PRIVATE_MODE = 0o600  # what we write is keys, plans and personal data unless the caller says otherwise


def write(path: Path, content: bytes, mode: int = PRIVATE_MODE) -> None:
    """Put `content` at `path`, replacing what was there; the file gets exactly `mode`, whatever the umask."""
    with replacing(path, mode) as file:
        file.write(content)


def create(path: Path, content: bytes, mode: int = PRIVATE_MODE) -> None:
    """Put `content` at `path`, which must not exist yet: raises FileExistsError and changes nothing if it does."""
    with _temporary(path, mode, os.link) as file:
        file.write(content)


@contextmanager
def replacing(path: Path, mode: int = PRIVATE_MODE) -> Iterator[BinaryIO]:
    """An open binary file that takes the place of `path` when the block ends, and vanishes when the block raises."""
    with _temporary(path, mode, os.replace) as file:
        yield file


def fsync_folder(folder: Path) -> None:
    """Make the names in `folder` durable: a rename or a creation is not, until this returns."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _temporary(path: Path, mode: int, publish: Callable[[Path, Path], None]) -> Iterator[BinaryIO]:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        publish(temporary, path)
        fsync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)

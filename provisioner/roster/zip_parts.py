"""The parts of a zipped workbook, unzipped as a stream within limits: a zip bomb ends here, before any library reads
it.

Sizes written in the archive are not believed: every part is unzipped once and counted.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from foundation.errors import InputError
from foundation.language import Text
from provisioner.roster import sizes
from provisioner.roster.tables import FileBytes, refuse

_CHUNK_BYTES: Final = 262_144

BOMB = Text("tệp nén bung ra quá lớn (zip bomb)", "the workbook unzips to far too much (a zip bomb)")
BROKEN = Text("tệp bảng tính hỏng: {error}", "broken workbook: {error}")
ENCRYPTED = Text("bảng tính đặt mật khẩu", "the workbook is protected by a password")
SAVE_AGAIN = Text(
    "mở bằng Excel hoặc LibreOffice rồi lưu lại thành .xlsx hoặc CSV UTF-8",
    "open it in Excel or LibreOffice and save it again as .xlsx or as CSV UTF-8",
)
NO_PASSWORD = Text("bỏ mật khẩu rồi lưu lại", "save it again without a password")


class ZipParts:
    """The parts of one archive by name. Opening reads every part once to count it; raises InputError."""

    def __init__(self, file: FileBytes) -> None:
        self._file = file
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(file.content))
            parts = self._archive.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise self.broken(error) from None
        if len(parts) > sizes.ZIP_PARTS:
            raise refuse(file.name, BOMB, SAVE_AGAIN)
        if any(part.flag_bits & 1 for part in parts):
            raise refuse(file.name, ENCRYPTED, NO_PASSWORD)
        self.names = frozenset(part.filename for part in parts)
        total = 0
        for part in parts:
            size = 0
            for chunk in self._chunks(part):
                size += len(chunk)
                too_dense = size > sizes.INFLATE_GRACE_BYTES and size > sizes.INFLATE_RATIO * max(1, part.compress_size)
                if too_dense or total + size > sizes.UNZIPPED_BYTES:
                    raise refuse(file.name, BOMB, SAVE_AGAIN, value=part.filename)
            total += size

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a part, in chunks; nothing when there is no such part. Raises InputError."""
        if name in self.names:
            yield from self._chunks(self._archive.getinfo(name))

    def read(self, name: str) -> bytes:
        """A small part as a whole."""
        return b"".join(self.chunks(name))

    def broken(self, error: object) -> InputError:
        """The error for an archive or a part that cannot be read."""
        return refuse(self._file.name, BROKEN.format(error=str(error)[:200]), SAVE_AGAIN)

    def _chunks(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self._archive.open(part) as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    yield chunk
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            ValueError,
            NotImplementedError,
            OSError,
            RuntimeError,
        ) as error:
            raise self.broken(error) from None

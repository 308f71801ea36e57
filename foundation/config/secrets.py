"""A secret in the configuration is where to find it, never the value itself.

`{file = "..."}`, `{env = "..."}` or `{credential = "..."}` (systemd LoadCredential=). It is read when it is used, so a
configuration loads on a machine that holds none of the secrets. A secret file that other users can read is refused.
Nothing here shows or logs a value; `describe` names the place only.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from foundation.errors import ConfigError
from foundation.language import Text
from foundation.system_errors import reason_of

SecretKind = Literal["file", "env", "credential"]
LARGEST_SECRET_BYTES = 1 << 20
"""systemd's own bound for one credential (systemd.exec(5), LoadCredential=)."""


@dataclass(frozen=True, slots=True)
class Secret:
    """The place of one secret; `place` is a path, the name of a variable or the name of a credential."""

    kind: SecretKind
    place: str

    def describe(self) -> str:
        """The place as the configuration writes it; safe to show."""
        return f'{{ {self.kind} = "{self.place}" }}'

    @property
    def path(self) -> Path | None:
        """The file that holds the secret, if it is one; a credential has a path only inside its systemd unit."""
        if self.kind == "file":
            return Path(self.place)
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        return Path(folder) / self.place if self.kind == "credential" and folder else None

    def read(self) -> str:
        """The secret as text without the line end that editors add. Raises ConfigError with the next step."""
        try:
            text = self.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._refused("không phải văn bản UTF-8", "is not UTF-8 text") from error
        return text.removesuffix("\n").removesuffix("\r")

    def read_bytes(self) -> bytes:
        """The secret, byte for byte. Raises ConfigError with the next step."""
        if self.kind == "env":
            return self._from_environment()
        path = self.path
        if path is None:
            raise self._refused(
                "chỉ có khi chạy dưới systemd với LoadCredential=",
                "exists only under systemd with LoadCredential=",
                Text(
                    "thêm LoadCredential={name}:ĐƯỜNG_DẪN vào unit, hoặc dùng file = ...",
                    "add LoadCredential={name}:PATH to the unit, or use file = ...",
                ).format(name=self.place),
            )
        return self._from_file(path)

    def _from_environment(self) -> bytes:
        value = os.environ.get(self.place, "")
        if not value:
            raise self._refused("biến môi trường chưa đặt hoặc rỗng", "the variable is not set or empty")
        return os.fsencode(value)

    def _from_file(self, path: Path) -> bytes:
        try:
            with path.open("rb") as stream:
                self._require_private(os.fstat(stream.fileno()), path)
                content = stream.read(LARGEST_SECRET_BYTES + 1)
        except OSError as error:
            reason = reason_of(error)
            raise self._refused(f"không đọc được ({reason.vi})", f"cannot be read ({reason.en})") from error
        if not content.strip():
            raise self._refused("rỗng", "is empty")
        if len(content) > LARGEST_SECRET_BYTES:
            raise self._refused("lớn hơn 1 MiB", "is larger than 1 MiB")
        return content

    def _require_private(self, status: os.stat_result, path: Path) -> None:
        # systemd grants a credential to the unit's user by an ACL, whose mask shows as group bits: it is its own judge.
        if self.kind == "file" and status.st_mode & 0o077:
            raise self._refused(
                f"người dùng khác đọc được (quyền {stat.S_IMODE(status.st_mode):04o})",
                f"can be read by other users (mode {stat.S_IMODE(status.st_mode):04o})",
                Text(f"chạy: chmod 600 {path}", f"run: chmod 600 {path}"),
            )

    def _refused(self, vi: str, en: str, hint: Text | None = None) -> ConfigError:
        return ConfigError(Text(f"bí mật {self.describe()} {vi}", f"the secret {self.describe()} {en}"), hint)

"""Where the configuration file is: the order that docs/configuration.md promises, and nothing else.

`--config FILE`, then `$CONGVU_CONFIG`, then `./config.toml` unless run as root (root must not take orders from whatever
folder it stands in), then `/etc/congvu/config.toml`. A file that was named and is missing is wrong use (exit 2); a
search that finds nothing, or a file that we may not read, is bad configuration (exit 78).
"""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISREG

from foundation.errors import ConfigError, UsageError
from foundation.language import Text

SYSTEM_FILE = Path("/etc/congvu/config.toml")
VARIABLE = "CONGVU_CONFIG"


def find_config(named: Path | None = None) -> Path:
    """The absolute path of the configuration file. Raises UsageError (named but missing) or ConfigError (none)."""
    if named is not None:
        return _existing(named, "--config")
    if os.environ.get(VARIABLE):
        return _existing(Path(os.environ[VARIABLE]), f"${VARIABLE}")
    candidates = _unnamed_candidates()
    for candidate in candidates:
        if _is_file(candidate):
            return candidate.absolute()
    raise ConfigError(
        Text("không tìm thấy tệp cấu hình", "no configuration file found"),
        Text(
            "đã tìm ở: {places}; chép config.example.toml tới một trong các nơi ấy, hoặc chỉ rõ bằng --config TỆP",
            "looked at: {places}; copy config.example.toml to one of these, or name a file with --config FILE",
        ).format(places=", ".join(str(candidate) for candidate in candidates)),
    )


def _unnamed_candidates() -> list[Path]:
    here = [] if os.geteuid() == 0 else [Path("config.toml")]
    return [*here, SYSTEM_FILE]


def _existing(path: Path, origin: str) -> Path:
    if _is_file(path):
        return path.absolute()
    raise UsageError(
        Text("không có tệp cấu hình {path} (theo {origin})", "no configuration file {path} (named by {origin})").format(
            path=path, origin=origin
        ),
        Text("kiểm tra lại đường dẫn", "check the path"),
    )


def _is_file(path: Path) -> bool:
    """Whether a regular file is there. Raises ConfigError when its folder does not let us look."""
    try:
        return S_ISREG(path.stat().st_mode)
    except PermissionError as error:
        raise not_allowed(path) from error
    except (OSError, ValueError):
        return False


def not_allowed(path: Path) -> ConfigError:
    """The configuration is there, or may be, and this account may not read it."""
    return ConfigError(
        Text("không có quyền đọc tệp cấu hình {path}", "no permission to read the configuration {path}").format(
            path=path
        ),
        Text(
            "chạy bằng tài khoản của dịch vụ, hoặc cho nhóm của tài khoản này quyền đọc (chmod 640, chgrp)",
            "run as the service's account, or let a group of this account read it (chmod 640, chgrp)",
        ),
    )

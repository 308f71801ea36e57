"""What stays the same from run to run of a sandbox."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path

from congvu import sandbox_settings
from congvu.sandbox_settings import NAMES, choose_settings, forget_short_folder, read_settings
from congvu.servers.short_paths import LONGEST_SOCKET_PATH_BYTES, ShortPaths


def deep(folder: Path) -> Path:
    return folder / ("x" * LONGEST_SOCKET_PATH_BYTES) / "socket"


def test_ports_are_kept_and_all_different(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    first = choose_settings(path, ())
    assert len(set(astuple(first.ports))) == len(NAMES)
    assert choose_settings(path, ()) == first
    assert read_settings(path) == first


def test_a_port_that_is_taken_is_replaced_and_the_others_stay(tmp_path: Path, monkeypatch: object) -> None:
    path = tmp_path / "settings.json"
    before = choose_settings(path, ()).ports
    allowed = sandbox_settings.can_listen

    def can_listen(host: str, port: int) -> bool:
        return port != before.imap and allowed(host, port)

    monkeypatch.setattr(sandbox_settings, "can_listen", can_listen)  # type: ignore[attr-defined]
    after = choose_settings(path, ()).ports
    changed = [name for name in NAMES if getattr(before, name) != getattr(after, name)]
    assert changed == ["imap"]


def test_settings_of_another_version_are_made_again(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"ldap_port": 389, "ldaps_port": 636, "has_ipv6": True}))
    assert read_settings(path) is None
    assert read_settings(tmp_path / "none") is None
    choose_settings(path, ())
    assert read_settings(path) is not None


def test_a_long_path_gets_a_short_name_until_the_run_is_over(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    settings = choose_settings(path, (deep(tmp_path),))
    assert settings.short_folder is not None
    assert settings.short_folder.stat().st_mode & 0o777 == 0o700
    short = settings.short_paths.shorten(deep(tmp_path))
    assert len(str(short)) <= LONGEST_SOCKET_PATH_BYTES
    deep(tmp_path).parent.mkdir(parents=True)
    short.touch()
    assert deep(tmp_path).exists()
    forget_short_folder(path)
    assert not settings.short_folder.exists()
    assert deep(tmp_path).exists()
    left = read_settings(path)
    assert left is not None
    assert (left.ports, left.short_folder) == (settings.ports, None)


def test_a_short_path_stays_what_it_is() -> None:
    paths = ShortPaths()
    assert paths.shorten(Path("/run/x")) == Path("/run/x")
    assert paths.folder is None
    paths.remove()

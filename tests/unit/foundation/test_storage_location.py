"""The storage URL: where the database is, and never a password in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.errors import ConfigError
from foundation.storage.location import PostgresLocation, SqliteLocation, check_tool_name, parse_url


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("sqlite:///var/lib/congvu", "/var/lib/congvu"),
        ("sqlite:////var/lib/congvu", "/var/lib/congvu"),
        ("sqlite:/var/lib/congvu", "/var/lib/congvu"),
        ("sqlite:data", "data"),
        ("sqlite:data/more", "data/more"),
        ("sqlite://./data", "data"),
        ("sqlite://../data", "../data"),
        ("sqlite:///srv/Công vụ 100%", "/srv/Công vụ 100%"),
    ],
)
def test_sqlite_means_a_folder(url: str, folder: str) -> None:
    location = parse_url(url)
    assert isinstance(location, SqliteLocation)
    assert location.folder == Path(folder)
    assert location.file("mailrelay") == Path(folder) / "mailrelay.sqlite3"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://congvu@db.tinh.test/congvu", "postgresql://congvu@db.tinh.test/congvu"),
        ("postgres://db.tinh.test:5433/congvu?sslmode=verify-full", "postgresql://db.tinh.test:5433/congvu"),
        ("postgresql://a@one.test:5432,two.test:5433/congvu", "postgresql://a@one.test:5432,two.test:5433/congvu"),
        ("postgresql:///congvu?host=/run/postgresql", "postgresql:///congvu"),
    ],
)
def test_postgresql_is_shown_without_its_parameters(url: str, shown: str) -> None:
    location = parse_url(url)
    assert isinstance(location, PostgresLocation)
    assert location.shown == shown


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://congvu:S3cret@db.tinh.test/congvu",
        "postgresql://congvu@db.tinh.test/congvu?password=S3cret",
        "postgresql://congvu@db.tinh.test/congvu?sslpassword=S3cret",
    ],
)
def test_a_password_in_the_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_url(url)
    told = caught.value.message + (caught.value.hint or ())
    assert not any("S3cret" in text for text in told)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite:",
        "sqlite://",
        "sqlite://host/data",
        "sqlite:///a?b=c",
        "mysql://host/db",
        "/var/lib",
        "postgresql://[bad",
    ],
)
def test_another_url_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigError):
        parse_url(url)


@pytest.mark.parametrize("tool", ["", "Relay", "a b", "../etc", "x" * 40, "1st", 'a"b'])
def test_a_tool_name_is_plain(tool: str) -> None:
    with pytest.raises(ValueError):
        check_tool_name(tool)

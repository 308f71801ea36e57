"""Fresh databases of both kinds for the tests, and the fixtures that every contract about storage runs on."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from foundation.storage import Database, open_database
from tests.support.postgres_server import PostgresServer

Open = Callable[..., Database]


class Place(NamedTuple):
    """A storage URL, and what to append to a tool's name so that it is this test's alone."""

    url: str
    suffix: str


MIGRATIONS = Path(__file__).parent / "migrations"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty place: a folder, or a PostgreSQL database."""
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}/data"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.url(server.create_database())


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Somewhere on each kind of database where no other test stores anything; quicker than `database_url`."""
    if request.param == "sqlite":
        return Place(f"sqlite://{tmp_path}/data", "")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return Place(server.url(), f"_{secrets.token_hex(4)}")


@pytest.fixture
def open_tool(place: Place) -> Iterator[Open]:
    """Opens databases at `place` and closes them after the test."""
    opened: list[Database] = []

    def open_one(tool: str = "trial", migrations: object = MIGRATIONS, **options: object) -> Database:
        database = open_database(place.url, tool + place.suffix, migrations, **options)  # type: ignore[arg-type]
        opened.append(database)
        return database

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def database(open_tool: Open) -> Database:
    """An open database with the table `item` of `tests/support/migrations`."""
    return open_tool()

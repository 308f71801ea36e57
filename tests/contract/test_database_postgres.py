"""What is particular to PostgreSQL: connections that break, passwords, rights, schemas."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from pathlib import Path

import psycopg
import pytest

from foundation.errors import StorageError
from foundation.storage import Database, TemporaryFailure, Transaction, open_database, pending_migrations
from tests.contract.test_database import ADD, adding, in_one_group, names
from tests.support.databases import MIGRATIONS
from tests.support.postgres_server import PostgresServer

TERMINATE = "SELECT pg_terminate_backend(pg_backend_pid())"


@pytest.fixture
def name(postgres_server: PostgresServer) -> str:
    return postgres_server.create_database()


@pytest.fixture
def database(postgres_server: PostgresServer, name: str) -> Iterator[Database]:
    with open_database(postgres_server.url(name), "trial", MIGRATIONS) as database:
        yield database


def dying(transaction: Transaction) -> None:
    transaction.execute(ADD, ("on a dying connection", 1))
    transaction.execute(TERMINATE)


def test_a_connection_lost_in_a_unit_fails_its_group_and_the_next_one_reconnects(database: Database) -> None:
    futures = in_one_group(database, adding("before"), dying, adding("after"))
    wait(futures, 30)
    for future in futures:
        error = future.exception(0)
        assert isinstance(error, TemporaryFailure)
        assert not error.may_be_stored
    database.run(adding("on a new connection"))
    assert names(database) == ["on a new connection"]


def test_a_connection_lost_during_the_commit_says_that_nobody_knows(
    database: Database, postgres_server: PostgresServer, name: str
) -> None:
    postgres_server.execute(
        f"""CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
              $$BEGIN PERFORM 1 FROM ({TERMINATE}) AS x; RETURN NULL; END$$;
            CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON trial.item DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION die()""",
        name,
    )
    with pytest.raises(TemporaryFailure) as caught:
        database.run(adding("who knows"))
    assert caught.value.may_be_stored


def test_a_commit_that_the_server_refuses_fails_the_group(
    database: Database, postgres_server: PostgresServer, name: str
) -> None:
    postgres_server.execute(
        """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$BEGIN
                 IF NEW.amount = 13 THEN RAISE EXCEPTION 'disk full' USING ERRCODE = 'disk_full'; END IF;
                 RETURN NULL;
               END$$;
           CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON trial.item DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW EXECUTE FUNCTION refuse()""",
        name,
    )
    futures = in_one_group(database, adding("one"), adding("two", 13))
    for future in futures:
        assert isinstance(future.exception(30), TemporaryFailure)
    database.run(adding("three"))
    assert names(database) == ["three"]


def test_a_server_that_restarted_between_two_units_is_not_noticed(
    database: Database, postgres_server: PostgresServer
) -> None:
    database.run(adding("before"))
    assert names(database) == ["before"]
    postgres_server.stop(signal.SIGINT)
    postgres_server.start()
    database.run(adding("after"))
    assert names(database) == ["after", "before"]


def test_a_server_that_is_away_is_a_temporary_failure(database: Database, postgres_server: PostgresServer) -> None:
    postgres_server.stop()
    try:
        for attempt in (lambda: database.run(adding("nowhere")), lambda: names(database)):
            with pytest.raises(TemporaryFailure):
                attempt()
    finally:
        postgres_server.start()
    database.run(adding("again"))
    assert names(database) == ["again"]


def test_a_lock_is_lost_with_its_connection_and_says_so(
    database: Database, postgres_server: PostgresServer, name: str
) -> None:
    with database.lock("sync") as held:
        held.check()
        postgres_server.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON oid = database
               WHERE locktype = 'advisory' AND datname = current_database()""",
            name,
        )
        with pytest.raises(TemporaryFailure):
            held.check()


def test_the_password_is_given_apart(postgres_server: PostgresServer, name: str) -> None:
    url = postgres_server.loopback_url(name)
    with open_database(url, "trial", MIGRATIONS, password=postgres_server.password) as database:
        database.run(adding("one"))
        assert postgres_server.password not in database.description


def test_a_wrong_password_is_explained_without_repeating_it(postgres_server: PostgresServer, name: str) -> None:
    with pytest.raises(TemporaryFailure) as caught:
        open_database(postgres_server.loopback_url(name), "trial", MIGRATIONS, password="Wr0ng-S3cret")
    assert "Wr0ng" not in str(caught.value.message) + str(caught.value.hint)
    assert caught.value.hint is not None


def test_a_password_file_serves(
    postgres_server: PostgresServer, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passfile = tmp_path / "pgpass"
    passfile.write_text(f"127.0.0.1:*:*:*:{postgres_server.password}\n")
    passfile.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passfile))
    open_database(postgres_server.loopback_url(name), "trial", MIGRATIONS).close()


def test_an_account_without_the_right_to_create_a_schema_is_told_what_to_ask_for(
    postgres_server: PostgresServer, name: str
) -> None:
    role = f"role_{name}"
    postgres_server.execute(f"CREATE ROLE {role} LOGIN")
    url = postgres_server.url(name).replace("congvu@", f"{role}@", 1)
    assert pending_migrations(url, "trial", MIGRATIONS) == ["migrations 0001_items"]
    with pytest.raises(StorageError) as caught:
        open_database(url, "trial", MIGRATIONS)
    assert caught.value.hint is not None
    assert f'CREATE SCHEMA "trial" AUTHORIZATION "{role}"' in caught.value.hint.vi
    postgres_server.execute(f'CREATE SCHEMA "trial" AUTHORIZATION "{role}"', name)
    with open_database(url, "trial", MIGRATIONS) as database:
        database.run(adding("one"))


def test_a_database_that_cannot_hold_vietnamese_is_refused(postgres_server: PostgresServer) -> None:
    name = postgres_server.create_database("ENCODING 'SQL_ASCII' TEMPLATE template0")
    with pytest.raises(StorageError, match="UTF8"):
        open_database(postgres_server.url(name), "trial", MIGRATIONS)


def test_a_server_elsewhere_is_verified_unless_the_url_says_otherwise() -> None:
    from foundation.storage.location import PostgresLocation
    from foundation.storage.postgres_connection import Place

    def mode(url: str) -> object:
        return Place(PostgresLocation(url), "trial", None)._parameters.get("sslmode")

    assert mode("postgresql://db.tinh.test/congvu") == "verify-full"
    assert mode("postgresql://localhost,db.tinh.test/congvu") == "verify-full"
    assert mode("postgresql://db.tinh.test/congvu?sslmode=require") == "require"
    assert mode("postgresql://127.0.0.1/congvu") is None
    assert mode("postgresql:///congvu") is None


def test_a_commit_answered_is_a_commit_kept_whatever_the_role_prefers(
    postgres_server: PostgresServer, name: str
) -> None:
    postgres_server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    show: Callable[[Transaction], object] = lambda transaction: transaction.execute("SHOW synchronous_commit")  # noqa: E731
    with open_database(postgres_server.url(name), "trial", MIGRATIONS) as database:
        assert database.run(show) == [("on",)]


def test_a_statement_that_runs_too_long_is_a_temporary_failure(database: Database) -> None:
    def slow(transaction: Transaction) -> None:
        transaction.execute("SELECT set_config('statement_timeout', '20ms', true)")
        transaction.execute("SELECT pg_sleep(20)")

    futures = in_one_group(database, adding("neighbour"), slow)
    assert futures[0].exception(30) is None
    assert isinstance(futures[1].exception(30), TemporaryFailure)


def test_text_with_a_zero_byte_is_refused(database: Database) -> None:
    with pytest.raises(StorageError):
        database.run(adding("zero \0 byte"))


def test_the_server_sees_who_we_are(database: Database, postgres_server: PostgresServer, name: str) -> None:
    database.run(adding("one"))
    with psycopg.connect(postgres_server.url(name)) as connection:
        rows = connection.execute(
            """SELECT application_name FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        ).fetchall()
    assert all(row[0].startswith("trial pid ") for row in rows)
    assert rows

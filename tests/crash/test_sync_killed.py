"""`provision sync` may be killed at any moment; running it again converges (a promise of the README).

The kill comes from outside and at points that the seed chooses: as soon as the database file is there, once so many
intents or outcomes are stored, once so many entries or changed entries stand in the directory. Afterwards everything is
compared with the plan that was made before the first write: each person exactly one mailbox with exactly the values
planned, each change exactly one record in a dense journal, nothing open, nothing left to do.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import apsw
import pytest

from foundation import journal
from foundation.storage import Transaction
from provisioner.ldap_writer import WINDOW
from tests.support.journal_checks import check_journal
from tests.support.postgres_server import PostgresServer
from tests.support.province import SXD, VPUB, Conversation, Official, Province, alike, officials, wait_for
from tests.support.trouble import EditableSlapd

PEOPLE = 240
"""Enough for three chunks of requests, few enough to be deleted one by one before the next test."""

GONE = ("--force", "suspend", "--force", "list", "--reason", "Sắp xếp lại đơn vị")


class Watch:
    """How far a sync has come, seen from outside."""

    def __init__(self, province: Province, count_rows: Callable[[str], int]) -> None:
        self._count_rows = count_rows
        self._admin = province.slapd.admin_connection()
        self._base = province.slapd.base

    def entries(self, condition: str = "(objectClass=congvuPerson)") -> int:
        self._admin.search(f"ou=people,{self._base}", condition, attributes=["1.1"])
        return len(self._admin.response or ())

    def reached(self, what: str, count: int) -> bool:
        """Whether this many of `what` are there: database, intents, outcomes, entries, suspended."""
        if what == "entries":
            return self.entries() >= count
        if what == "suspended":
            return self.entries("(congvuState=suspended)") >= count
        condition = {"intents": "", "outcomes": " WHERE outcome IS NOT NULL", "database": ""}[what]
        return self._count_rows(f"SELECT count(*) FROM change{condition}") >= count  # noqa: S608

    def close(self) -> None:
        self._admin.unbind()


def sqlite_counter(province: Province) -> Callable[[str], int]:
    """Counts rows of the province's SQLite file; -1 while there is none, or no such table yet."""
    file = province.folder / "data" / "provisioner.sqlite3"

    def count(statement: str) -> int:
        if not file.exists():
            return -1
        try:
            connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
        except apsw.Error:
            return -1
        try:
            return int(connection.execute(statement).fetchall()[0][0])
        except apsw.Error:
            return -1
        finally:
            connection.close()

    return count


def connections_to(url: str) -> int:
    """How many clients are connected to a port of 127.0.0.1 (proc(5): state 01 is ESTABLISHED)."""
    server = f"0100007F:{urlsplit(url).port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(1 for line in lines if line.split()[2] == server and line.split()[3] == "01")


def run_until(child: subprocess.Popen[str], reached: Callable[[], bool], strike: Callable[[], None]) -> bool:
    """Strike once `reached`, unless the child ended before; waits for its end and says whether it was struck."""
    wait_for(lambda: child.poll() is not None or reached(), "neither reached nor ended")
    struck = child.poll() is None
    if struck:
        strike()
    child.wait(timeout=60)
    return struck


def struck_standing(
    child: subprocess.Popen[str], watch: Watch, first: int, last: int, strike: Callable[[], None]
) -> bool:
    """Stop the run once it has made `first` entries and strike at a server, unless it has made more than `last`.

    A run that has changes left to send cannot miss the blow; on a busy machine it may have been quicker than we are.
    """
    sure = False

    def stand_still() -> None:
        nonlocal sure
        child.send_signal(signal.SIGSTOP)
        sure = watch.entries() <= last
        if sure:
            strike()
        child.send_signal(signal.SIGCONT)

    return run_until(child, lambda: watch.entries() >= first, stand_still) and sure


def start_sync(province: Province, *arguments: Any) -> subprocess.Popen[str]:
    """A sync whose words go to a file: nobody reads a pipe while we watch."""
    with (province.folder / "sync.log").open("w") as log:
        return province.start("sync", "--yes", *arguments, stdout=log, stderr=log)


def killed_somewhere(province: Province, watch: Watch, chance: random.Random, what: list[str], *arguments: Any) -> str:
    """Start a sync and kill -9 it at a point of chance; returns the point, or "" when it had ended before."""
    point, count = chance.choice(what), chance.randrange(1, PEOPLE)
    if point == "database":
        count = 0
    elif point == "suspended":
        count = chance.randrange(1, 20)
    else:
        count += {
            "entries": watch.entries(),
            "intents": watch._count_rows("SELECT count(*) FROM change"),
            "outcomes": watch._count_rows("SELECT count(*) FROM change WHERE outcome IS NOT NULL"),
        }[point] // 2
    child = start_sync(province, *arguments)
    struck = run_until(child, lambda: watch.reached(point, count), child.kill)
    assert child.returncode in ((-signal.SIGKILL,) if struck else (0,)), child.returncode
    return f"{point} {count}" if struck else ""


# --- what must hold at the end ------------------------------------------------------------------------------------


def check_converged(province: Province, planned: list[dict[str, Any]], *arguments: Any) -> None:
    """Nothing left to do; every planned value stands there; one record per change; nothing open."""
    again = province.plan(*arguments)
    assert again.code == 0, again.stdout + again.stderr
    assert again.json["changes"] == []
    entries = {dn.lower(): values for dn, values in province.entries().items()}
    for change in planned:
        live = entries[change["dn"].lower()]
        wanted = change["after"]
        found = {name: live.get(name, []) for name in wanted}
        assert alike(found, wanted), change["dn"]
    numbers = Counter(values["employeeNumber"][0] for values in entries.values() if "employeeNumber" in values)
    assert set(numbers.values()) == {1}, "somebody has two mailboxes"
    addresses = Counter(address for values in entries.values() for address in values.get("mailLocalAddress", ()))
    assert set(addresses.values()) == {1}, "an address stands on two entries"
    assert province.run("audit", "--json").json["findings"] == []


def check_records(province: Province, planned: list[dict[str, Any]]) -> None:
    """Each planned change was done exactly once and has exactly one record; all runs are closed."""
    with province.database() as database:
        check_journal(database)

        def read(transaction: Transaction) -> tuple[Counter[str], Counter[str], list[Any]]:
            done = Counter(
                f"{kind}/{action} {dn}"
                for kind, action, dn in transaction.execute(
                    "SELECT kind, action, dn FROM change WHERE outcome = 'done'"
                )
            )
            recorded = Counter(
                f"{record.public['kind']}/{record.public['action']} {record.private['change'].value['dn']}"
                for record in journal.read_records(transaction, 0, 1_000_000)
                if "kind" in record.public
            )
            bad = transaction.execute(
                "SELECT run_id, dn, outcome, detail FROM change"
                " WHERE outcome IS NULL OR outcome = 'moved' OR (outcome = 'failed' AND detail NOT LIKE '%interrupted')"
            )
            bad += transaction.execute("SELECT id, state FROM run WHERE state NOT IN ('finished', 'interrupted')")
            return done, recorded, bad

        done, recorded, bad = database.read(read)
    assert bad == []
    assert recorded == done
    expected = {f"{change['kind']}/{change['action']} {change['dn']}" for change in planned}
    assert expected <= set(done)
    assert {done[change] for change in expected} == {1}


# --- killed by kill -9 --------------------------------------------------------------------------------------------


@pytest.fixture
def big_province(province: Province) -> Province:
    """A province whose next year moves a lot without asking for force at each turn."""
    province.add(
        "[lifecycle.limits]\nother = { percent = 100, floor = 1000 }\nsuspend = { percent = 100, floor = 1000 }"
    )
    return province


def next_year(people: list[Official]) -> list[Official]:
    """20 leavers, 20 movers, 20 new names, 20 new titles, 30 joiners."""
    kept = []
    for number, person in enumerate(people):
        if number % 12 == 1:
            continue
        if number % 12 == 2:
            person = person.but(agency="VPUB" if person.agency == "SXD" else "SXD")
        elif number % 12 == 3:
            person = person.but(name=f"{person.name} Anh")
        elif number % 12 == 4:
            person = person.but(title="Phó Giám đốc")
        kept.append(person)
    return [*kept, *officials(30, first=1000)]


@pytest.mark.parametrize("seed", [0, 4, 9])
def test_killed_at_any_moment_it_converges(big_province: Province, seed: int) -> None:
    province, chance = big_province, random.Random(seed)
    watch = Watch(province, sqlite_counter(province))
    people = officials(PEOPLE)
    first = ("--agencies", province.agencies(SXD, VPUB), province.roster(people))
    planned = province.plan(*first).json["changes"]
    points = [
        killed_somewhere(province, watch, chance, kinds, *first)
        for kinds in (["database", "intents"], ["entries", "outcomes", "intents"], ["entries", "outcomes"])
    ]
    province.synced(*first)
    check_converged(province, planned, *first)

    second = ("--agencies", province.agencies(SXD, VPUB), province.roster(next_year(people), "next.csv"))
    more = province.plan(*second).json["changes"]
    points += [
        killed_somewhere(province, watch, chance, kinds, *second) for kinds in (["suspended"], ["intents", "outcomes"])
    ]
    province.synced(*second)
    watch.close()
    check_converged(province, more, *second)
    check_records(province, planned + more)
    assert any(points), "no run was killed: nothing was tried"


def test_a_plan_file_is_finished_by_the_same_plan_file(big_province: Province) -> None:
    province, chance = big_province, random.Random(20)
    watch = Watch(province, sqlite_counter(province))
    arguments = ("--agencies", province.agencies(SXD, VPUB), province.roster(officials(PEOPLE)))
    plan_file = province.folder / "first.plan"
    planned = province.plan("--out", plan_file, *arguments).json["changes"]
    point = killed_somewhere(province, watch, chance, ["entries"], plan_file)
    done = watch.entries()
    watch.close()
    finished = province.synced(plan_file)
    assert len(finished.changes()) <= PEOPLE - (done if point else PEOPLE)
    check_converged(province, planned, *arguments)
    check_records(province, planned)


def test_stopped_at_the_keyboard_it_converges(big_province: Province) -> None:
    province = big_province
    watch = Watch(province, sqlite_counter(province))
    arguments = ("--agencies", province.agencies(SXD, VPUB), province.roster(officials(PEOPLE)))
    planned = province.plan(*arguments).json["changes"]
    child = start_sync(province, *arguments)
    struck = run_until(child, lambda: watch.entries() >= 20, lambda: child.send_signal(signal.SIGINT))
    watch.close()
    said = (province.folder / "sync.log").read_text()
    assert child.returncode == (130 if struck else 0), said
    assert "Traceback" not in said
    province.synced(*arguments)
    check_converged(province, planned, *arguments)
    check_records(province, planned)


def test_what_a_killed_run_did_is_in_the_journal_even_when_the_next_run_writes_nothing(big_province: Province) -> None:
    province = big_province
    watch = Watch(province, sqlite_counter(province))
    arguments = ("--agencies", province.agencies(SXD, VPUB), province.roster(officials(PEOPLE)))
    killed_somewhere(province, watch, random.Random(3), ["entries"], *arguments)
    assert province.run("sync", "--dry-run", *arguments).code in (0, 3)
    with province.database() as database:
        check_journal(database)
        done = database.read(lambda transaction: transaction.execute("SELECT 1 FROM change WHERE outcome = 'done'"))
        records = database.read(lambda transaction: journal.read_records(transaction, 0, 10_000))
    assert len([record for record in records if "kind" in record.public]) == len(done)
    assert watch.entries() == len([record for record in records if record.type == "account.created"])
    watch.close()


# --- servers killed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [30, 31])
def test_the_directory_killed_in_mid_apply(own_slapd: EditableSlapd, tmp_path: Path, seed: int) -> None:
    province, chance = Province(tmp_path / "province", own_slapd), random.Random(seed)
    province.make()
    arguments = ("--agencies", province.agencies(SXD, VPUB), province.roster(officials(2 * PEOPLE)))
    planned = province.plan(*arguments).json["changes"]
    watch = Watch(province, lambda statement: -1)
    goal = chance.randrange(1, PEOPLE // 2)
    child = start_sync(province, *arguments)

    def strike() -> None:
        watch.close()
        os.kill(own_slapd.pid, signal.SIGKILL)

    code = 69 if struck_standing(child, watch, goal, 2 * PEOPLE - WINDOW, strike) else 0
    watch.close()
    said = (province.folder / "sync.log").read_text()
    assert child.returncode == code, said
    assert "Traceback" not in said
    assert province.plan(*arguments).code == code
    own_slapd.stop()
    own_slapd.start()
    province.synced(*arguments)
    check_converged(province, planned, *arguments)
    check_records(province, planned)


@pytest.mark.parametrize("seed", [40, 41])
def test_the_database_killed_in_mid_apply(big_province: Province, postgres_server: PostgresServer, seed: int) -> None:
    province, chance = big_province, random.Random(seed)
    url = postgres_server.url(postgres_server.create_database())
    province.change('url = "sqlite:data"', f'url = "{url}"')
    arguments = ("--agencies", province.agencies(SXD, VPUB), province.roster(officials(PEOPLE)))
    planned = province.plan(*arguments).json["changes"]
    watch = Watch(province, lambda statement: -1)
    goal = chance.randrange(1, PEOPLE - 40)
    child = start_sync(province, *arguments)
    struck = struck_standing(child, watch, goal, PEOPLE - 1, postgres_server.stop)
    watch.close()
    said = (province.folder / "sync.log").read_text()
    assert "Traceback" not in said
    assert child.returncode == (69 if struck else 0), said
    assert province.plan(*arguments).code == (69 if struck else 0)
    if struck:
        postgres_server.start()
    province.synced(*arguments)
    check_converged(province, planned, *arguments)
    check_records(province, planned)


def test_the_database_killed_and_back_at_once(big_province: Province, postgres_server: PostgresServer) -> None:
    """The lock went with the connection: the run must not go on writing as if it still held it."""
    province = big_province
    url = postgres_server.url(postgres_server.create_database())
    province.change('url = "sqlite:data"', f'url = "{url}"')
    arguments = ("--agencies", province.agencies(SXD, VPUB), province.roster(officials(PEOPLE)))
    planned = province.plan(*arguments).json["changes"]
    talk = Conversation(province, "sync", *arguments)
    postgres_server.stop()
    postgres_server.start()
    answer = talk.answer("y")
    assert answer.code == 69, answer.stderr
    assert province.people() == {}
    province.synced(*arguments)
    check_converged(province, planned, *arguments)
    check_records(province, planned)


def test_the_directory_hangs_in_mid_apply_and_wakes_up_during_the_next_run(
    own_slapd: EditableSlapd, tmp_path: Path
) -> None:
    """What the first run had sent is still being carried out when the second one looks what became of it."""
    province = Province(tmp_path / "province", own_slapd)
    own_slapd.edit("dbnosync", "")  # a disk that takes its time: reading overtakes what is still being written
    province.make()
    province.change("receive_timeout_seconds = 60", "receive_timeout_seconds = 4")
    arguments = ("--agencies", province.agencies(SXD, VPUB), province.roster(officials(2 * PEOPLE)))
    planned = province.plan(*arguments).json["changes"]
    watch = Watch(province, lambda statement: -1)
    first = start_sync(province, *arguments)
    hangs = struck_standing(first, watch, 50, 2 * PEOPLE - WINDOW, lambda: os.kill(own_slapd.pid, signal.SIGSTOP))
    said = (province.folder / "sync.log").read_text()
    assert first.returncode == (69 if hangs else 0), said
    assert ("timeout" in said) == hangs
    second = start_sync(province, *arguments)
    wait_for(lambda: connections_to(own_slapd.url) > 0)
    os.kill(own_slapd.pid, signal.SIGCONT)
    watch.close()
    assert second.wait(timeout=60) == 0, (province.folder / "sync.log").read_text()
    check_converged(province, planned, *arguments)
    check_records(province, planned)

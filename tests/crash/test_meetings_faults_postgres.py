"""The meetings server with its tables in PostgreSQL, whose connections are cut and whose server goes away and comes
back: whoever asks is told to try again, the daemon recovers by itself, letters go on, nothing twice."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.directory_entries import one_of_each
from tests.support.meeting_answers import calendar_reply, organiser_of, over_lmtp, page_link, pressed
from tests.support.meetings_house import MeetingsHouse, await_true, form, meetings_house
from tests.support.postgres_server import PostgresServer
from tests.support.slapd_server import SlapdServer

FOREIGN = "ai@noi-khac.example"
PEOPLE = [f"nguoi{number}@noi-khac.example" for number in range(300)]
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
pytestmark = pytest.mark.server


class OwnPostgres:
    """A database on a server that belongs to this test, because it is stopped."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.name = server.create_database()

    def cut(self) -> None:
        assert self.server.execute(CUT, self.name)


@pytest.fixture
def postgres() -> Iterator[OwnPostgres]:
    server = PostgresServer()
    try:
        yield OwnPostgres(server)
    finally:
        server.remove()


@contextmanager
def house_on(postgres: OwnPostgres, folder: Path, slapd: SlapdServer) -> Iterator[MeetingsHouse]:
    """A meetings server whose tables are there; the relay keeps its own in a file."""
    slapd.add_all(one_of_each())
    with meetings_house(folder, slapd, start=False) as house:
        text = house.mail.config.read_text()
        url = postgres.server.url(postgres.name)
        house.mail.config.write_text(text.replace('url = "sqlite:data"', f'url = "{url}"'))
        house.start()
        yield house


@pytest.fixture
def house(postgres: OwnPostgres, slapd: SlapdServer, tmp_path: Path) -> Iterator[MeetingsHouse]:
    with house_on(postgres, tmp_path / "house", slapd) as running:
        yield running


def everybody_got_one(house: MeetingsHouse, people: list[str]) -> None:
    """All letters are delivered, each once, and the daemon is the one that was started."""
    await_true(lambda: "meetings_letters_waiting 0.0" in house.page("metrics")[1], "all are handed over", 90)
    await_true(lambda: "mailrelay_queue_messages 0.0" in house.mail.page("metrics")[1], "all are delivered", 90)
    copies = Counter(recipient for letter in house.mail.outside.letters for recipient in letter.recipients)
    assert copies == dict.fromkeys(people, 1)
    assert house.process is not None
    assert house.process.poll() is None, house.log.read_text()[-2000:]


def test_while_the_server_is_away_everybody_is_told_to_try_again(house: MeetingsHouse, postgres: OwnPostgres) -> None:
    uid = house.create(form([FOREIGN]))["uid"]
    theirs = house.mail.outside.wait_to(FOREIGN).parsed
    page = page_link(theirs)
    mail = calendar_reply(theirs, FOREIGN, "TENTATIVE")
    house.wait_shown(uid, lambda shown: all(one["delivery"] for one in shown["attendees"]))
    postgres.server.stop(signal.SIGINT)

    code, reply = over_lmtp(house.lmtp, FOREIGN, organiser_of(theirs), mail)
    assert code == 451, reply
    made = house.folder / "another.toml"
    made.write_text(form(["b@noi-khac.example"], "16/GM-UBND").replace("2030-12-12", "2031-01-15"))
    for words in (("create", made), ("change", uid, "--start", "2030-12-13T08:00:00+07:00"), ("show", uid), ("list",)):
        told = house.run("--lang", "vi", *words)
        assert told.code in (69, 75), (words, told)
        assert "Cách xử lý: kiểm tra" in told.stderr, told.stderr
    status, said = pressed(page, "answer", answer="accepted")
    assert status == 503
    assert "Tạm thời chưa phục vụ được" in said
    assert house.page("readyz")[0] == 503
    assert house.page("livez")[0] == 200

    postgres.server.start()
    await_true(lambda: house.page("readyz")[0] == 200, "it is ready again")
    assert over_lmtp(house.lmtp, FOREIGN, organiser_of(theirs), mail)[0] == 250
    assert house.run("create", made).code == 0
    everybody_got_one(house, [FOREIGN, "b@noi-khac.example"])
    shown = house.show(uid)
    assert shown["sequence"] == 0
    assert [one["partstat"] for one in shown["attendees"] if one["address"] == FOREIGN] == ["TENTATIVE"]
    assert house.run("serve").code == 75, "its lock is held again"
    assert house.stop() == 0
    assert "Traceback" not in house.log.read_text()


def test_letters_go_on_after_cuts_in_mid_send(house: MeetingsHouse, postgres: OwnPostgres) -> None:
    house.create(form(PEOPLE))
    for wanted in (20, 100, 180):
        await_true(lambda: len(house.mail.outside.letters) > wanted, "letters leave")  # noqa: B023
        postgres.cut()
    everybody_got_one(house, PEOPLE)
    assert "Traceback" not in house.log.read_text()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["orderly", "crash"])
def test_letters_go_on_after_the_server_was_away(
    house: MeetingsHouse, postgres: OwnPostgres, how: signal.Signals
) -> None:
    house.create(form(PEOPLE))
    await_true(lambda: len(house.mail.outside.letters) > 20, "letters leave")
    postgres.server.stop(how)
    await_true(lambda: "be recorded yet" in house.log.read_text(), "it is told")
    assert house.page("livez")[0] == 200
    postgres.server.start()
    everybody_got_one(house, PEOPLE)
    assert "Lỗi của chương trình" not in house.log.read_text(), "a database that is away is no bug of ours"


def test_a_daemon_started_while_the_server_is_away_says_so_and_begins_when_it_is_back(
    house: MeetingsHouse, postgres: OwnPostgres
) -> None:
    house.create(form(PEOPLE))
    await_true(lambda: len(house.mail.outside.letters) > 20, "letters leave")
    postgres.server.stop(signal.SIGQUIT)
    house.kill()
    told = house.run("--lang", "vi", "serve")
    assert told.code == 69
    assert "Cách xử lý: kiểm tra [storage] url" in told.stderr
    postgres.server.start()
    house.start()
    everybody_got_one(house, PEOPLE)

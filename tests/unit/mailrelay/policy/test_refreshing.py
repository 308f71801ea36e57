"""Keeping the address book true: changes, whole readings, a directory that fails or lies."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from foundation import clock
from foundation.directory import Entry, Scope
from foundation.errors import Unreachable
from foundation.language import Text
from mailrelay.policy.addressbook import AddressBook, Known
from mailrelay.policy.book_copy import BookCopy
from mailrelay.policy.directory_reader import earlier, normalised_name
from mailrelay.policy.refreshing import (
    DISBELIEF_SECONDS,
    WHOLE_SECONDS,
    WHOLE_WITHOUT_TIMES_SECONDS,
    Refresher,
)
from tests.support.fake_directory import FakeDirectory
from tests.support.relay_book import relay_settings

BASE = "dc=tinh,dc=test"
SUBTREES = relay_settings().directory


class Watched(FakeDirectory):
    """A directory that writes down what it is asked, and may be down."""

    def __init__(self) -> None:
        super().__init__()
        self.filters: list[str] = []
        self.down = False
        self.closed = 0

    def search(self, base: str, filter: str, attributes: Sequence[str], scope: Scope = "subtree") -> Iterator[Entry]:
        if self.down:
            raise Unreachable(Text("thư mục nghỉ", "the directory is away"))
        self.filters.append(filter)
        return super().search(base, filter, attributes, scope)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [5000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def directory() -> Watched:
    directory = Watched()
    for number in range(4):
        put_person(directory, f"u{number}")
    write(directory, "1")
    return directory


@pytest.fixture
def book() -> AddressBook:
    return AddressBook(["tinh.test"])


@pytest.fixture
def refresher(moment: list[float], directory: Watched, book: AddressBook) -> Refresher:
    return Refresher(book, SUBTREES, lambda: directory)


def write(directory: Watched, marker: str) -> None:
    """Something was written: the marker of the whole directory moves."""
    directory.add(BASE, {"objectClass": ["organization"], "contextCSN": [marker]})


def put_person(
    directory: Watched, uid: str, state: str = "active", time: str = "20261122010000Z", mail: str = "", dn: str = ""
) -> None:
    directory.add(
        dn or f"uid={uid},ou=people,{BASE}",
        {
            "objectClass": ["inetOrgPerson", "congvuPerson"],
            "uid": [uid],
            "mail": [mail or f"{uid}@tinh.test"],
            "mailLocalAddress": [f"{uid}.cu@tinh.test", mail or f"{uid}@tinh.test"],
            "congvuState": [state],
            "modifyTimestamp": [time] if time else [],
        },
    )


def put_list(directory: Watched, name: str, *members: str) -> None:
    directory.add(
        f"cn={name},ou=lists,{BASE}",
        {
            "objectClass": ["groupOfNames", "congvuList"],
            "mail": [f"{name}@tinh.test"],
            "mailLocalAddress": [f"{name}@tinh.test"],
            "member": list(members),
            "modifyTimestamp": ["20261122010000Z"],
        },
    )


def test_the_first_step_reads_everything(refresher: Refresher, book: AddressBook) -> None:
    assert refresher.refresh()
    assert book.fresh
    assert book.lookup("u1.cu@tinh.test") == Known("person", "u1", ("u1@tinh.test", "u1.cu@tinh.test"), "active")


def test_nothing_new_is_one_question(refresher: Refresher, directory: Watched, moment: list[float]) -> None:
    refresher.refresh()
    directory.filters.clear()
    moment[0] += 20
    assert refresher.refresh()
    assert directory.filters == []


def test_changes_are_read_from_a_minute_before_the_newest(
    refresher: Refresher, directory: Watched, book: AddressBook, moment: list[float]
) -> None:
    refresher.refresh()
    directory.filters.clear()
    put_person(directory, "u1", state="suspended", time="20261122020000Z")
    put_person(directory, "u9", time="20261122020001Z")
    write(directory, "2")
    moment[0] += 20
    assert refresher.refresh()
    assert "(&(objectClass=congvuPerson)(modifyTimestamp>=20261122005900Z))" in directory.filters
    known = book.person("u1")
    assert known is not None
    assert not known.sends
    assert book.lookup("u9@tinh.test") is not None
    assert book.age_seconds == 0


def test_without_a_marker_changes_are_asked_for_every_time(
    refresher: Refresher, directory: Watched, book: AddressBook, moment: list[float]
) -> None:
    directory.remove(BASE)
    refresher.refresh()
    put_person(directory, "u1", state="suspended", time="20261122020000Z")
    moment[0] += 20
    assert refresher.refresh()
    known = book.person("u1")
    assert known is not None
    assert not known.sends


def test_without_times_everything_is_read_often_enough(
    refresher: Refresher, directory: Watched, book: AddressBook, moment: list[float]
) -> None:
    for number in range(4):
        put_person(directory, f"u{number}", time="")
    refresher.refresh()
    put_person(directory, "u1", state="suspended", time="")
    write(directory, "2")
    moment[0] += WHOLE_WITHOUT_TIMES_SECONDS
    assert refresher.refresh()
    known = book.person("u1")
    assert known is not None
    assert not known.sends


def test_once_an_hour_the_deleted_are_found(
    refresher: Refresher, directory: Watched, book: AddressBook, moment: list[float]
) -> None:
    refresher.refresh()
    directory.remove(f"uid=u1,ou=people,{BASE}")
    write(directory, "2")
    moment[0] += 20
    refresher.refresh()
    assert book.lookup("u1@tinh.test") is not None
    moment[0] += WHOLE_SECONDS
    refresher.refresh()
    assert book.lookup("u1@tinh.test") is None


def test_a_failing_directory_changes_nothing_and_is_told_once(
    refresher: Refresher, directory: Watched, book: AddressBook, moment: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    refresher.refresh()
    directory.down = True
    with caplog.at_level(logging.INFO, "congvu"):
        for _ in range(5):
            moment[0] += 100
            write(directory, str(moment[0]))
            assert not refresher.refresh()
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        assert book.size == 4
        assert book.age_seconds == 500
        assert not book.fresh
        directory.down = False
        assert refresher.refresh()
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert book.fresh
    assert directory.closed == 5


def test_a_bug_of_ours_does_not_end_the_refreshing(
    refresher: Refresher, directory: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(directory, "read", lambda *_: 1 / 0)
        assert not refresher.refresh()
    assert refresher.refresh()


def test_an_answer_that_lacks_most_people_is_not_believed_for_an_hour(
    refresher: Refresher, directory: Watched, book: AddressBook, moment: list[float]
) -> None:
    refresher.refresh()
    for number in range(4):
        directory.remove(f"uid=u{number},ou=people,{BASE}")
    write(directory, "2")
    moment[0] += WHOLE_SECONDS
    assert not refresher.refresh()
    assert book.size == 4
    moment[0] += DISBELIEF_SECONDS - 1
    assert not refresher.refresh()
    moment[0] += 1
    assert refresher.refresh()
    assert book.size == 0


def test_the_copy_on_disk_follows(directory: Watched, book: AddressBook, moment: list[float], tmp_path: Path) -> None:
    copy = BookCopy(tmp_path)
    refresher = Refresher(book, SUBTREES, lambda: directory, copy)
    refresher.refresh()
    put_person(directory, "u1", state="suspended", time="20261122020000Z")
    write(directory, "2")
    refresher.refresh()
    again = AddressBook(["tinh.test"])
    assert copy.load(again)
    assert {known.uid: known.state for known in again.entries()} == {
        "u0": "active",
        "u1": "suspended",
        "u2": "active",
        "u3": "active",
    }


def test_a_copy_that_cannot_be_written_stops_nothing(
    directory: Watched, book: AddressBook, moment: list[float], tmp_path: Path
) -> None:
    refresher = Refresher(book, SUBTREES, lambda: directory, BookCopy(tmp_path / "missing"))
    assert refresher.refresh()
    assert book.fresh


def test_a_start_without_the_directory_serves_the_saved_copy(
    directory: Watched, book: AddressBook, moment: list[float], tmp_path: Path
) -> None:
    Refresher(book, SUBTREES, lambda: directory, BookCopy(tmp_path)).refresh()
    directory.down = True
    again = AddressBook(["tinh.test"])
    refresher = Refresher(again, SUBTREES, lambda: directory, BookCopy(tmp_path))
    refresher.start(wait_seconds=20)
    refresher.stop()
    assert again.entries() == book.entries()
    assert again.complete
    assert not again.fresh


def test_odd_entries_are_taken_as_they_are(refresher: Refresher, directory: Watched, book: AddressBook) -> None:
    put_person(directory, "uOdd", dn=f"cn=Nguyễn Văn Lạ,ou=people,{BASE}")
    put_person(directory, "u7", mail="not an address")
    put_person(directory, "u8", state="retired")
    directory.add(f"uid=none,ou=people,{BASE}", {"objectClass": ["congvuPerson"], "uid": ["none"]})
    put_list(directory, "la", f"CN=Nguyễn Văn Lạ, ou=People,{BASE}", f"uid=u1,ou=people,{BASE}", "cn=gone,dc=x")
    put_list(directory, "trong", f"ou=lists,{BASE}")
    assert refresher.refresh()
    everybody, nobody = book.lookup("la@tinh.test"), book.lookup("trong@tinh.test")
    assert everybody is not None
    assert nobody is not None
    found = [member.uid for name in everybody.members if (member := book.member(name)) is not None]
    assert sorted(found) == ["u1", "uOdd"]
    assert nobody.members == ()
    assert book.person("none") is None
    unusual = book.person("u7")
    assert unusual is not None
    assert unusual.addresses == ("u7.cu@tinh.test",)
    retired = book.person("u8")
    assert retired is not None
    assert not retired.receives


def test_agencies_bring_their_domains(
    refresher: Refresher, directory: Watched, book: AddressBook, moment: list[float]
) -> None:
    dn = f"ou=X1,ou=agencies,{BASE}"
    directory.add(dn, {"objectClass": ["congvuAgency"], "congvuMailDomain": ["Xa1.test"]})
    refresher.refresh()
    assert book.is_local_domain("xa1.test")
    directory.add(dn, {"objectClass": ["congvuAgency"], "congvuMailDomain": ["no domain"]})
    write(directory, "2")
    moment[0] += 20
    refresher.refresh()
    assert book.domains == {"tinh.test"}


@pytest.mark.parametrize(
    ("dn", "normal"),
    [
        ("UID=U1, ou=People ,dc=tinh,dc=test", "uid=u1,ou=people,dc=tinh,dc=test"),
        ("cn=a\\, b,dc=x", "cn=a\\,b,dc=x"),
        (" cn = A + sn = B , dc=x ", "cn=a+sn=b,dc=x"),
    ],
)
def test_names_are_compared_in_one_spelling(dn: str, normal: str) -> None:
    assert normalised_name(dn) == normal


def test_earlier_is_a_minute_earlier() -> None:
    assert earlier("20261201000030Z") == "20261130235930Z"

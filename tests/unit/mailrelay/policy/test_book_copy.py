"""The address book on disk: the same after a restart, or not there at all."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from mailrelay.policy.addressbook import AddressBook
from mailrelay.policy.book_copy import BookCopy
from tests.support.relay_book import PEOPLE, small_book


def loaded(copy: BookCopy) -> AddressBook | None:
    book = AddressBook(["tinh.test"])
    return book if copy.load(book) else None


def test_a_saved_book_comes_back_whole(tmp_path: Path) -> None:
    book, copy = small_book(), BookCopy(tmp_path)
    book.use_domains(of_agencies=["xa.test"])
    copy.save(book)
    again = loaded(copy)
    assert again is not None
    assert again.entries() == book.entries()
    assert again.member("cn=vanthu,ou=roles") == book.member("cn=vanthu,ou=roles")
    assert again.is_local_domain("xa.test")
    assert again.complete
    assert not again.fresh
    assert stat.S_IMODE(copy.path.stat().st_mode) == 0o600


def test_changes_are_appended(tmp_path: Path) -> None:
    book, copy = small_book(), BookCopy(tmp_path)
    copy.append(PEOPLE, {}, [])
    assert loaded(copy) is None  # changes of nothing are nothing
    copy.save(book)
    copy.append([replace(PEOPLE[0], state="suspended")], {}, ["moi.test"])
    again = loaded(copy)
    assert again is not None
    known = again.person("u1")
    assert known is not None
    assert not known.sends
    assert again.is_local_domain("moi.test")


def test_a_torn_last_line_is_forgiven(tmp_path: Path) -> None:
    copy = BookCopy(tmp_path)
    copy.save(small_book())
    copy.append([replace(PEOPLE[0], state="suspended")], {}, [])
    copy.path.write_bytes(copy.path.read_bytes()[:-20])
    assert loaded(copy) is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"[]\n",
        b"null\n",
        b"{}\n",
        b'{"format": "something else", "entries": 0}\n',
        b'{"format": "congvu address book 1", "entries": 2}\n["person","u1",["a@t.test"],"",[]]\n',
        b'{"format": "congvu address book 1", "entries": 1}\n["king","u1",["a@t.test"],"",[]]\n',
        b'{"format": "congvu address book 1", "entries": 1}\n["person","u1"]\n',
        b'{"format": "congvu address book 1", "entries": 1}\n7\n',
        b'{"format": "congvu address book 1"}\n',
        b"\xff\xfe\x00garbage\n",
    ],
)
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    copy = BookCopy(tmp_path)
    copy.path.write_bytes(content)
    book = AddressBook(["tinh.test"])
    assert not copy.load(book)
    assert not book.complete


def test_without_a_file_there_is_no_book(tmp_path: Path) -> None:
    assert loaded(BookCopy(tmp_path)) is None
    assert loaded(BookCopy(tmp_path / "missing")) is None

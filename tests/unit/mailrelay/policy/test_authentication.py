"""Logins: who gets in, what a stranger learns, what happens while the directory is away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from foundation import clock
from foundation.errors import Unreachable
from foundation.language import Text
from mailrelay.policy import refusals
from mailrelay.policy.addressbook import AddressBook
from mailrelay.policy.authentication import REMEMBERED_SECONDS, Authenticator, Login
from mailrelay.policy.lockout import PAIR_FAILURES, SHORTEST_DELAY_SECONDS
from tests.support.relay_book import PEOPLE, small_book

T = TypeVar("T")
HOME = "192.0.2.1"


class Passwords:
    """A directory that knows passwords by uid, and who asked."""

    def __init__(self, **passwords: str) -> None:
        self.passwords = passwords
        self.asked: list[str] = []
        self.down = False
        self.go_on = threading.Event()
        self.go_on.set()

    def right(self, uid: str, password: bytes) -> bool:
        self.asked.append(uid)
        self.go_on.wait(20)
        if self.down:
            raise Unreachable(Text("thư mục nghỉ", "the directory is away"))
        return bool(uid) and self.passwords.get(uid, "") == password.decode()


class Waits:
    """Remembers how long somebody was made to wait, and does not."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [900_000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def executor() -> Any:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(u1="đúng-rồi", u3="moi", u4="nghi")


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def book() -> AddressBook:
    return small_book()


@pytest.fixture
def logins(book: AddressBook, passwords: Passwords, waits: Waits, executor: Executor) -> Authenticator:
    return Authenticator(book, passwords, executor, sleep=waits)


def run(story: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(story)


@pytest.mark.parametrize("name", ["u1", "U1", "an@tinh.test", "AN@tinh.test", " an.cu@TINH.test "])
def test_a_person_logs_in_by_any_address_or_the_uid(logins: Authenticator, waits: Waits, name: str) -> None:
    assert run(logins.verify(name, "đúng-rồi", HOME)) == Login("u1", name, "an@tinh.test")
    assert waits.seconds == []


@pytest.mark.parametrize(
    ("name", "uid"),
    [
        ("an@tinh.test", "u1"),
        ("moi@tinh.test", "u3"),
        ("nghi@tinh.test", "u4"),
        ("khong.co@tinh.test", ""),
        ("vanthu@tinh.test", ""),
        ("canbo@tinh.test", ""),
        ("r1", ""),
        ("cn=canbo,ou=lists", ""),
        ("an", ""),
        ("*", ""),
        ("", ""),
        ("@", ""),
        ("x" * 5000, ""),
    ],
)
def test_everybody_else_gets_the_same_answer_after_the_same_time(
    logins: Authenticator, passwords: Passwords, waits: Waits, name: str, uid: str
) -> None:
    assert run(logins.verify(name, "sai", HOME)) == refusals.WRONG_LOGIN
    assert passwords.asked == [uid]
    assert waits.seconds == [SHORTEST_DELAY_SECONDS]


@pytest.mark.parametrize("password", ["", "đúng-rồi\0", "x" * 2000])
def test_a_password_that_can_be_none_is_never_sent(logins: Authenticator, passwords: Passwords, password: str) -> None:
    passwords.passwords["u1"] = password
    assert run(logins.verify("u1", password, HOME)) == refusals.WRONG_LOGIN
    assert passwords.asked == []


def test_the_time_that_the_directory_took_is_part_of_the_delay(
    logins: Authenticator, passwords: Passwords, waits: Waits, moment: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = passwords.right

    def slow(uid: str, password: bytes) -> bool:
        moment[0] += 0.4
        return right(uid, password)

    monkeypatch.setattr(passwords, "right", slow)
    assert run(logins.verify("u1", "sai", HOME)) == refusals.WRONG_LOGIN
    assert waits.seconds == [pytest.approx(SHORTEST_DELAY_SECONDS - 0.4)]


def test_a_success_is_remembered_for_half_a_minute(
    logins: Authenticator, passwords: Passwords, moment: list[float]
) -> None:
    for _ in range(3):
        assert isinstance(run(logins.verify("u1", "đúng-rồi", HOME)), Login)
    assert passwords.asked == ["u1"]
    assert run(logins.verify("u1", "sai", HOME)) == refusals.WRONG_LOGIN
    moment[0] += REMEMBERED_SECONDS
    passwords.passwords["u1"] = "moi"
    assert run(logins.verify("u1", "đúng-rồi", HOME)) == refusals.WRONG_LOGIN


def test_a_suspension_forgets_the_success(logins: Authenticator, book: AddressBook, passwords: Passwords) -> None:
    assert isinstance(run(logins.verify("u1", "đúng-rồi", HOME)), Login)
    book.put([replace(PEOPLE[0], state="suspended")])
    passwords.passwords.clear()
    assert run(logins.verify("u1", "đúng-rồi", HOME)) == refusals.WRONG_LOGIN


def test_when_the_book_is_behind_the_directory_it_is_read_again(
    book: AddressBook, passwords: Passwords, executor: Executor
) -> None:
    told: list[bool] = []
    logins = Authenticator(book, passwords, executor, on_unsure=lambda: told.append(True))
    assert run(logins.verify("moi@tinh.test", "moi", HOME)) == refusals.NO_LOGIN_NOW  # activated a moment ago
    assert told == [True]
    book.put([replace(PEOPLE[2], state="active")])
    assert isinstance(run(logins.verify("moi@tinh.test", "moi", HOME)), Login)


def test_without_the_directory_the_answer_is_temporary(logins: Authenticator, passwords: Passwords) -> None:
    passwords.down = True
    for _ in range(2 * PAIR_FAILURES):
        assert run(logins.verify("u1", "đúng-rồi", HOME)) == refusals.NO_LOGIN_NOW
    passwords.down = False
    assert isinstance(run(logins.verify("u1", "đúng-rồi", HOME)), Login)


def test_before_the_first_reading_the_answer_is_temporary(passwords: Passwords, executor: Executor) -> None:
    logins = Authenticator(AddressBook(["tinh.test"]), passwords, executor)
    assert run(logins.verify("an@tinh.test", "đúng-rồi", HOME)) == refusals.NO_LOGIN_NOW


def test_guessing_locks_the_guesser_and_nobody_else(logins: Authenticator, passwords: Passwords) -> None:
    for _ in range(PAIR_FAILURES):
        assert run(logins.verify("an@tinh.test", "sai", "198.51.100.1")) == refusals.WRONG_LOGIN
    passwords.asked.clear()
    assert run(logins.verify("an.cu@tinh.test", "đúng-rồi", "198.51.100.1")) == refusals.LOCKED_LOGIN
    assert passwords.asked == []
    assert isinstance(run(logins.verify("an@tinh.test", "đúng-rồi", HOME)), Login)


def test_names_that_nobody_has_are_locked_like_others(logins: Authenticator) -> None:
    answers = [run(logins.verify("khong.co@tinh.test", "sai", HOME)) for _ in range(PAIR_FAILURES + 1)]
    assert answers == [refusals.WRONG_LOGIN] * PAIR_FAILURES + [refusals.LOCKED_LOGIN]


def test_whoever_hangs_up_has_failed_all_the_same(logins: Authenticator, passwords: Passwords, waits: Waits) -> None:
    async def story() -> None:
        for _ in range(PAIR_FAILURES):
            passwords.go_on.clear()
            attempt = asyncio.ensure_future(logins.verify("u1", "sai", HOME))
            while not passwords.asked:
                await asyncio.sleep(0)
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt
            passwords.asked.clear()
            before = len(waits.seconds)
            passwords.go_on.set()
            while len(waits.seconds) == before or asyncio.all_tasks() != {asyncio.current_task()}:
                await asyncio.sleep(0)
        assert await logins.verify("u1", "đúng-rồi", HOME) == refusals.LOCKED_LOGIN

    run(story())


def test_one_address_cannot_fill_the_pool(logins: Authenticator, passwords: Passwords) -> None:
    async def story() -> None:
        passwords.go_on.clear()
        attempts = [asyncio.ensure_future(logins.verify(f"x{number}", "sai", HOME)) for number in range(30)]
        await asyncio.sleep(0)
        while sum(attempt.done() for attempt in attempts) < 10:
            await asyncio.sleep(0)
        assert {attempt.result() for attempt in attempts if attempt.done()} == {refusals.NO_LOGIN_NOW}
        passwords.go_on.set()
        answers = await asyncio.gather(*attempts)
        assert answers.count(refusals.WRONG_LOGIN) == 20
        assert isinstance(await logins.verify("u1", "đúng-rồi", HOME), Login)

    run(story())

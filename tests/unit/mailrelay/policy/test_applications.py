"""Programs that log in by name: whose password counts, what they may send as, how much; and that they are no person."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

from foundation import clock
from foundation.config.secrets import Secret
from mailrelay.envelope import Client, Envelope, Recipient
from mailrelay.messages.headers import Headers
from mailrelay.policy import refusals
from mailrelay.policy.addressbook import AddressBook, Known
from mailrelay.policy.applications import Applications
from mailrelay.policy.authentication import Authenticator, Login
from mailrelay.policy.lockout import PAIR_FAILURES
from mailrelay.policy.refusals import Refusal
from mailrelay.policy.rules import Policy
from mailrelay.settings import Application, Limits
from tests.support.relay_book import AN, relay_settings, small_book

T = TypeVar("T")
HOME = "192.0.2.1"
MEETINGS = Client("submissions", HOME, account="application:meetings", login="meetings")


class Nobody:
    """A directory that must not be asked."""

    def right(self, uid: str, password: bytes) -> bool:
        raise AssertionError(f"asked about {uid}")


class No:
    """A directory in which every password is wrong."""

    def right(self, uid: str, password: bytes) -> bool:
        return False


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [900_000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("mật khẩu của máy\n", encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def application(secret: Path, messages_per_hour: int = 0) -> Application:
    return Application(("hop@tinh.test", "bao-phat@tinh.test"), Secret("file", str(secret)), messages_per_hour)


def logins(
    secret: Path, executor: Executor, book: AddressBook | None = None, checker: Any = None
) -> tuple[Authenticator, Applications]:
    async def no_wait(_: float) -> None:
        return None

    known = Applications({"meetings": application(secret)})
    return Authenticator(
        book or AddressBook(["tinh.test"]), checker or Nobody(), executor, applications=known, sleep=no_wait
    ), known


def run(story: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(story)


# ---- logins ------------------------------------------------------------------------------------------------------


def test_it_logs_in_by_its_name_while_no_address_book_was_ever_read(secret: Path, executor: Executor) -> None:
    door, _ = logins(secret, executor)
    answer = run(door.verify("meetings", "mật khẩu của máy", HOME))
    assert answer == Login("application:meetings", "meetings", "hop@tinh.test")


@pytest.mark.parametrize("password", ["", "sai", "mật khẩu của máy\n", "mật khẩu của máy\0", "x" * 2000])
def test_another_password_is_wrong(secret: Path, executor: Executor, password: str) -> None:
    door, _ = logins(secret, executor)
    assert run(door.verify("meetings", password, HOME)) == refusals.WRONG_LOGIN


def test_a_guesser_is_locked_out_like_everybody(secret: Path, executor: Executor) -> None:
    door, _ = logins(secret, executor)
    answers = [run(door.verify("meetings", "sai", HOME)) for _ in range(PAIR_FAILURES)]
    assert answers == [refusals.WRONG_LOGIN] * PAIR_FAILURES
    assert run(door.verify("meetings", "mật khẩu của máy", HOME)) == refusals.LOCKED_LOGIN
    assert isinstance(run(door.verify("meetings", "mật khẩu của máy", "192.0.2.2")), Login)


def test_a_secret_that_cannot_be_read_is_trouble_of_ours(
    secret: Path, executor: Executor, capsys: pytest.CaptureFixture[str]
) -> None:
    secret.chmod(0o644)
    door, _ = logins(secret, executor)
    assert run(door.verify("meetings", "mật khẩu của máy", HOME)) == refusals.NO_LOGIN_NOW


def test_a_changed_secret_counts_at_once(secret: Path, executor: Executor) -> None:
    door, _ = logins(secret, executor)
    assert isinstance(run(door.verify("meetings", "mật khẩu của máy", HOME)), Login)
    secret.write_text("mới")
    assert run(door.verify("meetings", "mật khẩu của máy", HOME)) == refusals.WRONG_LOGIN


def test_one_that_left_the_configuration_gets_in_no_more(secret: Path, executor: Executor) -> None:
    door, known = logins(secret, executor, small_book(), No())
    known.reload({})
    assert run(door.verify("meetings", "mật khẩu của máy", HOME)) == refusals.WRONG_LOGIN


def test_a_person_cannot_become_an_application_by_their_uid(secret: Path, executor: Executor) -> None:
    book = small_book()
    book.put([Known("person", "application:meetings", ("gian@tinh.test",), "active")])
    door, _ = logins(secret, executor, book, No())
    assert run(door.verify("gian@tinh.test", "x", HOME)) == refusals.WRONG_LOGIN
    assert run(door.verify("application:meetings", "mật khẩu của máy", HOME)) == refusals.WRONG_LOGIN


# ---- what it may send --------------------------------------------------------------------------------------------


def policy(secret: Path, messages_per_hour: int = 0, book: AddressBook | None = None, **settings: Any) -> Policy:
    configured = {"meetings": application(secret, messages_per_hour)}
    return Policy(relay_settings(applications=configured, **settings), book or small_book())


@pytest.mark.parametrize(
    ("sender", "refusal"),
    [
        ("hop@tinh.test", None),
        ("HOP+x7@Tinh.Test", None),
        ("bao-phat+token@tinh.test", None),
        ("", None),
        ("an@tinh.test", refusals.NOT_YOUR_SENDER),
        ("hopx@tinh.test", refusals.NOT_YOUR_SENDER),
        ("hop@sxd.tinh.test", refusals.NOT_YOUR_SENDER),
        ("hop@bo.test", refusals.NOT_YOUR_SENDER),
        ("+hop@tinh.test", refusals.NOT_YOUR_SENDER),
        ('"hop+x"@tinh.test', None),  # the same mailbox, quoted without need (RFC 5321 4.1.2)
        ("hop", refusals.BAD_SENDER),
    ],
)
def test_it_sends_as_its_addresses_and_their_details(secret: Path, sender: str, refusal: Refusal | None) -> None:
    assert policy(secret).mail(MEETINGS, sender) == refusal


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        (Headers(from_addresses=("hop+r@tinh.test",)), None),
        (Headers(from_addresses=("an@tinh.test",)), refusals.NOT_YOUR_FROM),
        (Headers(from_addresses=("hop@tinh.test", "an@tinh.test")), refusals.NOT_YOUR_FROM),
        (Headers(from_addresses=("hop@tinh.test",), sender_address="an@tinh.test"), refusals.NOT_YOUR_FROM),
        (Headers(), refusals.NO_FROM),
    ],
)
@pytest.mark.parametrize("sender", ["", "bao-phat+token@tinh.test"])
def test_its_from_is_one_of_its_addresses_whatever_the_envelope(
    secret: Path, sender: str, headers: Headers, refusal: Refusal | None
) -> None:
    envelope = Envelope(sender, (Recipient("an@tinh.test"),))
    assert policy(secret).message(MEETINGS, envelope, headers) == refusal


def test_it_needs_no_address_book_to_send(secret: Path) -> None:
    rules = policy(secret, book=AddressBook(["tinh.test"]))
    assert rules.mail(MEETINGS, "hop@tinh.test") is None
    assert rules.rcpt(MEETINGS, "hop@tinh.test", Recipient("ai@bo.test"), 0) is None


def test_only_its_own_limit_counts(secret: Path, moment: list[float]) -> None:
    moment[0] = 3600.0 * 1000
    limits = Limits(messages_per_account_hour=1, recipients_per_account_day=1)
    free = policy(secret, limits=limits)
    assert [free.mail(MEETINGS, "hop@tinh.test") for _ in range(5)] == [None] * 5
    assert [free.rcpt(MEETINGS, "", Recipient("ai@bo.test"), 0) for _ in range(5)] == [None] * 5
    bound = policy(secret, 2)
    assert [bound.mail(MEETINGS, "hop@tinh.test") for _ in range(3)] == [None, None, refusals.TOO_MANY_MESSAGES]
    moment[0] += 2 * 3600
    assert bound.mail(MEETINGS, "hop@tinh.test") is None


def test_an_open_session_of_one_that_left_the_configuration_sends_no_more(secret: Path) -> None:
    rules = policy(secret)
    rules.reload(relay_settings())
    assert rules.mail(MEETINGS, "hop@tinh.test") == refusals.ACCOUNT_CLOSED
    assert rules.message(MEETINGS, Envelope("", ()), Headers(from_addresses=("hop@tinh.test",))) == (
        refusals.ACCOUNT_CLOSED
    )


def test_people_do_not_get_its_addresses(secret: Path) -> None:
    assert policy(secret).mail(AN, "hop@tinh.test") == refusals.NOT_YOUR_SENDER

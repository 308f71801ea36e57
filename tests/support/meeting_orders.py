"""A meetings database with the handlers of the control socket, and a directory of a few invented people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from foundation import clock
from foundation.control.server import Question
from foundation.errors import Problem, Unreachable
from foundation.keys import Key, Keyring
from foundation.language import Text
from foundation.storage import Database
from meetings.control_orders.orders import ControlOrders
from meetings.control_orders.workplace import Workplace
from meetings.links import Links
from meetings.meeting import Guest, Role
from tests.support.meetings_settings import meetings_settings

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HUNG = Guest("hung.ubnd@tinh.test", "Trần Văn Hùng", title="Phó Chủ tịch", agency="UBND", telephone="0255 3822 001")
HANH = Guest("hanh.sxd@tinh.test", "Đặng Thị Hạnh", agency="SXD", aliases=("hanhdt.sxd@tinh.test",))
MINH = Guest("minh.sxd@tinh.test", "Lê Văn Minh", agency="SXD")
TUAN = Guest("tuan.stc@tinh.test", "Phạm Anh Tuấn", agency="STC", telephone="0255 3822 002")
LAN = Guest("lan.stc@tinh.test", "Nguyễn Thị Lan", agency="STC")
EMPLOYEES = {LAN.address: "CB000005"}
"""Who is named by an employee id."""
OFFICE = Guest("sxd@tinh.test", "Sở Xây dựng", agency="SXD", groups=("SXD",))


class FewPeople:
    """Answers as `meetings.people.People`; `suspended` are as good as gone, `away` is a directory that is down. What is
    in `meanwhile` happens, one at a time, while somebody asks."""

    def __init__(self) -> None:
        self.guests = {guest.address: guest for guest in (HUNG, HANH, MINH, TUAN, LAN)}
        self.agencies = {"sxd": (OFFICE,), "stc": (TUAN, LAN)}
        self.suspended: set[str] = set()
        self.away = False
        self.meanwhile: list[Callable[[], object]] = []

    @contextmanager
    def open(self) -> Iterator[FewPeople]:
        """Like a connection."""
        if self.away:
            raise Unreachable(Text("thư mục không trả lời", "the directory does not answer"))
        if self.meanwhile:
            happens = self.meanwhile.pop(0)
            rest, self.meanwhile = self.meanwhile, []
            happens()
            self.meanwhile = rest
        yield self

    def expand(
        self, names: Sequence[str], role: Role = "REQ-PARTICIPANT", column: str = ""
    ) -> tuple[tuple[Guest, ...], tuple[Problem, ...]]:
        found: dict[str, Guest] = {}
        problems = []
        for name in names:
            named = [guest for guest in self.guests.values() if name in (EMPLOYEES.get(guest.address), guest.name)]
            known = self.agencies.get(name.lower()) or tuple(filter(None, [self.find(name), *named]))
            if not known:
                problems.append(Problem("error", Text("không có", "nobody"), column=column, value=name))
            for guest in known:
                if guest.address not in self.suspended:
                    found[guest.address] = replace(guest, role=role, groups=(*guest.groups, name))
        return tuple(found.values()), tuple(problems)

    def find(self, address: str) -> Guest | None:
        return self.find_all([address]).get(address.lower())

    def find_all(self, addresses: Collection[str]) -> dict[str, Guest]:
        everybody = {**self.guests, OFFICE.address: OFFICE}
        return {
            address: everybody[address]
            for address in addresses
            if address in everybody and address not in self.suspended
        }

    def unreachable(self, addresses: Collection[str]) -> frozenset[str]:
        return frozenset(set(addresses) - set(self.find_all(addresses)))

    def colleagues(self, agency: str) -> tuple[Guest, ...]:
        return tuple(guest for guest in self.guests.values() if guest.agency == agency)


class OrdersHouse:
    """Asks one verb after the other, as commands do over the socket."""

    def __init__(self, database: Database, **settings: Any) -> None:
        self.database = database
        self.people = FewPeople()
        self.settings = meetings_settings(**settings)
        key = Key("k1", clock.today("Asia/Ho_Chi_Minh"), "hmac-sha256", b"k" * 32)
        self.links = Links(Keyring((key,)), "https://hop.tinh.test")
        self.woken = 0
        place = Workplace(
            settings=lambda: self.settings,
            database=database,
            people=self.people.open,  # type: ignore[arg-type]  # answers what is asked of it here
            links=lambda: self.links,
            wake=self._wake,
        )
        self._handlers = ControlOrders(place).handlers()

    def ask(self, verb: str, **fields: Any) -> dict[str, Any]:
        """The answer of a verb; raises what the other end of the socket would raise."""
        question = Question(verb, fields, "thuky", 0, asyncio.StreamReader.__new__(asyncio.StreamReader))
        return asyncio.run(self._asked(verb, question))

    async def _asked(self, verb: str, question: Question) -> dict[str, Any]:
        return await self._handlers[verb](question)

    def create(self, **changes: Any) -> dict[str, Any]:
        """A meeting from the good form."""
        return self.ask("create", form=form(**changes), source="hop.toml", check=False)

    def _wake(self) -> None:
        self.woken += 1


def day(days: int = 30, hour: int = 8) -> datetime:
    """A working hour some days from now; a weekend is no obstacle to a meeting."""
    return (clock.now().astimezone(ZONE) + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)


def form(**changes: Any) -> dict[str, Any]:
    """A form without a mistake, with these keys changed; None takes one out."""
    fields: dict[str, Any] = {
        "number": "15/GM-UBND",
        "summary": "Họp giao ban",
        "content": "Đánh giá tháng 11.",
        "requirements": "Chuẩn bị báo cáo.",
        "chair": HUNG.address,
        "start": day().isoformat(),
        "duration": "2h",
        "places": ["Hội trường UBND tỉnh"],
        "required": ["stc", HANH.address],
        "contact": "Lê Thị Lan; 0255 3822 000",
    }
    return {key: value for key, value in {**fields, **changes}.items() if value is not None}

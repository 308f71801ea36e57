"""One expansion: names already read, all questions asked in a few rounds, then everybody once in the order of naming.

Rounds: what holds the addresses; who has the employee ids and full names; the lists that these reach; the leaders'
lists and the offices of the agencies named; the holders of offices. Each round is one batch, however many names there
are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from foundation.addresses import without_detail
from foundation.directory import Entry, schema
from foundation.errors import Problem
from foundation.language import Text
from foundation.vietnamese import equality_key
from meetings.meeting import Guest, Role
from meetings.names import Named
from meetings.people.agencies import Agencies
from meetings.people.guests import Guests, order_of
from meetings.people.lists import Lists
from meetings.people.questions import Found, Questions, normalised_name

CANDIDATES_SHOWN: Final = 10
"""Ours: as many as somebody reads in one line of an error."""
_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_LOOK_UP: Final = Text(
    "xem lại chính tả và dấu; ghi địa chỉ thư, mã đơn vị, danh sách, mã cán bộ hoặc họ tên đủ; không rõ thì hỏi "
    "đầu mối",
    "check it, accents too; write a mail address, the code of an agency, a list, an employee id or a full name; or ask "
    "the focal agency",
)


class Expansion:
    """State of one expansion; used once."""

    def __init__(
        self,
        questions: Questions,
        agencies: Agencies,
        domains: Sequence[str],
        leader_lists: Sequence[str],
        role: Role,
        column: str,
    ) -> None:
        self._questions = questions
        self._agencies = agencies
        self._main_domain = domains[0] if domains else ""
        self._domains = {*domains, *agencies.domains}
        self._leader_lists = leader_lists
        self._role = role
        self._column = column
        self._problems: list[Problem] = []
        self._guests: dict[str, Guest] = {}
        self._told: set[str] = set()

    def of(self, names: Sequence[Named | Problem], most_guests: int) -> tuple[tuple[Guest, ...], tuple[Problem, ...]]:
        """Everybody, and every problem. Raises Unreachable."""
        for problem in names:
            if isinstance(problem, Problem):
                self._tell(problem)
        named = [name for name in names if isinstance(name, Named)]
        self._ask(named)
        for name in named:
            if name.agency:
                self._agency(name, name.agency)
            elif name.address:
                self._address(name)
            elif name.short:
                self._short(name)
            else:
                self._one_person(name, self._named.get(equality_key(name.full_name), []))
        guests = tuple(self._guests.values())
        if len(guests) > most_guests:
            message = Text("{count} người dự, quá giới hạn {most}", "{count} people, more than the limit of {most}")
            hint = Text("[meetings.limits] attendees đặt giới hạn này", "[meetings.limits] attendees sets this limit")
            self._tell(Problem("error", message.format(count=len(guests), most=most_guests), hint=hint))
            guests = ()
        return guests, tuple(self._problems)

    def _ask(self, named: Iterable[Named]) -> None:
        """Everything that the directory has to say, in a few rounds."""
        named = list(named)
        agencies = (self._agencies.find(name.agency or name.short) for name in named if name.agency or name.short)
        codes = {agency.code for agency in agencies if agency is not None}
        short = {name.short for name in named if name.short and self._agencies.find(name.short) is None}
        wanted = {spelling for name in named if name.address for spelling in _spellings(name.address)}
        wanted |= {address for each in short if (address := self._at_home(each))}
        found = self._questions.by_address(wanted | (set(self._leader_lists) if codes else set()))
        self._ask_for_people(short, {name.full_name for name in named if name.full_name})
        self._holding = self._by_address(found)
        self._lists = Lists(self._questions, found.lists)
        agency_offices = self._questions.offices_of(codes) if codes else []
        self._offices = {entry.first(schema.DEPARTMENT_NUMBER).lower(): entry for entry in agency_offices}
        self._leaders = self._leaders_by_agency(found.lists) if codes else {}
        offices = (*found.offices, *self._lists.offices.values(), *agency_offices)
        self._maker = Guests(self._questions, self._agencies, offices)

    def _ask_for_people(self, numbers: set[str], names: set[str]) -> None:
        self._employees: dict[str, list[Entry]] = {}
        self._named: dict[str, list[Entry]] = {}
        for entry in self._questions.by_employee_number(numbers) if numbers else ():
            self._employees.setdefault(entry.first(schema.EMPLOYEE_NUMBER).lower(), []).append(entry)
        for entry in self._questions.by_full_name(names) if names else ():
            for key in {equality_key(name) for name in entry.values(schema.COMMON_NAME)}:
                self._named.setdefault(key, []).append(entry)

    def _at_home(self, short: str) -> str:
        """The address that this word is the first half of; empty when it is no local part."""
        return f"{short.lower()}@{self._main_domain}" if self._main_domain and _LOCAL_PART.fullmatch(short) else ""

    def _by_address(self, found: Found) -> dict[str, tuple[str, Entry]]:
        """{address: (kind, entry)}; an address has one owner, whatever its kind."""
        kinds = (("list", found.lists), ("office", found.offices), ("person", found.people))
        return {address: (kind, entry) for kind, entries in kinds for entry in entries for address in self._all(entry)}

    def _all(self, entry: Entry) -> tuple[str, ...]:
        return self._questions.addresses(entry)

    def _leaders_by_agency(self, lists: Iterable[Entry]) -> dict[str, list[tuple[Entry, tuple[str, ...]]]]:
        """{code in lower case: its leaders, each with the lists that say so}."""
        leaders: dict[str, dict[str, tuple[Entry, tuple[str, ...]]]] = {}
        for entry in lists:
            if not set(self._all(entry)).intersection(self._leader_lists):
                continue
            for member, groups in self._lists.members(entry).items():
                person = self._lists.people.get(member)
                if person is not None:
                    code = person.first(schema.DEPARTMENT_NUMBER).lower()
                    held = leaders.setdefault(code, {}).get(member, (person, ()))
                    leaders[code][member] = (person, (*held[1], *groups))
        return {code: list(found.values()) for code, found in leaders.items()}

    def _address(self, name: Named) -> None:
        kind, entry = next(
            (self._holding[spelling] for spelling in _spellings(name.address) if spelling in self._holding),
            ("", None),
        )
        if entry is None:
            self._unknown(name)
        elif kind == "list":
            self._list(name, entry)
        else:
            self._add(entry, (), name.text)

    def _short(self, name: Named) -> None:
        """A word without a domain: an agency, else a list or an office of the province, or an employee id; more than
        one of these is a question."""
        if self._agencies.find(name.short) is not None:
            self._agency(name, name.short)
            return
        kind, entry = self._holding.get(self._at_home(name.short), ("", None))
        people = self._employees.get(name.short.lower(), [])
        if entry is None or kind == "person":
            self._one_person(name, people)
        elif people:
            self._ask_which(name, [entry, *people])
        elif kind == "list":
            self._list(name, entry)
        else:
            self._add(entry, (name.short,), name.text)

    def _one_person(self, name: Named, people: list[Entry]) -> None:
        """Exactly one, or a question; whoever has left is only meant when nobody else has the name."""
        live = [person for person in people if self._maker.is_live(person)] or people
        if len(live) == 1:
            self._add(live[0], (name.text,), name.text)
        elif live:
            self._ask_which(name, live)
        elif name.full_name:
            message = Text("danh bạ không có ai họ tên như vậy", "the directory has nobody of this name")
            self._tell(Problem("error", message, value=name.text, hint=_LOOK_UP))
        else:
            message = Text(
                "không có đơn vị, danh sách, hộp thư cơ quan hay cán bộ nào có tên hoặc mã này",
                "no agency, list, office or employee has this name or id",
            )
            self._tell(Problem("error", message, value=name.text, hint=_LOOK_UP))

    def _ask_which(self, name: Named, entries: list[Entry]) -> None:
        candidates = sorted(self._candidate(entry) for entry in entries)
        more = f"; … ({len(candidates) - CANDIDATES_SHOWN})" if len(candidates) > CANDIDATES_SHOWN else ""
        message = Text("có {count} nơi nhận mang tên này, không rõ là ai", "this may be any of {count}")
        hint = Text("ghi địa chỉ thư của: {who}", "write the address of: {who}")
        who = "; ".join(candidates[:CANDIDATES_SHOWN]) + more
        self._tell(Problem("question", message.format(count=len(entries)), value=name.text, hint=hint.format(who=who)))

    def _candidate(self, entry: Entry) -> str:
        agency = self._agencies.known(entry.first(schema.DEPARTMENT_NUMBER)).name
        told = (entry.first(schema.DISPLAY_NAME) or entry.first(schema.COMMON_NAME), entry.first(schema.TITLE), agency)
        return f"{self._shown(entry)} ({', '.join(filter(None, told))})"

    def _unknown(self, name: Named) -> None:
        """An address that the directory does not have: an error at home, a guest from elsewhere."""
        domain = name.address.rpartition("@")[2]
        if domain not in self._domains and "." not in domain and not domain.startswith("["):
            message = Text("tên miền không đầy đủ", "the domain is not complete")
            hint = Text("ghi cả phần sau dấu chấm: {who}.com", "write the part after the dot too: {who}.com")
            self._tell(Problem("error", message, value=name.text, hint=hint.format(who=name.address)))
            return
        if domain not in self._domains:
            guest = Guest(name.address, name.display_name or name.address, self._role)
            self._guests.setdefault(name.address, guest)
            return
        message = Text("danh bạ không có địa chỉ này", "the directory has no such address")
        hint = Text("xem lại chính tả; không rõ thì hỏi đầu mối", "check the spelling, or ask the focal agency")
        self._tell(Problem("error", message, value=name.text, hint=hint))

    def _list(self, name: Named, entry: Entry) -> None:
        members = self._lists.members(entry)
        found = [
            (person, groups)
            for member, groups in members.items()
            if (person := self._lists.people.get(member) or self._lists.offices.get(member)) is not None
        ]
        if not found:
            message = Text("danh sách không có ai", "the list has nobody in it")
            self._tell(Problem("warning", message, value=name.text))
        short = (name.short,) if name.short else ()
        for person, groups in sorted(found, key=lambda pair: order_of(pair[0])):
            self._add(person, (*groups, *short), self._shown(person))

    def _agency(self, name: Named, code: str) -> None:
        problem = self._agencies.problem(code)
        if problem is not None:
            self._tell(problem)
            return
        agency = self._agencies.known(code)
        named = tuple(filter(None, (agency.code, agency.label)))
        leaders = sorted(self._leaders.get(agency.code.lower(), []), key=lambda pair: order_of(pair[0]))
        for person, groups in leaders:
            self._add(person, (*named, *groups), self._shown(person))
        if any(self._maker.is_live(person) for person, _ in leaders):
            return
        office = self._offices.get(agency.code.lower())
        if office is not None and self._maker.is_live(office):
            self._add(office, named, name.text)
            return
        message = Text(
            "đơn vị {name} không có lãnh đạo nào trong danh bạ, cũng không có hộp thư đơn vị",
            "the agency {name} has neither leaders in the directory nor an office mailbox",
        ).format(name=agency.name)
        hint = Text("mời bằng địa chỉ thư của từng người", "invite people by their mail addresses")
        self._tell(Problem("error", message, value=name.text, hint=hint))

    def _add(self, entry: Entry, groups: tuple[str, ...], text: str) -> None:
        key = normalised_name(entry.dn)
        known = self._guests.get(key)
        if known is not None:
            self._guests[key] = replace(known, groups=tuple(dict.fromkeys((*known.groups, *groups))))
            return
        if not self._maker.is_live(entry):
            self._left_out(key, text)
            return
        guest = self._maker.guest(entry, self._role, groups)
        if guest.address:
            self._guests[key] = guest
        elif key not in self._told:
            self._told.add(key)
            message = Text("{name} không có địa chỉ thư", "{name} has no mail address").format(name=guest.name)
            self._tell(Problem("warning", message, value=text))

    def _left_out(self, key: str, text: str) -> None:
        if key in self._told:
            return
        self._told.add(key)
        message = Text("đang tạm khóa hoặc đã nghỉ, không mời được", "is suspended or has left, and is not invited")
        self._tell(Problem("error" if self._role == "CHAIR" else "warning", message, value=text))

    def _shown(self, entry: Entry) -> str:
        return next(iter(self._all(entry)), entry.first(schema.COMMON_NAME))

    def _tell(self, problem: Problem) -> None:
        self._problems.append(replace(problem, column=self._column))


def _spellings(address: str) -> tuple[str, ...]:
    """The address, then the same without its detail."""
    return tuple(dict.fromkeys((address, without_detail(address))))

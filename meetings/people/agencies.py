"""Agencies by their code or mail label, as the directory has them today: which one a form means, and its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from foundation.directory import Entry, schema
from foundation.errors import Problem
from foundation.language import Text


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency; `ended` when it is no more on the day asked about."""

    code: str
    name: str
    label: str = ""
    domain: str = ""
    successors: tuple[str, ...] = ()
    ended: bool = False
    not_yet: bool = False


class Agencies:
    """All agencies of the directory, compared without regard to case."""

    def __init__(self, entries: Iterable[Entry], today: date) -> None:
        self._by_code: dict[str, Agency] = {}
        self._by_label: dict[str, Agency] = {}
        for entry in entries:
            agency = _agency(entry, today)
            self._by_code[agency.code.lower()] = agency
            if agency.label and not agency.ended:
                self._by_label[agency.label] = agency

    @property
    def domains(self) -> frozenset[str]:
        """Mail domains of their own."""
        return frozenset(agency.domain for agency in self._by_code.values() if agency.domain)

    def find(self, code: str) -> Agency | None:
        """The agency with this code, or with this mail label."""
        return self._by_code.get(code.lower()) or self._by_label.get(code.lower())

    def known(self, code: str) -> Agency:
        """The same; one that the directory does not have is known by its code alone."""
        return self.find(code) or Agency(code, "")

    def problem(self, code: str) -> Problem | None:
        """Why nobody can be invited by this code, if so."""
        agency = self.find(code)
        if agency is None:
            message = Text("không có đơn vị nào có mã này", "no agency has this code")
            hint = Text(
                "dùng mã đơn vị trong danh bạ (ví dụ sxd) hoặc địa chỉ thư đầy đủ",
                "use the code of an agency in the directory (such as sxd), or a whole mail address",
            )
            return Problem("error", message, value=code, hint=hint)
        if agency.ended:
            message = Text("đơn vị {name} không còn nữa", "the agency {name} exists no more").format(name=agency.name)
            successors = ", ".join(agency.successors)
            told = Text("đơn vị kế thừa: {codes}", "its successor: {codes}").format(codes=successors)
            return Problem("error", message, value=code, hint=told if successors else None)
        if agency.not_yet:
            message = Text("đơn vị {name} chưa thành lập", "the agency {name} does not exist yet")
            return Problem("error", message.format(name=agency.name), value=code)
        return None


def _agency(entry: Entry, today: date) -> Agency:
    code = entry.first(schema.ORGANIZATIONAL_UNIT)
    first_day, last_day = _day(entry.first(schema.VALID_FROM)), _day(entry.first(schema.VALID_TO))
    return Agency(
        code,
        entry.first(schema.DISPLAY_NAME) or code,
        entry.first(schema.MAIL_LABEL).lower(),
        entry.first(schema.MAIL_DOMAIN).lower(),
        entry.values(schema.SUCCESSOR),
        ended=last_day is not None and last_day < today,
        not_yet=first_day is not None and today < first_day,
    )


def _day(value: str) -> date | None:
    """The calendar day of a GeneralizedTime at midnight (RFC 4517 3.3.13); None when there is none."""
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:8]))
    except ValueError:
        return None

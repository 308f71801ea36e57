"""Which agency a row means: by code, else by name; and that it exists today.

With an agencies file an unknown code is an error that names the nearest codes. Without one the agencies are taken from
the roster's own columns (`derived`), because a first trial should need one file only.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from foundation.language import Text
from foundation.vietnamese import equality_key, slug
from provisioner.people import Agency
from provisioner.roster.problem_list import ProblemList

UNKNOWN_CODE = Text("không có đơn vị mang mã này", "no agency has this code")
UNKNOWN_SCOPE = Text("[roster] scope: không có đơn vị mang mã {code}", "[roster] scope: no agency has the code {code}")
UNKNOWN_NAME = Text("không có đơn vị mang tên này", "no agency has this name")
SEVERAL = Text("nhiều đơn vị cùng tên này", "several agencies have this name")
NOT_VALID = Text("đơn vị này không còn hoặc chưa có hiệu lực", "this agency does not exist today")
OTHER_NAME = Text("tên đơn vị là của một mã khác", "the name of the agency belongs to another code")
NO_CODE_LETTER = Text("mã đơn vị không có chữ hay số", "the agency code has no letter or digit")
ADD_AGENCY = Text("thêm đơn vị vào tệp đơn vị, hoặc sửa ô này", "add it to the agencies file, or correct the cell")

WRITE_SCOPE = Text("ghi [roster] scope = agency:MÃ ĐƠN VỊ", "write [roster] scope = agency:CODE")


class AgencyLookup:
    """Resolves the agency cells of rows; every distinct pair of code and name is decided once."""

    def __init__(self, agencies: Mapping[str, Agency] | None, today: date) -> None:
        self._given = agencies
        self._today = today
        self._derived: dict[str, Agency] = {}
        self._codes = {_code_key(code): code for code in agencies or ()}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._decided: dict[tuple[str, str], tuple[str, tuple[Text, Text] | None, bool]] = {}
        for agency in (agencies or {}).values():
            self._by_name[equality_key(agency.name)].append(agency.code)
            self._by_name["slug " + slug(agency.name)].append(agency.code)

    @property
    def derived(self) -> dict[str, Agency]:
        """The agencies taken from the roster itself, by code; empty when an agencies file was given."""
        return self._derived

    def check_scope(self, code: str, problems: ProblemList) -> bool:
        """Whether a code is exactly that of an agency; an error that names the nearest codes when it is not."""
        known = self._derived if self._given is None else self._given
        if code not in known:
            near = self._nearest(code)
            problems.error(UNKNOWN_SCOPE, value=code, hint=WRITE_SCOPE if near is ADD_AGENCY else near, code=code)
        return code in known

    def knows(self, text: str) -> bool:
        """Whether a text is the code or the name of an agency that we have met so far."""
        return bool(text) and (
            _code_key(text) in self._codes or slug(text) in self._codes or equality_key(text) in self._by_name
        )

    def resolve(self, code: str, name: str, row: int, columns: tuple[str, str], problems: ProblemList) -> str | None:
        """The code of the agency of a row; None (and a problem) when it cannot be told. One of code and name is
        filled."""
        decided = self._decided.get((code, name))
        if decided is None:
            decided = self._decided[code, name] = self._decide(code, name, row)
        found, problem, is_error = decided
        if problem:
            value, column = (code, columns[0]) if code else (name, columns[1])
            problems.add(
                "error" if is_error else "warning", problem[0], row=row, column=column, value=value, hint=problem[1]
            )
            if not is_error:
                self._decided[code, name] = (found, None, False)  # said once
        return found or None

    def _decide(self, code: str, name: str, row: int) -> tuple[str, tuple[Text, Text] | None, bool]:
        if self._given is None:
            return self._derive(code, name, row)
        if not code:
            return self._by_its_name(name)
        found = self._codes.get(_code_key(code))
        if found is None:
            return "", (UNKNOWN_CODE, self._nearest(code)), True
        if problem := self._invalid(self._given[found]):
            return "", problem, True
        others = self._existing(equality_key(name)) if name else []
        if others and found not in others:
            hint = Text("tên này là của mã {codes}", "this name is that of {codes}").format(codes=", ".join(others))
            return found, (OTHER_NAME, hint), False
        return found, None, False

    def _by_its_name(self, name: str) -> tuple[str, tuple[Text, Text] | None, bool]:
        codes = self._by_name.get(equality_key(name)) or self._by_name.get("slug " + slug(name)) or []
        existing = [code for code in codes if self._agency(code).exists_on(self._today)]
        if len(existing) == 1:
            return existing[0], None, False
        if existing:
            hint = Text("thêm cột Mã đơn vị: {codes}", "add the column Mã đơn vị (agency code): {codes}")
            return "", (SEVERAL, hint.format(codes=", ".join(existing[:5]))), True
        if codes and (problem := self._invalid(self._agency(codes[0]))):
            return "", problem, True
        return "", (UNKNOWN_NAME, ADD_AGENCY), True

    def _existing(self, name_key: str) -> list[str]:
        return [code for code in self._by_name.get(name_key, ()) if self._agency(code).exists_on(self._today)]

    def _agency(self, code: str) -> Agency:
        assert self._given is not None  # noqa: S101  (only called with an agencies file)
        return self._given[code]

    def _invalid(self, agency: Agency) -> tuple[Text, Text] | None:
        if agency.exists_on(self._today):
            return None
        if agency.successors:
            names = "; ".join(
                f"{code} ({self._agency(code).name})" if self._given and code in self._given else code
                for code in agency.successors
            )
            return NOT_VALID, Text("đơn vị kế thừa: {names}", "its successor: {names}").format(names=names)
        span = f"{agency.valid_from or '…'} – {agency.valid_to or '…'}"
        return NOT_VALID, Text("hiệu lực: {span}", "it is valid: {span}").format(span=span)

    def _nearest(self, code: str) -> Text:
        near = difflib.get_close_matches(_code_key(code), list(self._codes), 3, 0.5)
        if not near:
            return ADD_AGENCY
        known = self._derived if self._given is None else self._given
        names = "; ".join(f"{self._codes[key]} ({known[self._codes[key]].name})" for key in near)
        return Text("mã gần nhất: {names}", "the nearest codes: {names}").format(names=names)

    def _derive(self, code: str, name: str, row: int) -> tuple[str, tuple[Text, Text] | None, bool]:
        label = slug(code or name)
        if not label:
            return "", (NO_CODE_LETTER, ADD_AGENCY), True
        key = _code_key(code or label)
        found = self._codes.get(key)
        if found is None:
            found = self._codes[key] = code or label
            self._derived[found] = Agency(found, name or found, label, row=row)
        elif name and self._derived[found].name == found:
            self._derived[found] = Agency(found, name, label, row=self._derived[found].row)
        return found, None, False


def _code_key(code: str) -> str:
    return "".join(code.split()).casefold()

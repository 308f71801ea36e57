"""Official documents of Viet Nam: the kinds of Decree 30/2020/NĐ-CP and the grammar of number and symbol.

A reference such as "Số: 36 /TB-UBND" has a number, sometimes a year, a kind and an issuer. Five forms occur:

    legal    16/2009/CT-UBND   43/2008/TTLT-BTC-BTTTT   number / year / kind - issuers (quy phạm pháp luật)
    assembly 117/2025/QH15                              number / year / term of the National Assembly
    named    36/TB-UBND        11/TB-UBND-KSTT          number / kind - issuer and unit
    party    15-CT/TU          60-NQ/TW                 number - kind / party body
    letter   12/UBND-VX                                 number / issuer - unit: công văn, whose symbol has no kind

Reading forgives what typists do (spaces, any dash, one digit); `canonical` is the spelling of Decree 30, appendix I. A
symbol without a number is a draft: it can be read, but it is never found in text as a reference to an issued document.
Nothing here judges secrecy, urgency or who may issue what.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from foundation.vietnamese import equality_key, nfc

Form = Literal["legal", "assembly", "named", "party", "letter"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: its name, and its abbreviation in symbols (empty for công văn and thư công)."""

    name: str
    abbreviation: str


ADMINISTRATIVE_KINDS: Final = (
    Kind("Nghị quyết", "NQ"),
    Kind("Quyết định", "QĐ"),
    Kind("Chỉ thị", "CT"),
    Kind("Quy chế", "QC"),
    Kind("Quy định", "QyĐ"),
    Kind("Thông cáo", "TC"),
    Kind("Thông báo", "TB"),
    Kind("Hướng dẫn", "HD"),
    Kind("Chương trình", "CTr"),
    Kind("Kế hoạch", "KH"),
    Kind("Phương án", "PA"),
    Kind("Đề án", "ĐA"),
    Kind("Dự án", "DA"),
    Kind("Báo cáo", "BC"),
    Kind("Biên bản", "BB"),
    Kind("Tờ trình", "TTr"),
    Kind("Hợp đồng", "HĐ"),
    Kind("Công văn", ""),
    Kind("Công điện", "CĐ"),
    Kind("Bản ghi nhớ", "BGN"),
    Kind("Bản thỏa thuận", "BTT"),
    Kind("Giấy ủy quyền", "GUQ"),
    Kind("Giấy mời", "GM"),
    Kind("Giấy giới thiệu", "GGT"),
    Kind("Giấy nghỉ phép", "GNP"),
    Kind("Phiếu gửi", "PG"),
    Kind("Phiếu chuyển", "PC"),
    Kind("Phiếu báo", "PB"),
    Kind("Thư công", ""),
)
"""The 29 administrative kinds of Decree 30/2020/NĐ-CP, article 7, with the abbreviations of its appendix III."""

COPY_KINDS: Final = (Kind("Sao y", "SY"), Kind("Trích sao", "TrS"), Kind("Sao lục", "SL"))
"""Copies, Decree 30 appendix III."""

LEGAL_KINDS: Final = (
    Kind("Luật", "L"),
    Kind("Pháp lệnh", "PL"),
    Kind("Lệnh", "L"),
    Kind("Nghị định", "NĐ"),
    Kind("Thông tư", "TT"),
    Kind("Thông tư liên tịch", "TTLT"),
    Kind("Nghị quyết liên tịch", "NQLT"),
)
"""Kinds of legal normative documents that are met in references beside the administrative ones."""

OTHER_KINDS: Final = (Kind("Kết luận", "KL"), Kind("Quy định", "QĐi"), Kind("Công văn", "CV"))
"""Party kinds, and "CV", which offices wrote for công văn before Decree 30 and still do."""

ALL_KINDS: Final = (*ADMINISTRATIVE_KINDS, *COPY_KINDS, *LEGAL_KINDS, *OTHER_KINDS)


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """Number and symbol of one document; `number` is empty for a draft, `kind` for công văn."""

    form: Form
    number: str
    year: int | None
    kind: str
    issuer: tuple[str, ...]

    @property
    def canonical(self) -> str:
        """The spelling of Decree 30: no spaces, plain hyphens, two digits at least, upper and lower case as written."""
        if self.form == "party":
            return f"{self.number}-{self.symbol}"
        return f"{self.number}/{self.year}/{self.symbol}" if self.year else f"{self.number}/{self.symbol}"

    @property
    def symbol(self) -> str:
        """The part after the number (and year): "TB-UBND"."""
        issuer = "-".join(self.issuer)
        if self.form == "party":
            return f"{self.kind}/{issuer}"
        return f"{self.kind}-{issuer}" if self.kind else issuer

    @property
    def is_draft(self) -> bool:
        """Whether the number is still blank: not issued, to be counted nowhere."""
        return not self.number

    def __str__(self) -> str:
        return self.canonical


_SPACE: Final = "[ \t\u00a0]*"
_SLASH: Final = f"{_SPACE}/{_SPACE}"
_HYPHEN: Final = f"{_SPACE}[-\u2010-\u2015]{_SPACE}"
_NUMBER: Final = "(?P<number>[0-9]{1,5}[a-zđ]?)"
_YEAR: Final = "(?P<year>(?:19|20)[0-9][0-9])"
_SEGMENT: Final = "[A-ZĐƯ][A-Za-zĐđƯư]*[0-9]*"
_ISSUER: Final = f"(?P<issuer>{_SEGMENT}(?:{_HYPHEN}{_SEGMENT})*)"
_TWO_SEGMENTS: Final = f"(?P<issuer>{_SEGMENT}(?:{_HYPHEN}{_SEGMENT})+)"
_KIND: Final = (
    "(?P<kind>"
    + "|".join(
        sorted({kind.abbreviation for kind in ALL_KINDS if kind.abbreviation}, key=lambda word: (-len(word), word))
    )
    + ")"
)
_BEFORE: Final = r"(?<![\w/.,\-])"
_AFTER: Final = r"(?![\w/])"

_GRAMMAR: Final[tuple[tuple[Form, str], ...]] = (
    ("legal", f"{_NUMBER}{_SLASH}{_YEAR}{_SLASH}{_KIND}{_HYPHEN}{_ISSUER}"),
    ("assembly", f"{_NUMBER}{_SLASH}{_YEAR}{_SLASH}(?P<issuer>(?:UBTV)?QH[0-9]{{1,2}})"),
    ("named", f"{_NUMBER}{_SLASH}{_KIND}{_HYPHEN}{_ISSUER}"),
    ("party", f"{_NUMBER}{_HYPHEN}{_KIND}{_SLASH}(?P<issuer>{_SEGMENT})"),
    ("letter", f"{_NUMBER}{_SLASH}{_TWO_SEGMENTS}"),
)
"""Tried in this order at every place of a text."""

_BLANK: Final = r"(?:^|(?<=:)|(?<=số)|(?<=Số))[ \t\u00a0.…_]*"
_DRAFTS: Final[tuple[tuple[Form, str], ...]] = (
    ("named", f"{_BLANK}/{_SPACE}{_KIND}{_HYPHEN}{_ISSUER}"),
    ("letter", f"{_BLANK}/{_SPACE}{_TWO_SEGMENTS}"),
)


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], tuple[tuple[Form, re.Pattern[str]], ...]]:
    """(one pattern that finds any reference in a single pass, then one for the parts of each form)."""
    anything = "|".join(re.sub(r"\?P<\w+>", "?:", pattern) for _, pattern in _GRAMMAR)
    forms = tuple((form, re.compile(pattern + _AFTER)) for form, pattern in _GRAMMAR)
    return re.compile(f"{_BEFORE}(?:{anything}){_AFTER}"), forms


@lru_cache(maxsize=1)
def _draft_patterns() -> tuple[tuple[Form, re.Pattern[str]], ...]:
    return tuple((form, re.compile(pattern + _AFTER)) for form, pattern in _DRAFTS)


def find_numbers(text: str) -> tuple[DocumentNumber, ...]:
    """Every reference to an issued document in a text, in order; the same one may occur twice."""
    anything, forms = _patterns()
    return tuple(_read(found[0], forms) for found in anything.finditer(nfc(text)))


def parse_number(text: str) -> DocumentNumber | None:
    """The first reference in a text, issued or (when there is no issued one) a draft; None when there is none."""
    issued = find_numbers(text)
    if issued:
        return issued[0]
    composed = nfc(text)
    for form, pattern in _draft_patterns():
        if match := pattern.search(composed):
            return _from_match(form, match)
    return None


def _read(reference: str, forms: tuple[tuple[Form, re.Pattern[str]], ...]) -> DocumentNumber:
    return next(_from_match(form, match) for form, pattern in forms if (match := pattern.fullmatch(reference)))


def _from_match(form: Form, match: re.Match[str]) -> DocumentNumber:
    parts = match.groupdict()
    return DocumentNumber(
        form,
        _two_digits(parts.get("number") or ""),
        int(parts["year"]) if parts.get("year") else None,
        parts.get("kind") or "",
        tuple(re.split(_HYPHEN, parts["issuer"])),
    )


def _two_digits(number: str) -> str:
    """Decree 30, appendix I: numbers below 10 get a zero in front; other leading zeros are a typist's."""
    digits = number.rstrip("abcdefghijklmnopqrstuvwxyzđ")
    return f"{int(digits):02d}{number[len(digits) :]}" if digits else ""


def kind_of(name_or_abbreviation: str) -> Kind | None:
    """The kind with this name (any style of tone marks, any case) or exactly this abbreviation."""
    text = nfc(name_or_abbreviation).strip()
    for kind in ALL_KINDS:
        if text and text == kind.abbreviation:
            return kind
    key = equality_key(text)
    return next((kind for kind in ALL_KINDS if equality_key(kind.name) == key), None)

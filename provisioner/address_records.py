"""The dated addresses of one entry (`congvuAddressRecord`): which is primary, which are aliases, and until when.

One value is `kind since until address`, kind being primary or alias and `-` an open date. The directory keeps them so
that an alias still expires on its day when our database is lost. Pure; addresses are compared as given (normalised by
the caller).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """One address with the dates in which it is delivered to its owner; `until` is the last day."""

    kind: str
    since: date | None
    until: date | None
    address: str

    def __str__(self) -> str:
        return f"{self.kind} {_write(self.since)} {_write(self.until)} {self.address}"

    def as_json(self) -> dict[str, str | None]:
        """The shape of `provision show`."""
        return {
            "address": self.address,
            "kind": self.kind,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
        }


def parse(values: Iterable[str]) -> list[AddressRecord]:
    """Read the values of one entry; a value that a hand has broken is left out (the next sync writes it anew)."""
    records = []
    for value in values:
        fields = value.split(" ")
        if len(fields) == 4 and fields[0] in ("primary", "alias"):
            try:
                records.append(AddressRecord(fields[0], _read(fields[1]), _read(fields[2]), fields[3]))
            except ValueError:
                continue
    return sorted(records, key=lambda record: (record.kind != "primary", record.address))


def complete(records: list[AddressRecord], primary: str, addresses: Iterable[str], today: date) -> list[AddressRecord]:
    """Records for every address that the entry really holds, whatever the stored records say."""
    known = {record.address: record for record in records}
    result = []
    for address in addresses:
        kind = "primary" if address == primary else "alias"
        record = known.get(address) or AddressRecord(kind, today, None, address)
        result.append(record if record.kind == kind else replace(record, kind=kind, until=None))
    return sorted(result, key=lambda record: (record.kind != "primary", record.address))


def renamed(records: list[AddressRecord], new_primary: str, today: date, alias_days: int) -> list[AddressRecord]:
    """The records after a new primary address: the old primary lives on as an alias for `alias_days`."""
    last_day = today + timedelta(days=alias_days)
    kept = [
        replace(record, kind="alias", until=last_day) if record.kind == "primary" else record
        for record in records
        if record.address != new_primary
    ]
    return [AddressRecord("primary", today, None, new_primary), *sorted(kept, key=lambda record: record.address)]


def unexpired(records: list[AddressRecord], today: date) -> list[AddressRecord]:
    """The records without the aliases whose last day has passed."""
    return [record for record in records if record.kind == "primary" or record.until is None or record.until >= today]


def _write(day: date | None) -> str:
    return day.isoformat() if day else "-"


def _read(text: str) -> date | None:
    return None if text == "-" else date.fromisoformat(text)

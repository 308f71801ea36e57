"""A province on one folder: configuration, keys, rosters as files, and its commands as the subprocesses that they are.

`province` points at the emptied `slapd` of the test process and keeps its SQLite files in a folder of its own. Rosters
and agencies are written as an office writes them: Vietnamese headers, dates as dd/mm/yyyy. Every name is invented.
"""

from __future__ import annotations

import csv
import io
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from foundation.config import load
from foundation.config.sections import Configuration
from foundation.key_files import create, file_of
from foundation.keys import KINDS
from foundation.storage import Database, open_database
from provisioner.workbench import TOOL, database_migrations
from tests.support.ds389_server import Ds389Server
from tests.support.slapd_server import SlapdServer

PROJECT = Path(__file__).resolve().parents[2]
_DEADLINE_SECONDS = 120
_POLL_SECONDS = 0.005
_MOVED_BY_OTHERS = ("authTimestamp", "contextCSN", "hasSubordinates")

FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô")
MIDDLES = ("Văn", "Thị", "Đức", "Minh", "Thanh", "Quốc", "Ngọc")
GIVENS = ("An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Hòa", "Khánh", "Lan", "Mỹ", "Nga", "Phúc", "Quyên")

SXD = ("SXD", "Sở Xây dựng", "sxd")
VPUB = ("VPUB", "Văn phòng Ủy ban nhân dân tỉnh", "vpub")


@dataclass(frozen=True)
class Official:
    """One row of a roster, as text."""

    id: str
    name: str
    agency: str = "SXD"
    title: str = "Chuyên viên"
    hired: str = "01/09/2020"
    status: str = "Đang làm việc"
    decision: str = ""
    phone: str = ""

    def but(self, **changes: str) -> Official:
        """The same person with other cells."""
        return replace(self, **changes)

    def cells(self) -> dict[str, str]:
        """The row under the headers of an office."""
        return {
            "Mã CBCC": self.id,
            "Họ và tên": self.name,
            "Mã đơn vị": self.agency,
            "Chức vụ": self.title,
            "Ngày tuyển dụng": self.hired,
            "Trạng thái": self.status,
            "Số quyết định": self.decision,
            "Điện thoại": self.phone,
        }


def officials(count: int, agencies: Sequence[str] = ("SXD", "VPUB"), first: int = 1) -> list[Official]:
    """This many people with names of their own; the first of each agency is its văn thư."""
    found = []
    for number in range(first, first + count):
        name = (
            f"{FAMILIES[number % len(FAMILIES)]} {MIDDLES[number // 3 % len(MIDDLES)]}"
            f" {GIVENS[number // 2 % len(GIVENS)]}"
        )
        title = "Văn thư" if number - first < len(agencies) else "Chuyên viên"
        found.append(Official(f"CB{number:05}", name, agencies[number % len(agencies)], title))
    return found


@dataclass
class Answer:
    """How a command ended and what it said."""

    code: int
    stdout: str
    stderr: str

    @cached_property
    def json(self) -> dict[str, Any]:
        """The one document on stdout."""
        found = json.loads(self.stdout)
        assert isinstance(found, dict)
        return found

    def changes(self, kind: str = "person") -> dict[str, dict[str, Any]]:
        """The planned changes of one kind by employee id (people) or name of the entry."""
        return {
            change["employee_id"] or change["dn"]: change for change in self.json["changes"] if change["kind"] == kind
        }

    def limit(self, name: str) -> dict[str, Any]:
        """One limit by name; it must be there."""
        return next(limit for limit in self.json["limits"] if limit["name"] == name)


@dataclass
class Province:
    """A configuration in a folder, and what its administrator types."""

    folder: Path
    slapd: SlapdServer | Ds389Server
    source: str = "hr"
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def configuration(self) -> Configuration:
        """The configuration as the commands load it."""
        return load(self.config)

    # -- making -----------------------------------------------------------------------------------------------------

    def make(self, storage: str = "sqlite:data", url: str = "", more: str = "", keys: bool = True) -> None:
        """Write the configuration, the secret and the keys; `more` is TOML for other sections."""
        self.folder.mkdir(exist_ok=True)
        secret = self.folder / "provision.password"
        secret.write_text(self.slapd.service_password)
        secret.chmod(0o600)
        (self.folder / "clock").write_text("")
        self.config.write_text(f"""
[organisation]
name = "Tỉnh Thử"
domain = "tinh.test"
language = "en"
[storage]
url = "{storage}"
[keys]
directory = "keys"
[sandbox]
clock_file = "clock"
[directory]
url = "{url or self.slapd.url}"
base = "{self.slapd.base}"
bind_dn = "{self.slapd.service_dn}"
bind_password = {{ file = "provision.password" }}
tls = {{ ca_file = "{getattr(self.slapd, "ca_file", "")}" }}
receive_timeout_seconds = 60
[roster]
source = "{self.source}"
{more}
""")
        if keys:
            for name in ("address-register", "journal"):
                create(KINDS[name], file_of(KINDS[name], self.configuration), "Asia/Ho_Chi_Minh")

    def change(self, old: str, new: str) -> None:
        """Replace a text of the configuration; it must be there."""
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))

    def add(self, toml: str) -> None:
        """Append to the configuration."""
        self.config.write_text(f"{self.config.read_text()}\n{toml}\n")

    def set_clock(self, offset: str) -> None:
        """Set the time of every command to come: `+8d`."""
        (self.folder / "clock").write_text(offset)

    def roster(self, people: Iterable[Official], name: str = "roster.csv", *, without: Sequence[str] = ()) -> Path:
        """A roster file; `without` leaves columns out."""
        output = io.StringIO()
        headers = [header for header in Official("", "").cells() if header not in without]
        writer = csv.DictWriter(output, headers, extrasaction="ignore", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(person.cells() for person in people)
        return self.file(name, output.getvalue())

    def agencies(self, *agencies: tuple[str, str, str], name: str = "agencies.csv") -> Path:
        """An agencies file of (code, name, mail label)."""
        lines = [
            "Mã đơn vị,Tên đơn vị,Cấp,Nhãn thư",
            *(f"{code},{title},tỉnh,{label}" for code, title, label in agencies),
        ]
        return self.file(name, "\n".join(lines) + "\n")

    def file(self, name: str, content: str | bytes) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    # -- running ----------------------------------------------------------------------------------------------------

    def run(
        self, *arguments: str | Path, program: str = "provision", timeout_seconds: float = _DEADLINE_SECONDS
    ) -> Answer:
        """Run a command to its end; never a traceback, whatever the exit code."""
        child = self.start(*arguments, program=program)
        try:
            stdout, stderr = child.communicate(timeout=timeout_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise
        answer = Answer(child.returncode, stdout, stderr)
        assert "Traceback" not in answer.stderr, answer.stderr
        assert answer.code not in (70, -11), answer.stderr
        return answer

    def start(self, *arguments: str | Path, program: str = "provision", **options: Any) -> subprocess.Popen[str]:
        """Start a command; the caller waits for it."""
        module = {"provision": "provisioner.cli", "congvu": "congvu.cli"}[program]
        return subprocess.Popen(
            [sys.executable, "-m", module, "--config", str(self.config), *map(str, arguments)],
            cwd=self.folder,
            env=self._environment(),
            text=True,
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )

    def plan(self, *arguments: str | Path) -> Answer:
        """`provision plan --json`."""
        return self.run("plan", "--json", *arguments)

    def sync(self, *arguments: str | Path) -> Answer:
        """`provision sync --json --yes`."""
        return self.run("sync", "--json", "--yes", *arguments)

    def synced(self, *arguments: str | Path) -> Answer:
        """A sync that must succeed without a failed item."""
        answer = self.sync(*arguments)
        assert answer.code == 0, answer.stderr
        assert answer.json["failed"] == []
        return answer

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CONGVU_", "COV_"))}
        return {**kept, "PYTHONPATH": str(PROJECT), "NO_COLOR": "1", **self.variables}

    # -- looking ----------------------------------------------------------------------------------------------------

    def people(self) -> dict[str, dict[str, list[str]]]:
        """Every entry under ou=people by employee number, as the administrator of the directory sees it."""
        found = self.entries("ou=people", "(objectClass=person)")
        return {(values.get("employeeNumber") or [dn])[0]: {**values, "dn": [dn]} for dn, values in found.items()}

    def person(self, employee_id: str) -> dict[str, list[str]]:
        """One entry, operational attributes included."""
        return self.people()[employee_id]

    def entries(self, subtree: str = "", condition: str = "(objectClass=*)") -> dict[str, dict[str, list[str]]]:
        """{name: attributes} below a subtree of ours."""
        base = ",".join(part for part in (subtree, self.slapd.base) if part)
        found: dict[str, dict[str, list[str]]] = {}
        with self.slapd.admin_connection() as admin:
            admin.search(base, condition, attributes=["*"])
            for item in admin.response or ():
                found[item["dn"]] = {
                    name: [value.decode(errors="replace") for value in values]  # slapd's argon2 leaves odd bytes behind
                    for name, values in item["raw_attributes"].items()
                }
        return found

    def everything(self) -> dict[str, dict[str, list[str]]]:
        """The whole directory with the operational attributes that writes move; logins write to ou=services."""
        with self.slapd.admin_connection() as admin:
            admin.search(self.slapd.base, "(objectClass=*)", attributes=["*", "+"])
            return {
                item["dn"]: {
                    name: sorted(value.decode(errors="replace") for value in values)
                    for name, values in item["raw_attributes"].items()
                    if name not in _MOVED_BY_OTHERS
                }
                for item in admin.response or ()
                if not item["dn"].endswith(f"ou=services,{self.slapd.base}")
            }

    def database(self) -> Database:
        """The provisioner's database, for reading in a test; the caller closes it."""
        return open_database(self.configuration.storage.url, TOOL, database_migrations())


class Conversation:
    """A command at a terminal: it asks, the test looks around or changes something, then answers."""

    def __init__(self, province: Province, *arguments: str | Path) -> None:
        self._terminal, other_end = os.openpty()
        self._child = province.start(*arguments, stdin=other_end)
        os.close(other_end)
        self._said = b""
        self._read_until(b"[c/y")

    def answer(self, word: str) -> Answer:
        """Type a line and wait for the end."""
        os.write(self._terminal, f"{word}\n".encode())
        stdout, stderr = self._child.communicate(timeout=_DEADLINE_SECONDS)
        os.close(self._terminal)
        answer = Answer(self._child.returncode, stdout, self._said.decode() + stderr)
        assert "Traceback" not in answer.stderr, answer.stderr
        return answer

    def _read_until(self, words: bytes) -> None:
        assert self._child.stderr is not None
        descriptor = self._child.stderr.fileno()
        while words not in self._said:
            ready, _, _ = select.select([descriptor], [], [], _DEADLINE_SECONDS)
            more = os.read(descriptor, 4096) if ready else b""
            assert more, f"the command asked nothing: {self._said.decode()}"
            self._said += more


def wait_for(what: Callable[[], Any], why: str = "") -> Any:
    """Poll until `what` returns something true and return it; fails after the deadline."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, why or "deadline"
        time.sleep(_POLL_SECONDS)


def alike(one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> bool:
    """Whether two entries hold the same values, order aside."""
    return {name: sorted(values) for name, values in one.items()} == {
        name: sorted(values) for name, values in other.items()
    }


@dataclass
class Loaded:
    """A province after its first sync, with what its roster said then."""

    province: Province
    people: list[Official]
    agencies: Path
    roster: Path

    def again(self, people: Iterable[Official], name: str = "roster2.csv") -> tuple[str | Path, ...]:
        """The arguments for the next roster with the same agencies."""
        return ("--agencies", self.agencies, self.province.roster(people, name))

    def with_one_changed(self, employee_id: str, **changes: str) -> list[Official]:
        """The people of the first roster with other cells in one row."""
        return [person.but(**changes) if person.id == employee_id else person for person in self.people]

    def without(self, *employee_ids: str) -> list[Official]:
        """The people of the first roster without some."""
        return [person for person in self.people if person.id not in employee_ids]


def load_people(province: Province, people: list[Official]) -> Loaded:
    """The first sync of a province with two agencies."""
    agencies, roster = province.agencies(SXD, VPUB), province.roster(people)
    province.synced("--agencies", agencies, roster)
    return Loaded(province, people, agencies, roster)


@pytest.fixture
def loaded(province: Province) -> Loaded:
    """A province of twenty people in two agencies."""
    return load_people(province, officials(20))


@pytest.fixture
def province(tmp_path: Path, slapd: SlapdServer) -> Province:
    """An installation on an empty directory."""
    made = Province(tmp_path / "province", slapd)
    made.make()
    return made

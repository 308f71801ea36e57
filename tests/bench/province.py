"""A durable slapd with the reference configuration and a generated roster, for the benchmarks; all in one folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from congvu.servers.certificates import make_certificate
from congvu.servers.slapd import Slapd, SlapdSettings, render_base
from foundation.directory.schema import SERVICE_NAMES, service_dn
from provisioner.generate import Province, generate, write_agencies, write_roster
from tests.support.slapd_server import free_port

BASE = "dc=tinh,dc=test"
RANDOM_SEED = 2026


@dataclass
class Bench:
    """Where things are; `run` times a command."""

    folder: Path
    slapd: Slapd
    province: Province
    passwords: dict[str, str]

    @property
    def roster(self) -> Path:
        return self.folder / "roster.csv"

    @property
    def agencies(self) -> Path:
        return self.folder / "agencies.csv"

    def provision(self, *arguments: str | Path, expected: int = 0) -> Measured:
        """Run `provision` as a user would."""
        return run([sys.executable, "-m", "provisioner.cli", *map(str, arguments)], expected, self.environment)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "CONGVU_CONFIG": str(self.folder / "config.toml")}

    def ldap(self, program: str, *arguments: str | Path, output: Path | None = None, admin: bool = False) -> Measured:
        """Run an OpenLDAP client as the provisioner's account (or as the administrator through the local socket)."""
        who = ["-Q", "-Y", "EXTERNAL", "-H", self.slapd.ldapi_url] if admin else [
            "-x", "-H", self.slapd.url, "-D", service_dn("provision", BASE), "-y", str(self.folder / "password")
        ]  # fmt: skip
        return run([program, *who, *map(str, arguments)], 0, output=output)

    def empty(self) -> None:
        """Back to the empty frame, as freshly created."""
        self.slapd.stop()
        self.slapd.load(render_base(self.slapd.settings, self.passwords))
        self.slapd.start()
        shutil.rmtree(self.folder / "database", ignore_errors=True)


@dataclass(frozen=True)
class Measured:
    """One run of a command: seconds on the wall, seconds of processor, and the most memory it held."""

    wall_seconds: float
    cpu_seconds: float
    peak_mebibytes: float


def run(
    command: list[str], expected: int = 0, environment: dict[str, str] | None = None, output: Path | None = None
) -> Measured:
    """Run a command to its end and measure it."""
    started = time.monotonic()
    with (output or Path(os.devnull)).open("wb") as out, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - started
        if process.returncode != expected:
            errors.seek(0)
            sys.exit(f"{command}: exit {process.returncode}\n{errors.read().decode()[-2000:]}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


@contextmanager
def bench(people: int) -> Iterator[Bench]:
    """An empty directory and the files of a province of this size."""
    folder = Path(tempfile.mkdtemp(prefix="congvu-bench-"))
    folder.chmod(0o755)
    passwords = {name: f"{name}-password-of-the-benchmark" for name in SERVICE_NAMES}
    settings = SlapdSettings(folder / "slapd", folder / "slapd.log", BASE, "Tỉnh Thử", free_port(), free_port())
    slapd = Slapd(settings)
    slapd.configure(make_certificate())
    slapd.load(render_base(settings, passwords))
    slapd.start()
    try:
        province = generate(people, RANDOM_SEED)
        found = Bench(folder, slapd, province, passwords)
        write_roster(province, found.roster)
        write_agencies(province, found.agencies)
        _configure(found)
        yield found
    finally:
        slapd.stop()
        shutil.rmtree(folder)


def _configure(found: Bench) -> None:
    password = found.folder / "password"
    password.write_text(found.passwords["provision"])
    password.chmod(0o600)
    (found.folder / "config.toml").write_text(
        f"""
[organisation]
name = "Tỉnh Thử"
domain = "tinh.test"
language = "en"
[storage]
url = "sqlite://{found.folder}/database"
[directory]
url = "{found.slapd.url}"
base = "{BASE}"
bind_password = {{ file = "{password}" }}
[roster]
agencies = "{found.agencies}"
[addresses]
register_key = {{ file = "{found.folder}/keys/address-register.keys" }}
[journal]
signing_key = {{ file = "{found.folder}/keys/journal.keys" }}
[keys]
directory = "{found.folder}/keys"
""",
        encoding="utf-8",
    )
    run([sys.executable, "-m", "congvu.cli", "keys", "create"], 0, found.environment)


def repeated(times: int, measure: Callable[[], Measured]) -> Measured:
    """The run with the median wall time of several."""
    runs = sorted((measure() for _ in range(times)), key=lambda run: run.wall_seconds)
    return runs[len(runs) // 2]


def row(what: str, ours: str, theirs: str, ratio: float, target: str) -> None:
    """One line of a result table."""
    print(f"{what:<42} ours {ours:<26} against {theirs:<38} ratio {ratio:5.2f}  ({target})", flush=True)

"""A real 389-DS for the tests: created once per checkout, copied and started for each test process that asks for it.

`dscreate` takes ten seconds; a copy of what it made, with our plugin entries, starts in one. The made instance is kept
under `build/` (ignored by git) and made anew when 389-DS or `deploy/389ds` changes. It runs as an unprivileged child on
loopback with everything in one folder. Never `dsctl remove` here: it deletes the parent of the database folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from congvu.servers.child import NOBODY, find_program, give_to_child, identify, run_without_privileges, start_child
from foundation.directory.connection import ConnectionSettings
from foundation.directory.ldap import BoundConnection, LdapDirectory, connect, open_connection
from foundation.directory.schema import SERVICE_NAMES, Service, service_dn
from foundation.errors import Unreachable
from foundation.resources import deploy_folder
from tests.support.slapd_server import BASE, free_port

START_SECONDS = 120
STOP_SECONDS = 60
MANAGER, MANAGER_PASSWORD = "cn=Directory Manager", "directory-manager-of-the-tests"

_BUILD = Path(__file__).resolve().parents[2] / "build" / "ds389"
_INSTANCE = "sandbox"
_FOREGROUND = "266354688"  # ns-slapd stays in the foreground only with a debug level; this one says little
_EMPTY_FOLDERS = ("db", "logs", "run", "lock", "bak", "ldif", "tmp", "inst")
_NO_AUTOSIZE = """
dn: cn=config,cn=ldbm database,cn=plugins,cn=config
changetype: modify
replace: nsslapd-cache-autosize
nsslapd-cache-autosize: 0
"""
"""By default it takes a quarter of the machine's memory for its caches."""


class Ds389Server:
    """What a test sees of the running server; the names are those of `SlapdServer`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = BASE
        self._passwords: dict[Service, str] = {name: f"{name}-password-{name}-password" for name in SERVICE_NAMES}
        port = free_port()
        _copy_instance(_made_instance(), folder, port)
        self.url = f"ldap://127.0.0.1:{port}"
        self._process = _started(folder, port)
        try:
            _ldapmodify(port, ["-a"], _filled("base.ldif.template", self._passwords))
            with self.admin_connection() as admin:
                self._frame = set(_names(admin, self.base))
        except BaseException:
            self.stop()
            raise

    service_dn = property(lambda self: service_dn("provision", self.base))
    service_password = property(lambda self: self._passwords["provision"])

    def password_of(self, service: Service) -> str:
        """The password of one of the service accounts."""
        return self._passwords[service]

    def settings(self, service: Service = "provision") -> ConnectionSettings:
        """How a service account reaches this server."""
        return ConnectionSettings(self.url, self.base, service_dn(service, self.base), self._passwords[service])

    def directory(self, service: Service = "provision") -> LdapDirectory:
        """The directory as this service account sees it; the caller closes it."""
        return connect(self.settings(service))

    def admin_connection(self) -> BoundConnection:
        """A connection that may do everything (Directory Manager); the caller unbinds it."""
        return open_connection(ConnectionSettings(self.url, self.base, MANAGER, MANAGER_PASSWORD))

    def add_all(self, entries: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """Add entries in this order as the administrator; all must succeed."""
        with self.admin_connection() as admin:
            for dn, attributes in entries.items():
                assert admin.add(dn, attributes=dict(attributes)), admin.result  # type: ignore[no-untyped-call]

    def wipe(self) -> None:
        """Back to the empty frame: no people, agencies, lists, offices, reservations, credentials."""
        with self.admin_connection() as admin:
            extra = [name for name in _names(admin, self.base) if name not in self._frame]
            for name in sorted(extra, key=lambda name: name.count(","), reverse=True):
                assert admin.delete(name), admin.result  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """Stop the server."""
        self._process.terminate()
        self._process.wait(STOP_SECONDS)


def _names(admin: BoundConnection, base: str) -> list[str]:
    admin.search(base, "(objectClass=*)", attributes=["1.1"])
    return [item["dn"] for item in admin.response or ()]


# ---- making an instance once -----------------------------------------------------------------------------------------


def _made_instance() -> Path:
    """The folder with `etc` as dscreate and our plugin entries left it, and `origin`: its first path and port."""
    inputs = [
        Path("/usr/share/dirsrv/inf/defaults.inf"),
        *sorted((deploy_folder() / "389ds").iterdir()),
        Path(__file__),
    ]
    key = hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()[:16]
    made = _BUILD / key
    _BUILD.mkdir(parents=True, exist_ok=True)
    with (_BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            with tempfile.TemporaryDirectory(prefix="congvu-ds389-") as work:
                _make_instance(Path(work), made)
    return made


def _make_instance(work: Path, made: Path) -> None:
    port = free_port()
    temporary = work / "tmp"
    _lay_out(work, port)
    done = run_without_privileges(
        [
            find_program("env", "coreutils"),
            f"HOME={work}",
            f"TMPDIR={temporary}",
            f"PREFIX={work}",
            "PYTHONDONTWRITEBYTECODE=1",
            find_program("dscreate", "389-ds-base"),
            "from-file",
            f"{work}/ds.inf",
        ],
        work,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        _ldapmodify(port, [], _filled("congvu-config.ldif.template", {}) + _NO_AUTOSIZE)
    finally:
        _end(work)
    settled = made.with_suffix(".new")
    shutil.rmtree(settled, ignore_errors=True)
    shutil.copytree(work / "etc", settled / "etc")
    (settled / "origin").write_text(f"{work}\n{port}\n")
    settled.rename(made)


def _lay_out(work: Path, port: int) -> None:
    """What dscreate needs in order to keep to one folder: an own defaults.inf, templates that listen on loopback."""
    for name in ("share/dirsrv/inf", "etc/dirsrv/schema", "etc/dirsrv/config", "etc/dirsrv/ssca"):
        (work / name).mkdir(parents=True)
    for name in ("run", "lock", "tmp", "logs"):
        (work / name).mkdir()
    shutil.copytree("/usr/share/dirsrv/data", work / "share/dirsrv/data")
    loopback = "\\g<0>\nnsslapd-listenhost: 127.0.0.1\nnsslapd-securelistenhost: 127.0.0.1"
    for template in (work / "share/dirsrv/data").glob("template-dse*.ldif"):
        template.write_text(re.sub(r"^nsslapd-port:.*$", loopback, template.read_text(), flags=re.MULTILINE))
    (work / "etc/dirsrv/config/certmap.conf").write_text("certmap default default\n")
    (work / "etc/dirsrv/config/slapd-collations.conf").touch()
    (work / "etc/dirsrv/schema/99user.ldif").write_text("dn: cn=schema\n")
    shutil.copy(deploy_folder() / "389ds" / "98congvu.ldif", work / "etc/dirsrv/schema")
    (work / "share/dirsrv/inf/defaults.inf").write_text(_defaults(work))
    (work / "ds.inf").write_text(
        "[general]\nconfig_version = 2\nfull_machine_name = localhost\nstrict_host_checking = False\n"
        "start = True\nsystemd = False\nselinux = False\n"
        f"[slapd]\ninstance_name = {_INSTANCE}\nuser = {_account()[0]}\ngroup = {_account()[1]}\nport = {port}\n"
        f"secure_port = {free_port()}\nroot_password = {MANAGER_PASSWORD}\nself_sign_cert = False\n"
        f"[backend-userroot]\nsuffix = {BASE}\ncreate_suffix_entry = False\nsample_entries = no\n"
    )
    _give_all(work)


def _defaults(work: Path) -> str:
    """Debian's defaults.inf with every path inside our folder."""
    own = {
        "with_systemd": "0",
        "sysconf_dir": f"{work}/etc",
        "data_dir": f"{work}/share",
        "initconfig_dir": f"{work}/etc/default",
        "config_dir": f"{work}/etc/dirsrv/slapd-{{instance_name}}",
        "local_state_dir": f"{work}/var",
        "run_dir": f"{work}/run",
        "ldapi": f"{work}/run/ldapi",
        "pid_file": f"{work}/run/slapd-{{instance_name}}.pid",
        "inst_dir": f"{work}/inst",
        "tmpfiles_d": str(work / "tmp"),
        "tmp_dir": str(work / "tmp"),
        "user": _account()[0],
        "group": _account()[1],
        "schema_dir": f"{work}/etc/dirsrv/slapd-{{instance_name}}/schema",
        "cert_dir": f"{work}/etc/dirsrv/slapd-{{instance_name}}",
        "lock_dir": f"{work}/lock",
        "db_home_dir": f"{work}/db",
    }
    lines = []
    for line in Path("/usr/share/dirsrv/inf/defaults.inf").read_text().splitlines():
        name = line.partition("=")[0].strip()
        moved = line.replace("/var/log/dirsrv/slapd-{instance_name}", f"{work}/logs")
        moved = moved.replace("/var/lib/dirsrv/slapd-{instance_name}", str(work))
        lines.append(f"{name} = {own[name]}" if name in own else moved)
    return "\n".join(lines) + "\n"


def _account() -> tuple[str, str]:
    """The names of the user and group that the server runs as."""
    import grp
    import pwd

    uid, gid = (NOBODY, NOBODY) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    return pwd.getpwuid(uid).pw_name, grp.getgrgid(gid).gr_name


def _end(work: Path) -> None:
    """Stop the server that dscreate left running, by the pid that it wrote."""
    process = identify(int((work / "run" / f"slapd-{_INSTANCE}.pid").read_text()))
    assert process is not None
    assert process.stop(STOP_SECONDS)


# ---- a copy of it for one test process -------------------------------------------------------------------------------


def _copy_instance(made: Path, folder: Path, port: int) -> None:
    origin, first_port = (made / "origin").read_text().split()
    shutil.copytree(made / "etc", folder / "etc")
    for name in _EMPTY_FOLDERS:
        (folder / name).mkdir()
    instance = folder / "etc/dirsrv" / f"slapd-{_INSTANCE}"
    for name in ("dse.ldif.bak", "dse.ldif.startOK"):
        (instance / name).unlink(missing_ok=True)
    configuration = instance / "dse.ldif"
    text = configuration.read_text().replace(origin, str(folder))
    configuration.write_text(text.replace(f"nsslapd-port: {first_port}\n", f"nsslapd-port: {port}\n"))
    _give_all(folder)


def _started(folder: Path, port: int) -> subprocess.Popen[bytes]:
    process = start_child(
        [
            find_program("ns-slapd", "389-ds-base"),
            "-D",
            f"{folder}/etc/dirsrv/slapd-{_INSTANCE}",
            "-d",
            _FOREGROUND,
            "-i",
            f"{folder}/run/slapd-{_INSTANCE}.pid",
        ],
        folder,
        folder / "ns-slapd.log",
    )
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            open_connection(ConnectionSettings(f"ldap://127.0.0.1:{port}", BASE, MANAGER, MANAGER_PASSWORD)).unbind()
        except Unreachable:
            running = process.poll() is None and time.monotonic() < deadline
            assert running, (folder / "ns-slapd.log").read_text(errors="replace")
            time.sleep(0.02)
        else:
            return process


def _ldapmodify(port: int, options: Sequence[str], ldif: str) -> None:
    done = subprocess.run(
        ["ldapmodify", "-x", "-H", f"ldap://127.0.0.1:{port}", "-D", MANAGER, "-w", MANAGER_PASSWORD, *options],
        input=ldif,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _filled(name: str, passwords: Mapping[Service, str]) -> str:
    text = (deploy_folder() / "389ds" / name).read_text(encoding="utf-8")
    values = {"BASE": BASE, "DC": "tinh"} | {f"{key.upper()}_PASSWORD": value for key, value in passwords.items()}
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text


def _give_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        give_to_child(path)


@pytest.fixture(scope="session")
def running_ds389() -> Iterator[Ds389Server]:
    """The 389-DS of this test process; ask for `ds389` unless the test empties it by itself."""
    with tempfile.TemporaryDirectory(prefix="congvu-ds389-") as folder:
        server = Ds389Server(Path(folder))
        yield server
        server.stop()


@pytest.fixture
def ds389(running_ds389: Ds389Server) -> Ds389Server:
    """A running 389-DS with an empty directory."""
    running_ds389.wipe()
    return running_ds389

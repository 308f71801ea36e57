"""The people of a sandbox: invented, synced by the real `provision sync`, a few of them activated to be logged in as.

They belong to a source of their own (`sandbox`), so a roster that somebody tries out (source `hr`, as the written
configuration says) neither matches nor suspends them. Passwords of the samples are random and lie in files that only
the owner can read; they are set through the portal's account, which alone may do that. One password of a sample opens
the portal and, as an app password, mail: in real life these are two.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from foundation import atomic_files, clock
from foundation.directory.connection import ConnectionSettings
from foundation.directory.schema import MAIL_CREDENTIALS, POLICIES, service_dn
from foundation.errors import CongvuError
from foundation.language import Text

SOURCE: Final = "sandbox"
RANDOM_SEED: Final = 1
ROLES: Final = ("staff", "van_thu", "secretary", "leader", "suspended")
"""In the order in which `provisioner.generate` puts such people at the head of a roster."""

_PASSWORD_BYTES: Final = 18


def populate(state: Mapping[str, Any], portal_password: str, people: int) -> dict[str, Any]:
    """Put this many people into the sandbox; returns `people`, `lists` and `samples` of the answer to `sandbox up`."""
    if people == 0:
        return {"people": 0, "lists": [], "samples": []}
    from provisioner.generate import generate, write_agencies, write_roster

    root = Path(state["dir"])
    roster, agencies = root / "roster.csv", root / "agencies.csv"
    province = generate(people, RANDOM_SEED)
    write_agencies(province, agencies)
    write_roster(province, roster)
    _sync(state, roster, agencies)
    ids = province.employee_ids[: len(ROLES)]
    samples = _samples(state, root, dict(zip(ids, ROLES, strict=False)), portal_password)
    if len(ids) == len(ROLES):
        retired = [replace(row, status="Nghỉ hưu") if row.employee_id == ids[-1] else row for row in province.rows]
        write_roster(replace(province, rows=retired), roster)
        _sync(state, roster, agencies)
    return {"people": people, "lists": _lists(state), "samples": samples}


def _sync(state: Mapping[str, Any], roster: Path, agencies: Path) -> None:
    """Run the real command, as an administrator would."""
    arguments = [sys.executable, "-m", "provisioner.cli", "--config", state["config"], "sync", str(roster)]
    environment = {**os.environ, "CONGVU_ROSTER__SOURCE": SOURCE, "CONGVU_CLOCK_FILE": state["clock_file"]}
    done = subprocess.run(
        [*arguments, "--agencies", str(agencies), "--yes", "--json"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CongvuError(
            Text("không đưa được người vào: {why}", "cannot put people in: {why}").format(
                why=done.stderr[-1000:].strip()
            )
        )


def _samples(
    state: Mapping[str, Any], root: Path, roles: Mapping[str, str], portal_password: str
) -> list[dict[str, str]]:
    """Activate the sample people and keep their passwords; one of them is suspended afterwards."""
    from foundation.directory.ldap import open_connection

    directory = state["directory"]
    base = directory["base"]
    settings = ConnectionSettings(directory["url"], base, service_dn("portal", base), portal_password)
    folder = root / "secrets" / "samples"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    samples = []
    connection = open_connection(settings)
    try:
        for employee_id, role in roles.items():
            dn, address = _find(connection, base, employee_id)
            password = secrets.token_urlsafe(_PASSWORD_BYTES)
            hashed = _hash(password)
            _activate(connection, dn, hashed)
            _give_app_password(connection, base, dn, hashed)
            file = folder / f"{employee_id}.password"
            atomic_files.write(file, password.encode())
            samples.append(
                {"employee_id": employee_id, "address": address, "role": role, "dn": dn, "password_file": str(file)}
            )
    finally:
        connection.unbind()
    return samples


def _find(connection: Any, base: str, employee_id: str) -> tuple[str, str]:
    wanted = f"(congvuPersonKey={SOURCE}:{employee_id})"
    connection.search(f"ou=people,{base}", wanted, attributes=["mail"])
    entry = connection.response[0]
    return entry["dn"], entry["raw_attributes"]["mail"][0].decode()


def _hash(password: str) -> str:
    """A userPassword value: OWASP's parameters for argon2id, those of deploy/openldap/slapd.conf.template."""
    from argon2 import PasswordHasher

    return "{ARGON2}" + PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(password)


def _activate(connection: Any, dn: str, hashed: str) -> None:
    """What the portal does when somebody activates an account: a hashed password, the state, the date."""
    import ldap3

    password = {"userPassword": [(ldap3.MODIFY_REPLACE, [hashed])]}
    state = {
        "congvuState": [(ldap3.MODIFY_DELETE, ["invited"]), (ldap3.MODIFY_ADD, ["active"])],
        "congvuActivatedSince": [(ldap3.MODIFY_REPLACE, [clock.now().strftime("%Y%m%d%H%M%SZ")])],
    }
    # A second try, after one that was killed, finds the state changed already: there only the password is set.
    if not connection.modify(dn, password | state) and not connection.modify(dn, password):
        raise _refused(connection, dn)


def _give_app_password(connection: Any, base: str, dn: str, hashed: str) -> None:
    """The entry that opens mail, as the portal makes it; the policy for it forgets wrong guesses."""
    uid = dn.partition(",")[0].partition("=")[2]
    credential = f"uid={uid},{MAIL_CREDENTIALS},{base}"
    connection.delete(credential)  # of a try that was killed
    attributes = {
        "objectClass": ["account", "simpleSecurityObject"],
        "uid": [uid],
        "seeAlso": [dn],
        "userPassword": [hashed],
        "pwdPolicySubentry": [f"cn=services,{POLICIES},{base}"],
    }
    if not connection.add(credential, attributes=attributes):
        raise _refused(connection, credential)


def _refused(connection: Any, dn: str) -> CongvuError:
    return CongvuError(
        Text("không kích hoạt được {dn}: {why}", "cannot activate {dn}: {why}").format(
            dn=dn, why=connection.result["message"] or connection.result["description"]
        )
    )


def _lists(state: Mapping[str, Any]) -> list[str]:
    """The addresses of all lists."""
    from foundation.directory.ldap import connect

    directory = state["directory"]
    password = Path(directory["service_password_file"]).read_text(encoding="utf-8").strip()
    with connect(
        ConnectionSettings(directory["url"], directory["base"], directory["service_dn"], password)
    ) as connection:
        found = connection.search(f"ou=lists,{directory['base']}", "(objectClass=congvuList)", ("mail",))
        return sorted(entry.first("mail") for entry in found)

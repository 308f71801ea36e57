"""What the portal will do when civil servants open their letters: activates accounts and gives them a password.

Done through the portal's own account, which alone may. One password of a sample opens the portal and, as an app
password, mail: in real life these are two. Passwords are random and lie in files that only the owner can read.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from foundation import atomic_files, clock
from foundation.directory.connection import ConnectionSettings
from foundation.directory.schema import MAIL_CREDENTIALS, POLICIES, service_dn
from foundation.errors import CongvuError
from foundation.language import Text

_PASSWORD_BYTES: Final = 18


def activate(
    state: Mapping[str, Any], source: str, roles: Mapping[str, str], portal_password: str
) -> list[dict[str, str]]:
    """Activate the people of this source with these employee ids; the `samples` of the answer to `sandbox up`."""
    from foundation.directory.ldap import open_connection

    directory = state["directory"]
    base = directory["base"]
    folder = Path(state["dir"]) / "secrets" / "samples"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    samples = []
    connection = open_connection(
        ConnectionSettings(directory["url"], base, service_dn("portal", base), portal_password)
    )
    try:
        for employee_id, role in roles.items():
            dn, address = _find(connection, base, source, employee_id)
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


def _find(connection: Any, base: str, source: str, employee_id: str) -> tuple[str, str]:
    wanted = f"(congvuPersonKey={source}:{employee_id})"
    connection.search(f"ou=people,{base}", wanted, attributes=["mail"])
    if not connection.response:
        raise CongvuError(
            Text("không có người {key}", "there is nobody with the key {key}").format(key=f"{source}:{employee_id}")
        )
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

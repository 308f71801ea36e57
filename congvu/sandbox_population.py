"""The people of a sandbox: invented, synced by the real `provision sync`, a few of them activated to be logged in as.

They belong to a source of their own (`sandbox`), so a roster that somebody tries out (source `hr`, as the written
configuration says) neither matches nor suspends them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from congvu.sandbox_activation import activate
from foundation.clock import monotonic
from foundation.directory.connection import ConnectionSettings
from foundation.errors import Busy, CongvuError
from foundation.language import Text

SOURCE: Final = "sandbox"
RANDOM_SEED: Final = 1
ROLES: Final = ("staff", "van_thu", "secretary", "leader", "suspended")
"""In the order in which `provisioner.generate` puts such people at the head of a roster."""
PATIENCE_SECONDS: Final = 60
_POLL_SECONDS: Final = 0.2


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
    samples = activate(state, SOURCE, dict(zip(ids, ROLES, strict=False)), portal_password)
    if len(ids) == len(ROLES):
        retired = [replace(row, status="Nghỉ hưu") if row.employee_id == ids[-1] else row for row in province.rows]
        write_roster(replace(province, rows=retired), roster)
        _sync(state, roster, agencies)
    return {"people": people, "lists": _lists(state), "samples": samples}


def _sync(state: Mapping[str, Any], roster: Path, agencies: Path) -> None:
    """Run the real command, as an administrator would."""
    arguments = [sys.executable, "-m", "provisioner.cli", "--config", state["config"], "sync", str(roster)]
    environment = {**os.environ, "CONGVU_ROSTER__SOURCE": SOURCE, "CONGVU_CLOCK_FILE": state["clock_file"]}
    deadline = monotonic() + PATIENCE_SECONDS
    while True:
        done = subprocess.run(
            [*arguments, "--agencies", str(agencies), "--yes", "--json"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != Busy.exit_code or monotonic() > deadline:
            break
        time.sleep(_POLL_SECONDS)  # the run of an `up` that was killed is still at work, and ends by itself
    if done.returncode != 0:
        raise CongvuError(
            Text("không đưa được người vào: {why}", "cannot put people in: {why}").format(
                why=done.stderr[-1000:].strip()
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

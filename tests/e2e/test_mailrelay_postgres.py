"""The same relay with its queue in PostgreSQL."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.support.directory_entries import one_of_each
from tests.support.mail_house import QUICK_RETRIES, mail_house
from tests.support.postgres_server import PostgresServer
from tests.support.slapd_server import SlapdServer

AN = "active.sxd@tinh.test"
FOREIGN = "ai@noi-khac.example"

pytestmark = pytest.mark.server


def test_the_story_on_postgresql(slapd: SlapdServer, tmp_path: Path, postgres_server: PostgresServer) -> None:
    slapd.add_all(one_of_each())
    storage = postgres_server.url(postgres_server.create_database())
    with mail_house(tmp_path / "house", slapd, QUICK_RETRIES, storage) as house:
        queue_id = house.hand_over(FOREIGN, [AN])
        house.wait_state(queue_id, "delivered")
        house.inside.refuse["active"] = "451 4.2.1 mailbox busy"
        waiting = house.hand_over(FOREIGN, [AN])
        house.wait_state(waiting, "deferred")
        assert house.run("queue", "hold", waiting, "--json").json["recipients"] == 1
        assert house.run("serve").code == 75
        house.stop(signal.SIGKILL)
        del house.inside.refuse["active"]
        house.start()
        (message,) = house.run("queue", "list", "--json").json["messages"]
        assert message["recipients"][0]["state"] == "held"
        assert house.run("queue", "release", "--all", "--yes").code == 0
        house.wait_state(waiting, "delivered")
        assert house.stop() == 0

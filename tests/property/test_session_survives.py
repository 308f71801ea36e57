"""Whatever a peer says, in whatever order and however it leaves: nothing of it stays, and nothing of ours breaks."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.reception_stage import LOOPS, Client, Stage, stage

LINES = st.sampled_from(
    [
        b"EHLO may.bo.test\r\n",
        b"HELO may.bo.test\r\n",
        b"MAIL FROM:<an@bo.test>\r\n",
        b"MAIL FROM:<an@bo.test>\r\nRCPT TO:<binh@tinh.test>\r\n",
        b"RCPT TO:<binh@tinh.test>\r\n",
        b"RCPT TO:<nobody@tinh.test>\r\n",
        b"DATA\r\n",
        b"Subject: x\r\n\r\n",
        b".\r\n",
        b".",
        b"\r",
        b"\n",
        b"\0",
        b"BDAT 5\r\nab\r\n.",
        b"BDAT 2 LAST\r\n\r\n",
        b"BDAT x\r\n",
        b"RSET\r\n",
        b"NOOP\r\n",
        b"QUIT\r\n",
        b"STARTTLS\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"AUTH PLAIN\r\n",
        b"*\r\n",
        b"HELP\r\n",
        b"x" * 14_000,
        b"\xff\xfe\r\n",
    ]
)
TURNS = st.lists(LINES, max_size=12).map(lambda lines: [b"EHLO may.bo.test\r\n", *lines])


@pytest.fixture(scope="module", params=LOOPS)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("survives"), request.param, limits={"message_bytes": 3000}) as opened:
        yield opened


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=TURNS, listener=st.sampled_from(["relay", "submission", "reinjection"]), rude=st.booleans())
def test_a_session_survives_any_conversation(played: Stage, turns: list[bytes], listener: str, rude: bool) -> None:
    client = Client(played.port(listener))  # type: ignore[arg-type]
    with suppress(OSError):
        for turn in turns:
            client.send(turn)
            played.do(lambda: None)
            played.do(lambda: None)
        if rude:
            client.reset()
        else:
            client.half_close()
            while client.socket.recv(65536):
                pass
    with suppress(OSError):
        client.socket.shutdown(socket.SHUT_RDWR)
    client.close()
    played.await_true(lambda: not played.desk.sessions, "the session ended")
    assert played.do(lambda: (played.desk.memory_bytes, played.desk.commits, played.desk.admission.total)) == (0, 0, 0)
    assert not played.errors
    assert all(writer.finished or writer.abandoned for writer in played.rooms.bodies.writers)

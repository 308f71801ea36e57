"""The control socket: questions and answers between a command and a daemon, errors included, and who may ask."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from foundation.control import server
from foundation.control.client import ask
from foundation.control.protocol import Garbled, decode, encode, question, raise_refusal, refusal
from foundation.control.server import ControlServer, Handler, Question
from foundation.errors import Busy, ConfigError, CongvuError, InputError, Problem, Unreachable, UsageError
from foundation.language import Text
from foundation.service import Service

SERVICE = Service("mailrelay", "relay")


def with_server(folder: Path, handlers: Mapping[str, Handler], client: Callable[[Path], Any], group: str = "") -> Any:
    """What the client function answers, run in a thread beside a server with these handlers."""
    path = folder / "control"

    async def main() -> Any:
        control = ControlServer(SERVICE, path, group, handlers)
        await control.start()
        try:
            return await asyncio.to_thread(client, path)
        finally:
            await control.stop()

    return asyncio.run(main())


async def echo(asked: Question) -> dict[str, Any]:
    body = b"".join([piece async for piece in asked.chunks()])
    return {"verb": asked.verb, "word": asked.fields.get("word"), "bytes": len(body), "operator": asked.operator}


def test_a_question_with_a_body_is_answered(tmp_path: Path) -> None:
    answer = with_server(
        tmp_path, {"echo": echo}, lambda path: ask(SERVICE, path, "echo", body=b"x" * 300_000, word="văn thư")
    )
    assert answer["verb"] == "echo"
    assert answer["word"] == "văn thư"
    assert answer["bytes"] == 300_000
    assert answer["operator"]


def test_an_error_of_the_daemon_is_raised_in_the_command_with_all_its_problems(tmp_path: Path) -> None:
    async def refuse(_: Question) -> dict[str, Any]:
        problem = Problem("error", Text("sai", "wrong"), column="--to", value="ai@tinh.test", hint=Text("sửa", "mend"))
        raise InputError(Text("chưa gửi gì", "nothing sent"), Text("gửi lại", "again"), (problem,))

    with pytest.raises(InputError) as caught:
        with_server(tmp_path, {"send": refuse}, lambda path: ask(SERVICE, path, "send"))
    assert caught.value.message == Text("chưa gửi gì", "nothing sent")
    assert caught.value.hint == Text("gửi lại", "again")
    (problem,) = caught.value.problems
    assert (problem.column, problem.value, problem.hint) == ("--to", "ai@tinh.test", Text("sửa", "mend"))


def test_a_bug_in_a_verb_is_told_without_its_details(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def broken(_: Question) -> dict[str, Any]:
        raise ZeroDivisionError

    with pytest.raises(CongvuError) as caught:
        with_server(tmp_path, {"list": broken}, lambda path: ask(SERVICE, path, "list"))
    assert caught.value.exit_code == 70


def test_a_verb_of_another_version_says_to_restart(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="different versions"):
        with_server(tmp_path, {"echo": echo}, lambda path: ask(SERVICE, path, "nonsense"))


def test_without_a_daemon_the_next_step_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as caught:
        ask(SERVICE, tmp_path / "control", "echo")
    assert caught.value.exit_code == 69
    assert "mailrelay serve" in str(caught.value.hint)


def test_the_socket_is_for_owner_and_group_only_and_goes_away(tmp_path: Path) -> None:
    mode = with_server(tmp_path, {}, lambda path: stat.S_IMODE(path.stat().st_mode))
    assert mode == 0o660
    assert not (tmp_path / "control").exists()


def test_a_socket_left_by_a_killed_daemon_is_replaced(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "control"))
    left.close()
    assert with_server(tmp_path, {"echo": echo}, lambda path: ask(SERVICE, path, "echo"))["bytes"] == 0


def test_a_second_daemon_is_refused(tmp_path: Path) -> None:
    def second(path: Path) -> None:
        asyncio.run(ControlServer(SERVICE, path, "", {}).start())

    with pytest.raises(Busy):
        with_server(tmp_path, {}, second)


def test_a_path_too_long_for_a_socket_is_bad_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="107"):
        with_server(tmp_path / ("x" * 120), {}, lambda _: None)


def test_a_group_that_does_not_exist_is_bad_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no-such-group"):
        with_server(tmp_path, {}, lambda _: None, group="no-such-group")


def test_others_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_operator", lambda *_: None)
    with pytest.raises(UsageError, match="may not control"):
        with_server(tmp_path, {"echo": echo}, lambda path: ask(SERVICE, path, "echo"))


@pytest.mark.parametrize("sent", [b"\n", b"garbage\n", b"[1]\n", b'{"version":1,"verb":"echo"}\n', b""])
def test_garbage_ends_the_connection_and_nothing_else(tmp_path: Path, sent: bytes) -> None:
    def garble(path: Path) -> Any:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == b""
        return ask(SERVICE, path, "echo")

    assert with_server(tmp_path, {"echo": echo}, garble)["verb"] == "echo"


def test_a_body_that_ends_early_is_no_message(tmp_path: Path) -> None:
    seen: list[int] = []

    async def count(asked: Question) -> dict[str, Any]:
        async for piece in asked.chunks():
            seen.append(len(piece))
        seen.append(-1)
        return {}

    def cut(path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(question("count", 100) + b"only this")
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == b""

    with_server(tmp_path, {"count": count}, cut)
    assert -1 not in seen


def test_lines_hold_any_text() -> None:
    assert decode(encode({"x": "hỏa tốc\n"})) == {"x": "hỏa tốc\n"}
    assert encode({"x": "a\nb"}).count(b"\n") == 1
    with pytest.raises(Garbled):
        raise_refusal({"error": {"exit_code": 1}})
    assert json.dumps(refusal(Busy(Text("bận", "busy"))))

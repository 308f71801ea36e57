"""The sender against real peers: smtp-sink in its moods, Postfix, Dovecot by LMTP, and hosts that misbehave."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvloop

from mailrelay.sending.timeouts import Timeouts
from mailrelay.settings import Concurrency, NextHop
from tests.support.channel_stage import MemoryBody, transaction
from tests.support.directory_entries import one_of_each
from tests.support.dovecot_server import DovecotServer, running_dovecot
from tests.support.dovecot_server import dovecot as dovecot
from tests.support.mail_servers import smtp_sink
from tests.support.postfix_server import PostfixServer
from tests.support.sending import Post, with_sender
from tests.support.slapd_server import SlapdServer, free_port
from tests.support.smtp_peer import Peer

__all__ = ["dovecot", "running_dovecot"]

pytestmark = pytest.mark.server

LoopFactory = Callable[[], asyncio.AbstractEventLoop]
LARGE = b"Subject: x\r\n\r\n" + b".a line that begins with a dot\r\n" * 60_000
BOTH_LOOPS = pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])


def smtp(port: int) -> NextHop:
    return NextHop("smtp", "127.0.0.1", port)


def kinds(results: list[object]) -> list[list[str]]:
    return [[recipient.kind for recipient in result.recipients] for result in results]  # type: ignore[attr-defined]


# --- smtp-sink


@BOTH_LOOPS
@pytest.mark.parametrize("options", [(), ("-p",), ("-e",), ("-N",), ("-8",)])
def test_a_hundred_messages_in_every_mood(factory: LoopFactory, options: tuple[str, ...]) -> None:
    """With PIPELINING, without it, with HELO only, without DSN, without 8BITMIME."""

    async def scene(post: Post) -> None:
        given = [transaction("a@xa.test", "b@xa.test", body=b"Subject: %d\r\n\r\n.\r\n" % n) for n in range(100)]
        results = await post.send(smtp(port), *given)
        assert kinds(list(results)) == [["sent", "sent"]] * 100
        assert post.sender.connections <= 8

    with smtp_sink(*options) as port:
        with_sender(scene, factory)


@pytest.mark.parametrize(
    ("options", "kind", "stage"),
    [
        (("-r", "mail"), "temporary", "mail"),
        (("-f", "mail"), "permanent", "mail"),
        (("-r", "rcpt"), "temporary", "rcpt"),
        (("-f", "rcpt"), "permanent", "rcpt"),
        (("-r", "data"), "temporary", "data"),
        (("-f", "data"), "permanent", "data"),
        (("-r", "."), "temporary", "dot"),
        (("-f", "."), "permanent", "dot"),
        (("-p", "-f", "rcpt"), "permanent", "rcpt"),
        (("-p", "-f", "data"), "permanent", "data"),
        (("-Q", "connect"), "temporary", "greeting"),
        (("-q", "connect"), "temporary", "greeting"),
        (("-q", "data"), "temporary", "data"),
        (("-q", "."), "unknown", "dot"),
        (("-Q", "."), "temporary", "dot"),
    ],
)
def test_every_refusal_and_every_cut(options: tuple[str, ...], kind: str, stage: str) -> None:
    async def scene(post: Post) -> None:
        (result,) = await post.send(smtp(port), transaction("a@xa.test"))
        assert (result.recipients[0].kind, result.recipients[0].stage) == (kind, stage), result

    with smtp_sink(*options) as port:
        with_sender(scene)


@BOTH_LOOPS
def test_a_refusing_peer_stays_in_step_over_many_messages(factory: LoopFactory) -> None:
    async def scene(post: Post) -> None:
        results = await post.send(smtp(port), *(transaction("a@xa.test") for _ in range(60)))
        assert kinds(list(results)) == [["permanent"]] * 60
        assert all(result.recipients[0].stage == "data" for result in results)

    with smtp_sink("-f", "data") as port:
        with_sender(scene, factory)


@BOTH_LOOPS
def test_large_bodies_between_small_ones(factory: LoopFactory) -> None:
    async def scene(post: Post) -> None:
        given = []
        for number in range(12):
            body = MemoryBody(LARGE, inline=False) if number % 3 == 0 else MemoryBody(b"x\r\n\r\ny\r\n")
            given.append(transaction("a@xa.test", body=body))
        assert kinds(list(await post.send(smtp(port), *given))) == [["sent"]] * 12

    with smtp_sink() as port:
        with_sender(scene, factory, concurrency=Concurrency(connections_per_destination=2))


def test_lmtp_with_many_recipients() -> None:
    async def scene(post: Post) -> None:
        hop = NextHop("lmtp", "127.0.0.1", port)
        results = await post.send(hop, *(transaction(*(f"r{n}" for n in range(20))) for _ in range(5)))
        assert kinds(list(results)) == [["sent"] * 20] * 5

    with smtp_sink("-L") as port:
        with_sender(scene)


# --- a peer of our own, for bytes and bad manners


@BOTH_LOOPS
def test_bytes_arrive_as_they_were(factory: LoopFactory) -> None:
    async def scene(post: Post) -> None:
        bodies = [b"", b".\r\n", b"..\r\n.\r\n", b"x\r\n\r\n\xc3\xa0\r\n", LARGE, LARGE + b"."]
        async with Peer() as peer:
            given = [
                transaction("a@xa.test", body=MemoryBody(body, inline=n % 2 == 0), prefix=b"R: x\r\n")
                for n, body in enumerate(bodies)
                if body or n % 2 == 0
            ]
            assert kinds(list(await post.send(smtp(peer.port), *given))) == [["sent"]] * len(bodies)
            expected = [
                b"R: x\r\n" + body + (b"" if body.endswith(b"\r\n") or not body else b"\r\n") for body in bodies
            ]
            assert sorted(taken.data for taken in peer.taken) == sorted(expected)

    with_sender(scene, factory)


def test_a_peer_that_closes_after_every_message() -> None:
    """What was announced ahead goes over another connection, and nothing twice."""

    async def scene(post: Post) -> None:
        async with Peer(hang_up_after=1) as peer:
            given = [transaction("a@xa.test", body=b"Subject: %d\r\n\r\n" % n) for n in range(30)]
            results = await post.send(smtp(peer.port), *given)
            assert kinds(list(results)) == [["sent"]] * 30
            assert len({taken.data for taken in peer.taken}) == len(peer.taken) == 30

    with_sender(scene)


def test_a_peer_that_hangs_up_at_the_final_dot() -> None:
    async def scene(post: Post) -> None:
        async with Peer(say={b".": lambda _: None}) as peer:
            results = await post.send(smtp(peer.port), *(transaction("a@xa.test") for _ in range(3)))
            assert {recipient.kind for result in results for recipient in result.recipients} == {"unknown"}
            assert len(peer.taken) == 3

    with_sender(scene, concurrency=Concurrency(connections_per_destination=1))


def test_connections_are_kept_and_then_closed() -> None:
    async def scene(post: Post) -> None:
        async with Peer() as peer:
            for _ in range(5):
                assert (await post.one(smtp(peer.port), "a@xa.test")).recipients[0].kind == "sent"
            assert peer.connections == 1
            while post.sender.connections:
                await asyncio.sleep(0.01)
            assert peer.commands[-1] == b"QUIT\r\n"

    with_sender(scene, concurrency=Concurrency(idle_seconds=0.2))


def test_limits_of_connections_hold_and_everybody_is_served() -> None:
    async def scene(post: Post) -> None:
        async with Peer() as one, Peer() as two, Peer() as three:
            hops = [smtp(peer.port) for peer in (one, two, three)]
            work = [post.send(hop, *(transaction("a@xa.test") for _ in range(40))) for hop in hops]
            for results in await asyncio.gather(*work):
                assert kinds(list(results)) == [["sent"]] * 40
            assert max(peer.most_open for peer in (one, two, three)) <= 2

    with_sender(scene, concurrency=Concurrency(connections_per_destination=2, connections=2, messages_per_connection=7))


def test_a_peer_that_takes_one_connection_only_is_served_over_that() -> None:
    async def scene(post: Post) -> None:
        async with Peer(most_at_once=1) as peer:
            results = await post.send(smtp(peer.port), *(transaction("a@xa.test") for _ in range(40)))
            assert kinds(list(results)) == [["sent"]] * 40
            assert peer.connections <= 1 + 7  # asked for more once, not for every message

    with_sender(scene)


def test_nobody_listens() -> None:
    async def scene(post: Post) -> None:
        results = await post.send(smtp(free_port()), *(transaction("a@xa.test") for _ in range(3)))
        for result in results:
            assert (result.recipients[0].kind, result.recipients[0].stage) == ("temporary", "connect")
            assert result.recipients[0].reply.enhanced == "4.4.1"
            assert result.unreachable
        assert post.sender.connections == 0

    with_sender(scene)


@pytest.mark.parametrize("greeting", [b"554 5.7.1 no\r\n", b"421 4.3.2 busy\r\n", b"hello\r\n", None])
def test_unfriendly_greetings_are_temporary(greeting: bytes | None) -> None:
    async def scene(post: Post) -> None:
        async with Peer(greeting=greeting) as peer:
            result = await post.one(smtp(peer.port), "a@xa.test")
            assert (result.recipients[0].kind, result.recipients[0].stage) == ("temporary", "greeting")
            assert result.unreachable

    with_sender(scene)


def test_a_silent_peer_is_left_in_time() -> None:
    async def scene(post: Post) -> None:
        async with Peer(greeting=b"") as peer:
            result = await post.one(smtp(peer.port), "a@xa.test")
            assert result.recipients[0].kind == "temporary"
            assert "silent" in result.recipients[0].reply.text

    with_sender(scene, timeouts=Timeouts(greeting=0.2))


def test_an_old_host_is_greeted_with_helo() -> None:
    async def scene(post: Post) -> None:
        async with Peer(say={b"EHLO": lambda _: b"502 5.5.1 what?\r\n"}) as peer:
            assert (await post.one(smtp(peer.port), "a@xa.test")).recipients[0].kind == "sent"
            assert peer.taken[0].mail == b"MAIL FROM:<an@tinh.test>\r\n"

    with_sender(scene)


def test_a_unix_socket() -> None:
    async def scene(post: Post) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "lmtp")
            async with Peer(path=path, lmtp=True) as peer:
                result = await post.one(NextHop("lmtp", path, 0, unix=True), "a", "b")
                assert kinds([result]) == [["sent", "sent"]]
                assert (result.host, len(peer.taken)) == (path, 1)
            gone = await post.one(NextHop("lmtp", path + "x", 0, unix=True), "a")
            assert gone.unreachable

    with_sender(scene)


def test_closing_tells_everything() -> None:
    async def scene(post: Post) -> None:
        async with Peer(keywords=(), say={b".": lambda _: b"250-and then nothing\r\n"}) as peer:
            work = post.begin(smtp(peer.port), *(transaction("a@xa.test") for _ in range(5)))
            while not peer.taken:
                await asyncio.sleep(0.01)
            await post.sender.close(0.05)
            found = [result.recipients[0].kind for result in await asyncio.gather(*work)]
            assert found == ["unknown"] + ["temporary"] * 4
            late = await post.one(smtp(peer.port), "a@xa.test")
            assert late.recipients[0].reply.enhanced == "4.3.2"
            assert post.sender.connections == 0

    with_sender(scene, concurrency=Concurrency(connections_per_destination=1))


def test_closing_waits_for_what_is_under_way() -> None:
    async def scene(post: Post) -> None:
        async with Peer() as peer:
            work = post.begin(smtp(peer.port), *(transaction("a@xa.test") for _ in range(3)))
            while not peer.taken:
                await asyncio.sleep(0)
            await post.sender.close(10)
            found = [result.recipients[0].kind for result in await asyncio.gather(*work)]
            assert set(found) <= {"sent", "temporary"}
            assert len(peer.taken) == found.count("sent")

    with_sender(scene, concurrency=Concurrency(connections_per_destination=1))


def test_a_new_configuration_serves_what_comes_later() -> None:
    from tests.support.sending import settings

    async def scene(post: Post) -> None:
        async with Peer() as peer:
            await post.one(smtp(peer.port), "a@xa.test")
            post.sender.reload(settings(hostname="new.tinh.test"))
            await post.one(smtp(peer.port), "a@xa.test")
            greetings = [line for line in peer.commands if line.startswith(b"EHLO")]
            assert greetings == [b"EHLO relay.tinh.test\r\n", b"EHLO new.tinh.test\r\n"]

    with_sender(scene)


def test_a_listener_that_raises_disturbs_nobody() -> None:
    async def scene(post: Post) -> None:
        async with Peer() as peer:
            bad = transaction("a@xa.test")
            bad.done = lambda result: 1 / 0  # type: ignore[assignment,return-value]
            post.sender.submit(smtp(peer.port), "xa.test", bad)
            assert (await post.one(smtp(peer.port), "b@xa.test")).recipients[0].kind == "sent"
            assert post.sender.in_flight == 0

    with_sender(scene)


def test_capacity_is_what_keeps_the_connections_busy() -> None:
    async def scene(post: Post) -> None:
        async with Peer() as peer:
            hop = smtp(peer.port)
            full = post.sender.capacity(hop)
            assert full == 64
            work = post.begin(hop, *(transaction("a@xa.test") for _ in range(full + 5)))
            await asyncio.sleep(0)
            assert post.sender.capacity(hop) == 0
            await asyncio.gather(*work)
            assert post.sender.capacity(hop) == full

    with_sender(scene)


# --- Dovecot and Postfix


@BOTH_LOOPS
def test_dovecot_takes_mail_by_uid(factory: LoopFactory, dovecot: DovecotServer, slapd: SlapdServer) -> None:
    slapd.add_all(one_of_each())
    hop = NextHop("lmtp", "127.0.0.1", dovecot.settings.lmtp_port)
    body = "Subject: Công văn\r\n\r\n.Kính gửi\r\n".encode()

    async def scene(post: Post) -> None:
        given = [
            transaction(
                "active",
                "nobody",
                "other",
                sender="đơn@xã.test",
                body=body,
                smtputf8=True,
                eight_bit=True,
                on_local_mailbox=True,
                prefix=b"X-N: %d\r\n" % n,
            )
            for n in range(10)
        ]
        results = await post.send(hop, *given)
        assert kinds(list(results)) == [["sent", "permanent", "sent"]] * 10
        assert results[0].recipients[1].reply.enhanced == "5.1.1"

    with_sender(scene, factory)


@pytest.fixture
def postfix(slapd: SlapdServer) -> Iterator[PostfixServer]:
    """A Postfix for tinh.test over a directory with one of each."""
    slapd.add_all(one_of_each())
    with tempfile.TemporaryDirectory(prefix="congvu-postfix-") as folder:
        Path(folder).chmod(0o755)
        server = PostfixServer(Path(folder), slapd)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def test_postfix_takes_pipelined_mail(postfix: PostfixServer) -> None:
    async def scene(post: Post) -> None:
        given = [
            transaction("active.sxd@tinh.test", "nobody@tinh.test", returned="HDRS", identifier=f"n{n}")
            for n in range(30)
        ]
        results = await post.send(smtp(postfix.port), *given)
        assert kinds(list(results)) == [["sent", "permanent"]] * 30
        assert results[0].takes_dsn
        assert results[0].recipients[1].reply.enhanced.startswith("5.1.")
        nobody = await post.one(smtp(postfix.port), "nobody@tinh.test", "nothing@tinh.test")
        assert kinds([nobody]) == [["permanent", "permanent"]]
        assert nobody.recipients[0].stage == "rcpt"

    with_sender(scene, concurrency=Concurrency(connections_per_destination=2))


def test_a_peer_that_takes_octets_slowly_costs_no_memory() -> None:
    """Back-pressure: no more is read from the spool than the peer takes."""
    body = MemoryBody(b"x" * 60_000_000, inline=False)
    reads: list[int] = []
    plain_read = body.read
    body.read = lambda offset, length, done: (reads.append(offset), plain_read(offset, length, done))[1]  # type: ignore[method-assign,func-returns-value]

    async def scene(post: Post) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        work = post.begin(smtp(listener.getsockname()[1]), transaction("a@xa.test", body=body))
        connection, _ = await loop.sock_accept(listener)
        for line in (b"220 slow\r\n", b"250-slow\r\n250 PIPELINING\r\n"):
            await loop.sock_sendall(connection, line)
            if line.startswith(b"220"):
                await loop.sock_recv(connection, 1000)
        await loop.sock_recv(connection, 1000)
        await loop.sock_sendall(connection, b"250 ok\r\n250 ok\r\n354 go\r\n")
        while not reads:
            await asyncio.sleep(0.01)
        while len(reads) != await _later(reads):
            pass
        assert reads[-1] < 20_000_000
        connection.close()
        listener.close()
        assert kinds(list(await asyncio.gather(*work))) == [["temporary"]]

    with_sender(scene)


async def _later(reads: list[int]) -> int:
    await asyncio.sleep(0.2)
    return len(reads)

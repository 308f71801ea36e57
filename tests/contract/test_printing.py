"""Pages become PDF files in a process that can reach nothing, and is bounded."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.errors import ConfigError
from foundation.printing import pages, worker
from foundation.printing.pages import print_page


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A server that remembers whoever comes."""
    came: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    came.append(b"somebody")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], came
        server.shutdown(socket.SHUT_RDWR)
    thread.join(10)


@pytest.mark.parametrize(
    "asks",
    [
        '<img src="http://127.0.0.1:{port}/x.png">',
        '<link rel="stylesheet" href="http://127.0.0.1:{port}/x.css">',
        '<img src="file:///etc/passwd">',
        '<img src="ftp://127.0.0.1:{port}/x">',
    ],
)
def test_a_page_that_asks_for_anything_outside_is_refused(asks: str, listener: tuple[int, list[bytes]]) -> None:
    port, came = listener
    with pytest.raises(ConfigError) as caught:
        print_page(asks.format(port=port))
    assert "data:" in caught.value.message.en
    assert came == []


def test_a_page_brings_no_fonts(listener: tuple[int, list[bytes]]) -> None:
    port, came = listener
    face = f"@font-face {{ font-family: x; src: url(http://127.0.0.1:{port}/x) }}"
    with pytest.raises(ConfigError, match=r"tempfile.mkdtemp is denied here"):
        print_page(f"<style>{face}</style><p style='font: 9pt x'>x")
    assert came == []


def test_a_picture_inside_the_page_is_welcome() -> None:
    picture = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/%3E"
    assert print_page(f'<p>x <img alt="x" src="{picture}">').startswith(b"%PDF-")


def test_a_page_that_is_too_large_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        print_page("x" * (worker.PAGE_BYTES + 1))
    assert "too large" in caught.value.message.en


def test_a_worker_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "WAIT_SECONDS", 0.01)
    with pytest.raises(ConfigError) as caught:
        print_page("<p>x")
    assert "too long" in caught.value.message.en


@pytest.mark.parametrize(
    "deed",
    [
        "import socket; socket.socket().connect(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('tinh.test', 25)",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "import os; os.posix_spawn('/bin/true', ['true'], {})",
        "open('written', 'w').write('x')",
        "b'x' * (2 << 30)",
        "[open('/dev/null') for _ in range(200)]",
    ],
)
def test_the_worker_gives_up_its_rights(deed: str, tmp_path: Path) -> None:
    program = f"import sys; sys.path.insert(0, {str(Path(worker.__file__).parent)!r})\nimport worker\n"
    program += f"worker.give_up_rights()\ntry:\n    {deed}\n"
    program += "except (PermissionError, OSError, MemoryError):\n    sys.exit(42)\n"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 42, ended.stderr


def test_the_workers_time_is_bounded() -> None:
    program = f"import sys; sys.path.insert(0, {str(Path(worker.__file__).parent)!r})\nimport worker, resource\n"
    program += "worker.give_up_rights()\nprint(resource.getrlimit(resource.RLIMIT_CPU))\n"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert ended.stdout.strip() == str((worker.CPU_SECONDS, worker.CPU_SECONDS))

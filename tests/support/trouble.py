"""Servers in trouble: a slapd of its own whose configuration a test edits, and a listener that never says a word."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.slapd_server import SlapdServer


class EditableSlapd(SlapdServer):
    """A slapd for one test, with the reference configuration until the test edits it."""

    def edit(self, old: str, new: str) -> None:
        """Stop, replace a text of slapd.conf (it must be there), start again; the data stay."""
        settings = self.folder / "slapd" / "slapd.conf"
        text = settings.read_text()
        assert old in text
        self.stop()
        settings.write_text(text.replace(old, new))
        self.start()


@pytest.fixture
def own_slapd() -> Iterator[EditableSlapd]:
    """A slapd that belongs to this test alone."""
    with tempfile.TemporaryDirectory(prefix="congvu-own-slapd-") as folder:
        server = EditableSlapd(Path(folder))
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def silent_listener() -> Iterator[int]:
    """The port of a listener that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield listener.getsockname()[1]

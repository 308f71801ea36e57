"""A reception on loopback for every test that asks: under asyncio and under uvloop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.reception_stage import LOOPS, Stage, stage, write_certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    write_certificate(folder)
    return folder


@pytest.fixture(params=LOOPS)
def open_stage(request: pytest.FixtureRequest, certificate: Path) -> Iterator[Callable[..., Stage]]:
    """Opens a reception with these changes of settings (`limits` as a dict); closed after the test."""
    with ExitStack() as stack:

        def opened(**changes: Any) -> Stage:
            return stack.enter_context(stage(certificate, request.param, **changes))

        yield opened


@pytest.fixture
def played(open_stage: Callable[..., Stage]) -> Stage:
    """A reception with the default settings."""
    return open_stage()

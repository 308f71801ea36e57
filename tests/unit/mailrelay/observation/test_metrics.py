"""The page for Prometheus: names, figures, and no figure that costs the database more than once in a while."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import cast
from unittest.mock import MagicMock

from prometheus_client.parser import text_string_to_metric_families

from foundation.daemon.health import Health
from mailrelay.observation.counting import Counts
from mailrelay.observation.metrics import Figures, Metrics, QueueFigures
from mailrelay.parts import Parts
from mailrelay.reception.counters import Counters
from mailrelay.vital_signs import levels

PROJECT = Path(__file__).parents[4]


def figures(asked: list[int]) -> Figures:
    async def queue() -> QueueFigures:
        asked.append(1)
        return QueueFigures({"queued": 3, "held": 1}, 1_000_000, 2048, 2)

    counters, counts = Counters(), Counts()
    counters.accepted_messages = 7
    counters.refuse(550)
    counters.refused_connections = 3
    counts.made("operator", 300)
    counts.attempts = {"delivered": 4, "deferred": 2}
    counts.attempt_seconds.observe(0.2)
    return Figures(counters, counts, queue, lambda: {"connections_out": ("Connections.", 5)})


def test_the_page_can_be_read_and_counts_the_queue_once_in_a_while() -> None:
    asked: list[int] = []

    async def main() -> str:
        metrics = Metrics(figures(asked))
        await metrics.page()
        return (await metrics.page()).body.decode()

    text = asyncio.run(main())
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["mailrelay_messages_received_total", "client"] == 7
    assert found["mailrelay_messages_received_total", "operator"] == 1
    assert found["mailrelay_received_bytes_total", "operator"] == 300
    assert found["mailrelay_messages_received_total", "report"] == 0
    assert found["mailrelay_refusals_total", "550"] == 1
    assert found["mailrelay_connections_refused_total",] == 3
    assert found["mailrelay_delivery_attempts_total", "delivered"] == 4
    assert found["mailrelay_delivery_duration_seconds_bucket", "0.25"] == 1
    assert found["mailrelay_queue_recipients", "queued"] == 3
    assert found["mailrelay_queue_recipients", "deferred"] == 0
    assert (found["mailrelay_queue_messages",], found["mailrelay_queue_bytes",]) == (2, 2048)
    assert found["mailrelay_queue_oldest_age_seconds",] > 1e9
    assert found["mailrelay_connections_out",] == 5
    assert found["mailrelay_config_last_reload_successful",] == 1
    assert len(asked) == 1


def test_the_duty_page_lists_every_metric() -> None:
    parts = cast(Parts, MagicMock(book=MagicMock(age_seconds=1.0)))
    told = figures([])
    told.levels = lambda: {name: (meaning, 0) for name, (meaning, _) in levels(parts).items()}
    names = {f"{family.name}_total" if family.type == "counter" else family.name for family in Metrics(told).collect()}
    page = (PROJECT / "docs" / "operations.md").read_text()
    assert set(re.findall(r"^\| `(mailrelay_[a-z_]+)", page, re.MULTILINE)) == names


def test_one_check_that_fails_makes_the_relay_unready() -> None:
    async def fine() -> str | None:
        return None

    async def broken() -> str | None:
        raise OSError("no disk")

    async def main() -> tuple[int, bytes]:
        page = await Health({"fine": fine, "broken": broken}).readyz()
        return page.code, page.body

    code, body = asyncio.run(main())
    assert code == 503
    assert b"no disk" in body

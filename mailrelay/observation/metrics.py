"""What Prometheus reads at `/metrics`: names and units as its conventions want them, values collected when asked.

Every name begins with `mailrelay_`; seconds and bytes are base units; counters end in `_total`. No label holds an
address, a host, a person or a document: the page may be read by whoever watches machines. The queue is counted in the
database at most every few seconds, however often somebody asks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from foundation import clock
from foundation.daemon.web_server import Page
from foundation.lazy_commands import version
from mailrelay.lifecycle import ENDS, STATES
from mailrelay.observation.counting import Counts, Durations

if TYPE_CHECKING:
    from prometheus_client.core import Metric
    from prometheus_client.registry import CollectorRegistry

    from mailrelay.reception.counters import Counters

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
QUEUE_AGE_SECONDS: Final = 5.0
"""How old the figures of the queue may be: counting a long queue is work for the database."""


@dataclass(slots=True)
class QueueFigures:
    """How many recipients are in each state that is no end, when the oldest waiting message was accepted, how many
    messages wait, and how large they are together."""

    by_state: dict[str, int] = field(default_factory=dict)
    oldest_accepted_at: int | None = None
    size_bytes: int = 0
    messages: int = 0


@dataclass(slots=True)
class Figures:
    """Everything that is collected; `levels` are gauges that one call tells: name, help, value."""

    counters: Counters
    counts: Counts
    queue: Callable[[], Awaitable[QueueFigures]]
    levels: Callable[[], dict[str, tuple[str, float]]]
    started_at: float = field(default_factory=lambda: clock.now().timestamp())
    reloaded_at: float = field(default_factory=lambda: clock.now().timestamp())
    reload_successful: bool = True


class Metrics:
    """The page `/metrics`."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._registry: CollectorRegistry | None = None
        self._queue = QueueFigures()
        self._queue_at = float("-inf")

    async def page(self) -> Page:
        """The page, now."""
        from prometheus_client import CollectorRegistry, generate_latest

        if self._registry is None:
            self._registry = CollectorRegistry()
            self._registry.register(self)
        if clock.monotonic() - self._queue_at >= QUEUE_AGE_SECONDS:
            self._queue = await self._figures.queue()
            self._queue_at = clock.monotonic()
        return Page(200, CONTENT_TYPE, generate_latest(self._registry))

    def collect(self) -> Iterator[Metric]:
        """All families, as prometheus_client asks for them."""
        yield from self._received()
        yield from self._delivered()
        yield from self._waiting()
        yield from self._running()

    def _received(self) -> Iterator[Metric]:
        counters = self._figures.counters
        counts = self._figures.counts
        messages, size_bytes = {"client": counters.accepted_messages}, {"client": counters.accepted_bytes}
        yield _labelled_counter(
            "messages_received",
            "Messages accepted: with a 250 (client), from `send` (operator), our own reports (report).",
            "origin",
            messages | counts.own_messages,
        )
        yield _labelled_counter(
            "received_bytes", "Bytes of accepted messages.", "origin", size_bytes | counts.own_bytes
        )
        yield _counter("messages_repeated", "Submissions that had been accepted before.", counters.repeated_messages)
        yield _counter(
            "messages_unacknowledged",
            "Accepted messages whose client left before the 250.",
            counters.unacknowledged_messages,
        )
        yield _counter("sessions", "SMTP sessions opened.", counters.sessions)
        yield _counter("connections_refused", "Connections that found all places taken.", counters.refused_connections)
        yield _counter("tls_failures", "TLS handshakes that failed.", counters.tls_failures)
        yield _counter("logins", "Logins that succeeded.", counters.authentications)
        yield _counter("login_failures", "Logins that failed.", counters.authentication_failures)
        yield _labelled_counter(
            "refusals",
            "Refusing replies by code.",
            "code",
            {str(code): n for code, n in sorted(counters.refused.items())},
        )
        yield _gauge("sessions_open", "SMTP sessions open now.", counters.open_sessions)

    def _delivered(self) -> Iterator[Metric]:
        counts = self._figures.counts
        yield _labelled_counter(
            "delivery_attempts", "Recipients whose attempt ended, by how it ended.", "result", counts.attempts
        )
        yield _histogram(
            "delivery_duration_seconds", "From the start of an attempt to its outcome.", counts.attempt_seconds
        )
        yield _histogram(
            "journal_commit_seconds",
            "From handing a unit of work to the database until it was durable.",
            counts.commit_seconds,
        )

    def _waiting(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        family = GaugeMetricFamily("mailrelay_queue_recipients", "Recipients in the queue by state.", labels=["state"])
        for state in STATES:
            if state not in ENDS:
                family.add_metric([state], self._queue.by_state.get(state, 0))
        yield family
        yield _gauge("queue_messages", "Messages in the queue.", self._queue.messages)
        yield _gauge("queue_bytes", "Size of the messages in the queue.", self._queue.size_bytes)
        oldest = self._queue.oldest_accepted_at
        age = max(clock.now_microseconds() - oldest, 0) / 1e6 if oldest is not None else 0.0
        yield _gauge("queue_oldest_age_seconds", "Age of the oldest message that waits.", age)

    def _running(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        figures = self._figures
        for name, (meaning, value) in figures.levels().items():
            yield _gauge(name, meaning, value)
        build = GaugeMetricFamily("mailrelay_build_info", "The version that runs.", labels=["version"])
        build.add_metric([version()], 1)
        yield build
        yield _gauge("start_time_seconds", "When the daemon started.", figures.started_at)
        yield _gauge(
            "config_last_reload_success_timestamp_seconds", "When a configuration was last taken.", figures.reloaded_at
        )
        yield _gauge("config_last_reload_successful", "Whether the last reload was taken.", figures.reload_successful)


def _counter(name: str, meaning: str, value: float) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    return CounterMetricFamily(f"mailrelay_{name}", meaning, value=value)


def _labelled_counter(name: str, meaning: str, label: str, values: dict[str, int]) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(f"mailrelay_{name}", meaning, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _gauge(name: str, meaning: str, value: float) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"mailrelay_{name}", meaning, value=float(value))


def _histogram(name: str, meaning: str, durations: Durations) -> Metric:
    from prometheus_client.core import HistogramMetricFamily

    return HistogramMetricFamily(
        f"mailrelay_{name}", meaning, buckets=durations.cumulative(), sum_value=durations.sum_seconds
    )

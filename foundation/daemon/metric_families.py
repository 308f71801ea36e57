"""Families of figures for `/metrics`, as Prometheus' conventions want them, under a service's name.

Counters end in `_total` (the library adds it), seconds and bytes are base units. What the figures are is the tool's
business; no label may hold an address, a host, a person or a document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from foundation.daemon.web_server import Page

if TYPE_CHECKING:
    from prometheus_client.core import Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Families:
    """Makes families whose names begin with `NAME_`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def counter(self, name: str, meaning: str, value: float) -> Metric:
        from prometheus_client.core import CounterMetricFamily

        return CounterMetricFamily(f"{self._name}_{name}", meaning, value=value)

    def gauge(self, name: str, meaning: str, value: float) -> Metric:
        from prometheus_client.core import GaugeMetricFamily

        return GaugeMetricFamily(f"{self._name}_{name}", meaning, value=float(value))

    def labelled_gauge(
        self, name: str, meaning: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]
    ) -> Metric:
        from prometheus_client.core import GaugeMetricFamily

        family = GaugeMetricFamily(f"{self._name}_{name}", meaning, labels=labels)
        for key, value in values.items():
            family.add_metric(key, value)
        return family


def metrics_page(families: Callable[[], Iterable[Metric]]) -> Page:
    """The page `/metrics`, now."""
    from prometheus_client import CollectorRegistry, generate_latest

    class Collector:
        def collect(self) -> Iterator[Metric]:
            yield from families()

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector())
    return Page(200, CONTENT_TYPE, generate_latest(registry))

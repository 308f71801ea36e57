"""Histograms as Prometheus reads them."""

from __future__ import annotations

from mailrelay.observation.counting import SECONDS_BUCKETS, Durations


def test_buckets_count_everything_up_to_their_bound() -> None:
    durations = Durations()
    for seconds in (0.0005, 0.001, 0.3, 10_000):
        durations.observe(seconds)
    found = dict(durations.cumulative())
    assert found["0.001"] == 2
    assert found["0.5"] == 3
    assert found[str(SECONDS_BUCKETS[-1])] == 3
    assert found["+Inf"] == 4
    assert durations.sum_seconds > 10_000

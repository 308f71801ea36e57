"""Figures as Prometheus reads them, under the name of their service."""

from __future__ import annotations

from foundation.daemon.metric_families import CONTENT_TYPE, Families, metrics_page

FAMILIES = Families("meetings")


def test_every_family_has_the_services_name_and_its_own_kind() -> None:
    page = metrics_page(
        lambda: [
            FAMILIES.counter("letters_handed_over", "Taken.", 3),
            FAMILIES.gauge("relay_open", "Open.", True),
            FAMILIES.labelled_gauge("letters", "By state.", ("state", "delivery"), {("waiting", "queued"): 2}),
        ]
    )
    assert (page.code, page.content_type) == (200, CONTENT_TYPE)
    lines = page.body.decode().splitlines()
    assert "meetings_letters_handed_over_total 3.0" in lines
    assert "# TYPE meetings_relay_open gauge" in lines
    assert "meetings_relay_open 1.0" in lines
    assert 'meetings_letters{delivery="queued",state="waiting"} 2.0' in lines

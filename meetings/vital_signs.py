"""How the daemon feels: the figures for `/metrics` and the questions behind `/readyz`, read off the running parts.

Each function takes the parts and changes nothing. An answer of None means well; a text says what is wrong. That the
relay takes no letters is no reason to send replies away, so it is a figure and not a question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from foundation import clock
from foundation.daemon.metric_families import Families, metrics_page
from foundation.daemon.web_server import Page
from foundation.lazy_commands import version
from meetings.service import SERVICE
from meetings.store import incoming, kept_mails, outbox

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from foundation.storage import Transaction
    from meetings.parts import Parts
    from meetings.store.kept_mails import Amount

_FAMILIES: Final = Families(SERVICE.name)
_Counts = dict[tuple[str, ...], float]


async def metrics(parts: Parts) -> Page:
    """The page `/metrics`."""
    counted = await asyncio.to_thread(parts.database.read, _counted)
    return metrics_page(lambda: _families(parts, *counted))


def _counted(transaction: Transaction) -> tuple[_Counts, _Counts, int | None, int, Amount]:
    due, waiting = outbox.next_due(transaction)
    letters: _Counts = {key: float(count) for key, count in outbox.counts(transaction).items()}
    mails: _Counts = {key: float(count) for key, count in incoming.counts(transaction).items()}
    return letters, mails, due, waiting, kept_mails.amount(transaction, clock.now_microseconds())


def _families(
    parts: Parts, letters: _Counts, mails: _Counts, due: int | None, waiting: int, kept: Amount
) -> Iterator[Metric]:
    make, labelled = _FAMILIES, _FAMILIES.labelled_gauge
    yield labelled("letters", "Promised letters by state and delivery.", ("state", "delivery"), letters)
    yield make.gauge("letters_waiting", "Letters that wait for the relay.", waiting)
    late = max(clock.now_microseconds() - due, 0) / 1e6 if due is not None else 0.0
    yield make.gauge("letters_oldest_due_age_seconds", "How long the first waiting letter has been due.", late)
    yield make.counter("letters_handed_over", "Letters that the relay took since the start.", parts.courier.handed_over)
    yield make.counter(
        "letters_without_pdf",
        "Letters made without their PDF since the start.",
        parts.making.without_pdf,
    )
    yield make.gauge("letters_in_hand", "Letters claimed and not recorded yet.", parts.courier.in_hand)
    yield make.gauge("relay_open", "Whether the last try to hand a letter over worked.", not parts.gate.why_shut)
    yield labelled("mails", "Mails that came in, by verdict and reason.", ("verdict", "reason"), mails)
    yield make.gauge("mails_kept_bytes", "Bytes kept of mails that wait or cannot be read.", kept.total_bytes)
    full = parts.keeping_rules().share(kept)
    yield make.gauge("mails_kept_share", "How full the fullest of the limits of kept mails is; 1: full.", full)
    put_off = parts.receiver.without_room
    yield make.counter("mails_without_room", "Mails put off since the start because enough is kept.", put_off)
    yield make.gauge("lmtp_connections_open", "LMTP connections open now.", len(parts.lmtp.talks))
    build = labelled("build_info", "The version that runs.", ("version",), {(version(),): 1})
    yield build
    yield make.gauge("start_time_seconds", "When the daemon started.", parts.started_at)
    yield make.gauge(
        "config_last_reload_success_timestamp_seconds", "When a configuration was last taken.", parts.reloaded_at
    )
    yield make.gauge(
        "config_last_reload_successful", "Whether the last reload was taken.", parts.last_reload_successful
    )


async def listeners(parts: Parts) -> str | None:
    """The pages are there before the doors are: whoever waits for us must not come too early."""
    if parts.stopping:
        return "stopping"
    return None if parts.listening else "the listeners are not open yet"


async def database(parts: Parts) -> str | None:
    """The database can be read."""
    await asyncio.to_thread(parts.database.read, outbox.next_due)
    return None

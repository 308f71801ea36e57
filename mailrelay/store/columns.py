"""How values stand in columns: client, headers, NOTIFY, extents, and texts from strangers. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from mailrelay.envelope import Client, Notify
from mailrelay.messages.headers import Headers
from mailrelay.store.values import Extent

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_CLIENTS = 1024  # connections at work


def storable(text: str) -> str:
    """The text without what a database or canonical JSON refuses: NUL and lone surrogates."""
    if text.isascii():
        return text if "\0" not in text else text.replace("\0", "\ufffd")
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=_CLIENTS)
def client_facts(client: Client) -> Mapping[str, str | bool]:
    """A client as a mapping for JSON, without what is empty."""
    facts: dict[str, str | bool] = {
        "listener": client.listener,
        "address": client.address,
        "helo": storable(client.helo),
        "account": client.account,
        "login": storable(client.login),
        "trusted": client.trusted,
        "tls": client.tls,
    }
    return {name: value for name, value in facts.items() if value}


@lru_cache(maxsize=_CLIENTS)
def client_text(client: Client) -> str:
    """A client as JSON."""
    return _encode(client_facts(client))


def read_client(text: str) -> Client:
    return Client(**json.loads(text))


def headers_text(headers: Headers) -> str:
    """What is kept of the headers beside the columns of their own, as JSON without what is empty."""
    kept: dict[str, Any] = {}
    if headers.from_addresses:
        kept["from"] = list(headers.from_addresses)
    if headers.sender_address:
        kept["sender"] = headers.sender_address
    if headers.subject:
        kept["subject"] = headers.subject
    if headers.automatic:
        kept["automatic"] = True
    if headers.eight_bit:
        kept["eight_bit"] = True
    if headers.filtered:
        kept["filtered"] = headers.filtered
    return storable(_encode(kept))


def read_headers(text: str, message_id: str, document_number: str, document_kind: str, urgency: str) -> Headers:
    kept = json.loads(text)
    return Headers(
        message_id=message_id,
        from_addresses=tuple(kept.get("from", ())),
        sender_address=kept.get("sender", ""),
        document_number=document_number,
        document_kind=document_kind,
        urgency="urgent" if urgency == "urgent" else "normal",
        subject=kept.get("subject", ""),
        automatic=kept.get("automatic", False),
        eight_bit=kept.get("eight_bit", False),
        filtered=kept.get("filtered", ""),
    )


def read_notify(text: str) -> tuple[Notify, ...]:
    return tuple(text.split(",")) if text else ()  # type: ignore[arg-type]  # we wrote it


def extents_text(extents: Sequence[Extent]) -> str:
    return _encode([list(extent) for extent in extents])


def read_extents(text: str) -> tuple[Extent, ...]:
    return tuple((segment, offset, length) for segment, offset, length in json.loads(text))

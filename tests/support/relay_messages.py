"""Messages, starts and outcomes for the tests of the relay's store and spool, each in one line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from foundation import journal
from mailrelay.envelope import Client, Delivery, Envelope, Recipient
from mailrelay.lifecycle import State
from mailrelay.messages.headers import Headers
from mailrelay.queue_ids import new_number
from mailrelay.store.values import AttemptStart, NewMessage, Outcome, StoredBody

MIGRATIONS = [journal.MIGRATIONS, "mailrelay.migrations"]
AT = 1_795_000_000_000_000  # an instant in November 2026
STRANGER = Client("relay", "192.0.2.7", "mx.bo.example")
CLERK = Client("submission", "10.0.0.7", "pc7", account="u7", login="an.nv@tinh.test", tls="TLSv1.3 AES")
RECEIVED = b"Received: from mx.bo.example by relay.tinh.test with ESMTP id X; Sun, 22 Nov 2026 08:00:00 +0700\r\n"


def inline_body(content: bytes = b"Subject: hop\r\n\r\nChao.\r\n") -> StoredBody:
    return StoredBody(len(content), hashlib.sha256(content).digest(), content)


def delivery(address: str, **facts: Any) -> Delivery:
    """Ours by default; `domain:...` for others."""
    domain = address.rpartition("@")[2]
    local = domain == "tinh.test"
    facts.setdefault("destination", "local" if local else f"domain:{domain}")
    facts.setdefault("mailbox", f"uid-{address.partition('@')[0]}" if local else "")
    return Delivery(address, **facts)


def message(
    *addresses: str,
    sender: str = "an.nv@tinh.test",
    client: Client = STRANGER,
    body: StoredBody | None = None,
    deliveries: Sequence[Delivery] = (),
    at: int = AT,
    identifier: str = "",
    headers: Headers | None = None,
    **facts: Any,
) -> NewMessage:
    """A message to these addresses, or with these deliveries."""
    number = new_number()
    queued = tuple(deliveries) or tuple(map(delivery, addresses or ("binh.tt@tinh.test",)))
    recipients = tuple(Recipient(one.via or one.address, one.notify, one.original) for one in queued)
    return NewMessage(
        number=number,
        accepted_at=at,
        client=client,
        envelope=Envelope(sender, recipients, identifier=identifier),
        headers=headers or Headers(message_id=f"<{number}@bo.example>"),
        received=RECEIVED,
        body=body or inline_body(),
        deliveries=queued,
        **facts,
    )


def begun(new: NewMessage, *ordinals: int, at: int = AT + 1, host: str = "127.0.0.1:24") -> AttemptStart:
    return AttemptStart(new.number, ordinals or tuple(range(len(new.deliveries))), host, at)


def outcome(new: NewMessage, ordinal: int = 0, state: State = "delivered", at: int = AT + 2, **facts: Any) -> Outcome:
    """How an attempt that began at AT + 1 ended."""
    started = facts.pop("attempt_started_at", AT + 1)
    replies = {"delivered": (250, "2.0.0"), "relayed": (250, "2.0.0"), "deferred": (451, "4.3.0")}
    code, status = replies.get(state, (550, "5.1.1"))
    facts.setdefault("reply", f"{code} {status} as it happens")
    facts.setdefault("host", "127.0.0.1:24")
    return Outcome(new.number, ordinal, state, started, at, code=code, status=status, **facts)

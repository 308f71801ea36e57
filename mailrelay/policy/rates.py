"""The limits on how much an account or an address may send, as windows (`foundation.rates`)."""

from __future__ import annotations

from foundation.rates import Window


class Rates:
    """The windows that `Limits` names."""

    def __init__(self, messages_per_account_hour: float, recipients_per_account_day: float, per_minute: float) -> None:
        self.account_messages = Window(messages_per_account_hour, 3600)
        self.account_recipients = Window(recipients_per_account_day, 86400)
        self.address_messages = Window(per_minute, 60)

    def limit_to(self, messages_per_account_hour: float, recipients_per_account_day: float, per_minute: float) -> None:
        """Other limits from now on; what was counted stays."""
        self.account_messages.limit_to(messages_per_account_hour)
        self.account_recipients.limit_to(recipients_per_account_day)
        self.address_messages.limit_to(per_minute)

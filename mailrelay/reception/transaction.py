"""A mail transaction while it is spoken: from MAIL until its message is handed on or forgotten (RFC 5321 3.3)."""

from __future__ import annotations

from mailrelay.envelope import Envelope, Recipient
from mailrelay.reception.grammar import MailCommand
from mailrelay.reception.intake import Intake


class Transaction:
    """`intake` takes the content once DATA or BDAT has begun; `failed`: a BDAT was refused, and only RSET helps now
    (RFC 3030 2)."""

    __slots__ = ("failed", "intake", "mail", "recipients", "refused_recipients")

    def __init__(self, mail: MailCommand) -> None:
        self.mail = mail
        self.recipients: list[Recipient] = []
        self.refused_recipients = 0
        self.intake: Intake | None = None
        self.failed = False

    def envelope(self, eight_bit: bool) -> Envelope:
        """The envelope of the message whose content is complete; `eight_bit` is what the content was found to be.

        A body with bytes above 127 that came without BODY=8BITMIME is taken and marked (nothing rewrites it).
        """
        mail = self.mail
        recipients = tuple(self.recipients)
        return Envelope(mail.sender, recipients, mail.returned, mail.identifier, eight_bit, mail.smtputf8)

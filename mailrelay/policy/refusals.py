"""Every answer by which policy says no: reply code, enhanced code (RFC 3463) and text. Values only.

Texts are ASCII and tell a person what to do; they hold no address but the one the client sent itself. A code of class 4
stands wherever the cause may pass by itself: the directory, a rate, a lock.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Refusal(NamedTuple):
    """A reply that refuses: `550`, `5.1.1`, text without line breaks."""

    code: int
    enhanced: str
    text: str


TOO_BIG: Final = Refusal(552, "5.3.4", "Message is larger than we take")  # RFC 1870 6.1
TOO_MANY_RECIPIENTS: Final = Refusal(452, "4.5.3", "Too many recipients; send the rest in another transaction")
TOO_FAST_ADDRESS: Final = Refusal(450, "4.7.1", "Too many messages from your address; try again in a minute")
TOO_FAST_CONNECTING: Final = Refusal(421, "4.7.0", "Too many messages from your address; try again in a minute")
TOO_MANY_MESSAGES: Final = Refusal(450, "4.7.1", "Too many messages from your account in one hour; try again later")
TOO_MANY_RECIPIENTS_A_DAY: Final = Refusal(
    450, "4.7.1", "Too many recipients from your account in one day; try again later"
)

LOGIN_FIRST: Final = Refusal(530, "5.7.0", "Authentication required")  # RFC 4954 6
ACCOUNT_CLOSED: Final = Refusal(550, "5.7.1", "This account may not send mail (any more)")
BAD_SENDER: Final = Refusal(553, "5.1.7", "The sender address is not a mail address")
BAD_RECIPIENT: Final = Refusal(553, "5.1.3", "The recipient address is not a mail address")
NOT_YOUR_SENDER: Final = Refusal(
    550, "5.7.1", "The sender address is neither yours nor that of an office mailbox you hold"
)
NOT_YOUR_FROM: Final = Refusal(
    550, "5.7.1", "The From header names an address that is neither yours nor that of an office mailbox you hold"
)
NO_FROM: Final = Refusal(550, "5.7.1", "The message has no readable From header (RFC 5322 section 3.6)")
OUR_SENDER: Final = Refusal(
    550, "5.7.1", "This sender domain is ours: authenticate on the submission port (587 or 465) to use it"
)
OUR_FROM: Final = Refusal(
    550, "5.7.1", "The From header uses a domain of ours: authenticate on the submission port (587 or 465) to use it"
)
NO_RELAY: Final = Refusal(550, "5.7.1", "Relaying denied: we take mail for our own domains only")
UNKNOWN_RECIPIENT: Final = Refusal(550, "5.1.1", "No such mailbox here")
NO_POSTMASTER: Final = Refusal(
    550, "5.1.1", "Nobody reads this mailbox: the administrators of this domain have not appointed anybody"
)  # RFC 5321 4.5.1 is theirs to fulfil; mail that nobody reads would be worse than a refusal
CLOSED_RECIPIENT: Final = Refusal(550, "5.2.1", "This mailbox takes no mail")
EMPTY_LIST: Final = Refusal(550, "5.2.4", "This list has no members")
CLOSED_LIST: Final = Refusal(550, "5.7.2", "You may not write to this list")  # RFC 3463 3.8
BOOK_UNSURE: Final = Refusal(451, "4.3.0", "Our address book is not available; try again later")
LOOP: Final = Refusal(554, "5.4.6", "Mail loop: the message has passed through too many hosts")  # RFC 3463 3.5

WRONG_LOGIN: Final = Refusal(535, "5.7.8", "Authentication credentials invalid")  # RFC 4954 6
LOCKED_LOGIN: Final = Refusal(454, "4.7.0", "Too many failed logins from your address; try again later")
NO_LOGIN_NOW: Final = Refusal(454, "4.7.0", "Temporary authentication failure; try again later")  # RFC 4954 6

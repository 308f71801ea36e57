"""Every reply the reception gives by itself: code, enhanced code (RFC 3463) and text; and how a reply goes on the wire.

Texts are ASCII, one line, and tell the peer what to do rather than what we are. Our own trouble is always 4xx: nothing
here can turn a full disk or a bug into a bounce.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

LONGEST_REPLY_BYTES: Final = 512
"""RFC 5321 4.5.3.1.5, with the line's end."""

_STATUS: Final = re.compile(r"(\d{3})([ -])(?:([245]\.\d{1,3}\.\d{1,3}) )?(.*)", re.DOTALL)
_ENHANCED_OF: Final = {500: "5.5.1", 501: "5.5.4", 502: "5.5.1", 503: "5.5.1", 504: "5.5.4"}
"""What RFC 2034 4 wants in replies that a library worded without it."""


class Reply(NamedTuple):
    """A reply of one line. The policy's `Refusal` has the same fields and may stand wherever a `Reply` does."""

    code: int
    enhanced: str
    text: str


@lru_cache(maxsize=512)
def wire(reply: tuple[int, str, str]) -> bytes:
    """The line as it is sent. Replies to the greeting, DATA and AUTH's prompts have no enhanced code (RFC 2034 4)."""
    code, enhanced, text = reply
    line = f"{code} {enhanced} {text}" if enhanced else f"{code} {text}"
    cleaned = line.encode("ascii", "replace")[: LONGEST_REPLY_BYTES - 2]
    return cleaned.replace(b"\r", b"?").replace(b"\n", b"?") + b"\r\n"


def worded(status: str) -> Reply:
    """A status line that aiosmtpd worded (`250 Supported commands: ...`) as a reply, with an enhanced code."""
    match = _STATUS.match(status)
    if not match:
        return INTERNAL
    code = int(match[1])
    if code in (334, 354):
        return Reply(code, "", match[4])
    return Reply(code, match[3] or _ENHANCED_OF.get(code, f"{match[1][0]}.0.0"), match[4])


def queued(queue_id: str) -> bytes:
    """The reply that promises: the message is durable (RFC 5321 6.1)."""
    return b"250 2.0.0 Ok: queued as %b\r\n" % queue_id.encode("ascii")


SENDER_OK: Final = Reply(250, "2.1.0", "Sender ok")
RECIPIENT_OK: Final = Reply(250, "2.1.5", "Recipient ok")
OK: Final = Reply(250, "2.0.0", "Ok")
START_DATA: Final = Reply(354, "", "End data with <CR><LF>.<CR><LF>")
BYE: Final = Reply(221, "2.0.0", "Bye")
START_TLS: Final = Reply(220, "2.0.0", "Ready to start TLS")
AUTHENTICATED: Final = Reply(235, "2.7.0", "Authentication successful")
CANNOT_VERIFY: Final = Reply(252, "2.1.5", "Cannot verify; send the message and we will try")  # RFC 5321 3.5.3

SHUTTING_DOWN: Final = Reply(421, "4.3.2", "Shutting down; try again in a minute")
TOO_MANY_CONNECTIONS: Final = Reply(421, "4.3.2", "Too many connections; try again in a minute")
TOO_MANY_FROM_ADDRESS: Final = Reply(421, "4.7.0", "Too many connections from your address")
IDLE_TOO_LONG: Final = Reply(421, "4.4.2", "Nothing came for too long; closing")
TOO_SLOW: Final = Reply(421, "4.4.2", "Data comes too slowly; closing")
SESSION_TOO_LONG: Final = Reply(421, "4.4.2", "The session has lasted too long; connect again")
TOO_MANY_ERRORS: Final = Reply(421, "4.7.0", "Too many errors; closing")
TOO_MANY_FAILURES: Final = Reply(421, "4.7.0", "Too many failed logins; closing")
NOT_YOUR_DOOR: Final = Reply(554, "5.7.1", "This port is for our own content filter")

INTERNAL: Final = Reply(451, "4.3.0", "Local error; the message was not taken, try again later")
NO_ROOM: Final = Reply(452, "4.3.1", "Not enough room now; try again later")
TOO_MANY_RECIPIENTS: Final = Reply(452, "4.5.3", "Too many recipients; send the rest in another transaction")
NO_TLS_NOW: Final = Reply(454, "4.7.0", "TLS is not available")

LINE_END: Final = Reply(500, "5.5.2", "Lines must end with CR LF; closing")
ENDLESS_LINE: Final = Reply(500, "5.5.2", "Command line too long; closing")
LINE_TOO_LONG: Final = Reply(500, "5.5.2", "Command line too long")
CONTROL: Final = Reply(500, "5.5.2", "Control characters in a command")
UNKNOWN_COMMAND: Final = Reply(500, "5.5.1", "Command not recognised")
NOT_IMPLEMENTED: Final = Reply(502, "5.5.1", "Command not implemented")
NO_ARGUMENT: Final = Reply(501, "5.5.4", "This command takes no argument")
BAD_NAME: Final = Reply(501, "5.5.4", "Syntax: EHLO host name")
BAD_VERIFY: Final = Reply(501, "5.5.4", "Syntax: VRFY address")
BAD_MAIL: Final = Reply(501, "5.5.4", "Syntax: MAIL FROM:<address> [parameters]")
BAD_RCPT: Final = Reply(501, "5.5.4", "Syntax: RCPT TO:<address> [parameters]")
BAD_CHUNK: Final = Reply(501, "5.5.4", "Syntax: BDAT size [LAST]")
BAD_PARAMETER: Final = Reply(501, "5.5.4", "A parameter has a wrong value, or stands twice")
UNKNOWN_PARAMETER: Final = Reply(555, "5.5.4", "A parameter is not recognised or not implemented")
BAD_SENDER: Final = Reply(553, "5.1.7", "The sender address is not a mail address")
BAD_RECIPIENT: Final = Reply(553, "5.1.3", "The recipient address is not a mail address")
NEEDS_SMTPUTF8: Final = Reply(553, "5.6.7", "A non-ASCII address needs the SMTPUTF8 parameter of MAIL")  # RFC 6531 3.5

HELLO_FIRST: Final = Reply(503, "5.5.1", "Say EHLO first")
NESTED_MAIL: Final = Reply(503, "5.5.1", "A mail transaction is open already")
MAIL_FIRST: Final = Reply(503, "5.5.1", "Say MAIL first")
RCPT_FIRST: Final = Reply(503, "5.5.1", "Say RCPT first")
NO_RECIPIENTS: Final = Reply(554, "5.5.1", "No valid recipients")  # RFC 5321 3.3
CHUNKS_ONLY: Final = Reply(503, "5.5.1", "BDAT has begun this message; DATA cannot end it")  # RFC 3030 2
CHUNKS_FAILED: Final = Reply(503, "5.5.1", "The message was refused; say RSET")  # RFC 3030 2
NO_EXTENSION: Final = Reply(503, "5.5.1", "Say EHLO to use this")
TLS_ALREADY: Final = Reply(503, "5.5.1", "TLS is active already")
NO_AUTHENTICATION: Final = Reply(503, "5.5.1", "Authentication is not offered here")
AUTHENTICATED_ALREADY: Final = Reply(503, "5.5.1", "You are authenticated already")
NOT_IN_TRANSACTION: Final = Reply(503, "5.5.1", "Not within a mail transaction")
UNKNOWN_MECHANISM: Final = Reply(504, "5.5.4", "Authentication mechanism not offered")
BAD_AUTH: Final = Reply(501, "5.5.4", "Syntax: AUTH mechanism [initial response]")
AUTH_CANCELLED: Final = Reply(501, "5.7.0", "Authentication cancelled")  # RFC 4954 4
BAD_BASE64: Final = Reply(501, "5.5.2", "Not base64")
TLS_FIRST: Final = Reply(530, "5.7.0", "Say STARTTLS first")  # RFC 3207 4
ENCRYPTION_REQUIRED: Final = Reply(538, "5.7.11", "Encryption is required for this mechanism")  # RFC 4954 6
LOGIN_FIRST: Final = Reply(530, "5.7.0", "Authentication required")  # RFC 4954 6

OUT_OF_STEP: Final = Reply(554, "5.5.0", "Commands were sent before they were allowed; closing")  # RFC 2920 3.1
TOO_BIG: Final = Reply(552, "5.3.4", "Message is larger than we take")  # RFC 1870 6.1
BARE_LINE_END: Final = Reply(550, "5.6.0", "The message has a bare CR or LF; every line must end with CR LF")
NUL_BYTE: Final = Reply(550, "5.6.0", "The message has a NUL byte")
LONG_LINE: Final = Reply(550, "5.6.0", "The message has a line that is too long (RFC 5322 section 2.1.1)")
OPEN_END: Final = Reply(550, "5.6.0", "The message does not end with CR LF")
LONG_HEAD: Final = Reply(550, "5.6.0", "The header section is too long")
REPEATED_IDENTIFIER: Final = Reply(550, "5.6.0", "You sent another message under this Message-ID to this recipient")

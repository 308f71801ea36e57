"""Personal links: who may open which page, signed, so that nobody can make up or change one.

A link is `{public_url}/{page}/{TOKEN}`; TOKEN is `PUBLIC_ID.SERIAL.SIGNATURE`, signed with the newest key of the
`links` keyring under a salt for its purpose, so that a link to read is none to join. Every key of the ring verifies.
The serial is compared with the stored one by whoever knows the meeting: raising it revokes all older links. The same
values give the same link as long as the key is the same; a link says nothing of its owner and never expires by itself.
It does not know meetings, and it does not decide whether a link still holds.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final, Literal, get_args

from foundation.key_files import place_of
from foundation.keys import KINDS, Keyring, parse_keyring
from meetings.meeting import Attendee

if TYPE_CHECKING:
    from itsdangerous import Signer

    from foundation.config.sections import Configuration

LinkPurpose = Literal["page", "join", "feed", "secretary"]
PURPOSES: Final[tuple[LinkPurpose, ...]] = get_args(LinkPurpose)

LONGEST_TOKEN: Final = 160
"""A public id of at most 64 letters, a serial of 9 digits, 43 letters of an HMAC-SHA256, two dots, and some room."""

_LETTER_OF: Final[dict[LinkPurpose, str]] = {"page": "m", "join": "j", "feed": "f", "secretary": "s"}
_TOKEN: Final = re.compile(
    r"(?P<id>[a-z0-9]{8,64})\.(?P<serial>0|[1-9][0-9]{0,8})\.(?P<signature>[A-Za-z0-9_-]{43})\Z", re.ASCII
)


class Links:
    """Makes and reads personal links. `public_url` is how the web pages are reached from outside, without a slash at
    its end."""

    def __init__(self, keyring: Keyring, public_url: str) -> None:
        self.public_url = public_url.rstrip("/")
        self._keyring = keyring
        self._signers: dict[LinkPurpose, Signer] = {purpose: _signer(keyring, purpose) for purpose in PURPOSES}

    @classmethod
    def load(cls, configuration: Configuration, public_url: str | None = None) -> Links:
        """With the `links` keyring where the configuration has it. Raises ConfigError when it cannot be read."""
        place = place_of(KINDS["links"], configuration)
        keyring = parse_keyring(place.read(), place.describe())
        return cls(keyring, configuration.meetings.public_url if public_url is None else public_url)  # type: ignore[attr-defined,unused-ignore]

    def page(self, attendee: Attendee) -> str:
        """The personal page of one attendee: read, answer, send a deputy."""
        return self._url("page", attendee.public_id, attendee.link_serial)

    def join(self, attendee: Attendee) -> str:
        """The way into the room for one attendee."""
        return self._url("join", attendee.public_id, attendee.link_serial)

    def feed(self, public_id: str, serial: int) -> str:
        """The calendar feed of one address over all its meetings."""
        return f"{self._url('feed', public_id, serial)}.ics"

    def week(self, public_id: str, serial: int, week: str) -> str:
        """The weekly schedule (2026-W48) of the leader whose feed this is."""
        return f"{self._url('feed', public_id, serial)}/week/{week}"

    def secretary(self, public_id: str, serial: int) -> str:
        """The secretary's page of one meeting."""
        return self._url("secretary", public_id, serial)

    def token(self, purpose: LinkPurpose, public_id: str, serial: int) -> str:
        """The signed token alone, as `read` takes it."""
        return self._signers[purpose].sign(f"{public_id}.{serial}").decode("ascii")

    def read(self, purpose: LinkPurpose, token: str) -> tuple[str, int] | None:
        """(public id, serial) of a token that one of our keys signed for this purpose; None for anything else.

        One spelling only: the unused bits at the end of a base64 text may not vary, so that a link and its limits are
        one thing.
        """
        found = _TOKEN.match(token) if len(token) <= LONGEST_TOKEN else None
        if found is None or not _is_canonical(found["signature"]):
            return None
        value = f"{found['id']}.{found['serial']}"
        if not self._signers[purpose].verify_signature(value, found["signature"]):
            return None
        return found["id"], int(found["serial"])

    def form_secrets(self) -> tuple[bytes, ...]:
        """Secrets for the tokens inside forms, newest key first; they tell nothing of the keys themselves."""
        newest = self._keyring.newest
        keys = (newest, *(key for key in reversed(self._keyring.keys) if key is not newest))
        return tuple(hmac.digest(key.secret, b"congvu form token", "sha256") for key in keys)

    def _url(self, purpose: LinkPurpose, public_id: str, serial: int) -> str:
        return f"{self.public_url}/{_LETTER_OF[purpose]}/{self.token(purpose, public_id, serial)}"


def _signer(keyring: Keyring, purpose: LinkPurpose) -> Signer:
    """With the key that the library's "hmac" derivation would make of salt and secret anew for every link."""
    from itsdangerous import Signer

    newest = keyring.newest
    oldest_first = [*(key.secret for key in keyring.keys if key is not newest), newest.secret]
    salt = f"congvu link {purpose}".encode("ascii")
    derived = [hmac.digest(secret, salt, "sha256") for secret in oldest_first]
    return Signer(derived, key_derivation="none", digest_method=hashlib.sha256)


def _is_canonical(signature: str) -> bool:
    try:
        raw = base64.urlsafe_b64decode(f"{signature}=")
    except binascii.Error:
        return False
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=") == signature

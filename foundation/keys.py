"""What keys there are, what each protects, and how the address register uses its own.

A keyring is a text file: one key a line, oldest first, so that it can be printed and typed in again. The newest own key
signs; older ones still verify. Keys imported from a province that was merged into ours only recognise; they never sign.
The DKIM key is no ring but one PEM file, as mail programs know it: its public half is published in DNS, so a loss costs
a new record and nothing else.
Reading and using keys is here; creating and rotating files is in `key_files`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from foundation.addresses import normalise
from foundation.errors import ConfigError
from foundation.language import Text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from foundation.config.secrets import Secret

Algorithm = Literal["ed25519", "hmac-sha256"]
"""What the keys of a ring are for."""

RSA_BITS = 2048
"""RFC 8301 3.2; larger keys do not fit into one DNS string and some verifiers refuse them."""

KEY_BYTES = 32
"""256 bits: the size of an Ed25519 private key (RFC 8032 5.1.5) and of the HMAC-SHA256 output (RFC 2104 section 3)."""

DIGEST_BYTES = 16
"""RFC 2104 section 5 allows truncation to half the hash; 128 bits leave no accidental collision in any province."""

OPAQUE_ID_BYTES = 10
"""80 bits, 16 base32 letters: one million people collide with a probability below 1e-12."""


@dataclass(frozen=True, slots=True)
class KeyKind:
    """One kind of key: its name in commands and file names, and what an administrator must know about it."""

    name: str
    algorithm: Algorithm | Literal["rsa-2048"]
    protects: Text
    when_lost: Text
    when_leaked: Text

    @property
    def is_ring(self) -> bool:
        """Whether the keys of this kind are lines of a keyring; else it is one PEM file."""
        return self.algorithm != "rsa-2048"


KINDS: dict[str, KeyKind] = {
    kind.name: kind
    for kind in (
        KeyKind(
            "journal",
            "ed25519",
            Text("chữ ký trên nhật ký chính thức", "the signature on the official journal"),
            Text(
                "bản ghi cũ vẫn kiểm tra được bằng khóa công khai; phải xoay khóa và công bố khóa mới",
                "old records still verify with the public key; rotate, and publish the new public key",
            ),
            Text(
                "người khác có thể ký thay; xoay khóa ngay và công bố thời điểm",
                "others can sign in our name; rotate at once and publish the moment",
            ),
        ),
        KeyKind(
            "links",
            "hmac-sha256",
            Text(
                "liên kết có chữ ký trong thư (kích hoạt, họp)",
                "signed links in mail (activation, meetings; used later)",
            ),
            Text("các liên kết đã gửi hết hiệu lực; gửi lại", "links already sent stop working; send them again"),
            Text("người khác có thể tạo liên kết; xoay khóa ngay", "others can make links; rotate at once"),
        ),
        KeyKind(
            "address-register",
            "hmac-sha256",
            Text(
                "sổ đăng ký địa chỉ: không địa chỉ nào được cấp cho người thứ hai",
                "the address register: no address is ever given to a second person",
            ),
            Text(
                "không còn nhận ra địa chỉ của người đã nghỉ: có thể bị cấp lại; khóa này PHẢI có bản sao cất giữ",
                "addresses of people who left are no longer known and could be given again; this key MUST have a copy",
            ),
            Text(
                "ai đọc được thư mục có thể thử xem một địa chỉ đã từng cấp hay chưa; xoay khóa, giữ khóa cũ",
                "whoever reads the directory can test whether an address was ever given; rotate and keep the old key",
            ),
        ),
        KeyKind(
            "dkim",
            "rsa-2048",
            Text("chữ ký DKIM trên thư gửi ra ngoài", "the DKIM signature on outgoing mail"),
            Text("tạo khóa mới và công bố trong DNS", "create a new one and publish it in DNS"),
            Text("xoay khóa và gỡ bản ghi DNS cũ", "rotate and remove the old DNS record"),
        ),
    )
}
"""The closed list of keys."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `imported_from` names the province it came from; an imported key recognises and never signs."""

    id: str
    created_on: date
    algorithm: Algorithm
    secret: bytes
    imported_from: str = ""

    def __repr__(self) -> str:
        return f"Key({self.id}, {self.created_on}, {self.algorithm}{', imported' if self.imported_from else ''})"


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys of one kind, oldest first; never empty, and at least one is our own."""

    keys: tuple[Key, ...]

    @property
    def own(self) -> tuple[Key, ...]:
        """The keys made here, oldest first."""
        return tuple(key for key in self.keys if not key.imported_from)

    @property
    def newest(self) -> Key:
        """The key that signs."""
        return self.own[-1]

    @property
    def oldest(self) -> Key:
        """The key from which stable identifiers are made."""
        return self.own[0]

    def format(self) -> str:
        """The text of the file, as `parse_keyring` reads it."""
        lines = [f"{key.id} {key.created_on} {key.algorithm} {_encode(key.secret)}{_suffix(key)}" for key in self.keys]
        return "\n".join([_FIRST_LINE, *lines]) + "\n"


def key_id(algorithm: Algorithm, secret: bytes) -> str:
    """Eight hex digits that name a key without telling anything of it."""
    return hashlib.sha256(b"congvu key id\0" + algorithm.encode() + b"\0" + secret).hexdigest()[:8]


def parse_keyring(text: str, place: str) -> Keyring:
    """Read a keyring; `place` is named in errors, contents never are. Raises ConfigError."""
    lines = [line.strip() for line in text.splitlines()]
    if not lines or lines[0] != _FIRST_LINE:
        raise _damaged(place, Text("không phải tệp khóa của Công vụ", "it is not a key file of ours"))
    keys = tuple(
        _parse_line(line, place, number) for number, line in enumerate(lines[1:], 2) if line and line[0] != "#"
    )
    if len({key.id for key in keys}) != len(keys):
        raise _damaged(place, Text("một khóa xuất hiện hai lần", "one key stands in it twice"))
    keyring = Keyring(keys)
    if not keyring.own:
        raise _damaged(place, Text("không có khóa nào của chính mình", "it holds no key of our own"))
    return keyring


def _parse_line(line: str, place: str, number: int) -> Key:
    match = _LINE.match(line)
    if not match:
        raise _damaged(place, Text("dòng {n} sai dạng", "line {n} is malformed").format(n=number))
    algorithm: Algorithm = "ed25519" if match["algorithm"] == "ed25519" else "hmac-sha256"
    try:
        secret = base64.b64decode(match["secret"], validate=True)
        created_on = date.fromisoformat(match["date"])
    except (binascii.Error, ValueError) as error:
        raise _damaged(place, Text("dòng {n} sai dạng", "line {n} is malformed").format(n=number)) from error
    if len(secret) != KEY_BYTES or key_id(algorithm, secret) != match["id"]:
        raise _damaged(place, Text("dòng {n} gõ sai", "line {n} has a typing mistake").format(n=number))
    return Key(match["id"], created_on, algorithm, secret, match["imported"] or "")


def _damaged(place: str, reason: Text) -> ConfigError:
    return ConfigError(
        Text("tệp khóa {place} hỏng: {reason}", "the key file {place} is damaged: {reason}").format(
            place=place, reason=reason
        ),
        Text(
            "khôi phục từ bản sao cất giữ; đừng tạo khóa mới đè lên",
            "restore the copy; do not create a new key over it",
        ),
    )


def _encode(secret: bytes) -> str:
    return base64.b64encode(secret).decode("ascii")


def _suffix(key: Key) -> str:
    return f" imported:{key.imported_from}" if key.imported_from else ""


_FIRST_LINE = "congvu-keyring 1"
_LINE = re.compile(
    r"(?P<id>[0-9a-f]{8}) (?P<date>\d{4}-\d{2}-\d{2}) (?P<algorithm>ed25519|hmac-sha256) (?P<secret>[A-Za-z0-9+/=]+)"
    r"(?: imported:(?P<imported>[A-Za-z0-9._-]{1,64}))?\Z"
)


def rsa_private_key(pem: bytes, place: str) -> RSAPrivateKey:
    """The RSA key of at least `RSA_BITS` in a PEM file; `place` is named in errors. Raises ConfigError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _damaged(place, Text("không phải khóa PEM", "it is not a PEM key")) from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < RSA_BITS:
        raise _damaged(
            place, Text("cần khóa RSA ít nhất {n} bit", "an RSA key of at least {n} bits is needed").format(n=RSA_BITS)
        )
    return key


def dkim_record(key: RSAPrivateKey) -> str:
    """The text that DNS publishes for a DKIM key (RFC 6376 3.6.1): `v=DKIM1; k=rsa; p=...`."""
    return f"v=DKIM1; k=rsa; p={_encode(_public(key))}"


def rsa_key_id(key: RSAPrivateKey) -> str:
    """Eight hex digits that name an RSA key, from its public half."""
    return hashlib.sha256(b"congvu key id\0rsa-2048" + _public(key)).hexdigest()[:8]


def _public(key: RSAPrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class AddressRegisterKeys:
    """Keyed digests of addresses, and opaque ids of people.

    A digest in the directory tells nobody which address it stands for, yet the same address always gives the same
    digest. All keys of the ring recognise; the newest own one writes. Messages carry a prefix for their purpose, so an
    address and a person key never share a digest.
    """

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring

    @classmethod
    def load(cls, secret: Secret) -> AddressRegisterKeys:
        """Read the keyring where the configuration says it is. Raises ConfigError."""
        return cls(parse_keyring(secret.read(), secret.describe()))

    def digest(self, address: str) -> str:
        """`<key id>:<32 hex>` of the normalised address with the newest key. Raises InputError for no address."""
        return _digest(self._newest, _normal(address))

    def digests(self, address: str) -> tuple[str, ...]:
        """The digest with every key, newest own first: what a reservation of this address may look like."""
        normalised = _normal(address)
        return tuple(_digest(key, normalised) for key in self._all)

    def opaque_id(self, person_key: str) -> str:
        """The stable uid of a person: "u" and 16 base32 letters, from the oldest own key, so that rotation keeps it."""
        mac = hmac.digest(self._oldest.secret, b"person\0" + person_key.encode(), "sha256")
        return "u" + base64.b32encode(mac[:OPAQUE_ID_BYTES]).decode("ascii").lower()

    @cached_property
    def _newest(self) -> Key:
        return self.keyring.newest

    @cached_property
    def _oldest(self) -> Key:
        return self.keyring.oldest

    @cached_property
    def _all(self) -> tuple[Key, ...]:
        return _newest_own_first(self.keyring)


_ALREADY_NORMAL = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}\Z")
"""What our own addresses look like, of which a province has a hundred thousand: `normalise` would not change them."""


def _normal(address: str) -> str:
    if len(address) <= 64 and _ALREADY_NORMAL.match(address):  # so short that no limit of its parts can be passed
        return address
    return normalise(address)


def _newest_own_first(keyring: Keyring) -> tuple[Key, ...]:
    rest: Iterable[Key] = (key for key in reversed(keyring.keys) if key is not keyring.newest)
    return (keyring.newest, *rest)


def _digest(key: Key, normalised: str) -> str:
    mac = hmac.digest(key.secret, b"address\0" + normalised.encode(), "sha256")
    return f"{key.id}:{mac[:DIGEST_BYTES].hex()}"

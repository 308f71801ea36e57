"""TLS towards other hosts: contexts per policy, the names and keys that must be shown.

It promises that `required` and `pinned` never fall back, and that `opportunistic` never refuses a certificate: an
unverified connection is still better against a listener than a clear one (RFC 7435). It opens no connection.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from functools import lru_cache
from pathlib import Path

from mailrelay.sending.targets import Target
from mailrelay.settings import NextHop, TlsPolicy


def context_for(policy: TlsPolicy, ca_file: Path | None) -> ssl.SSLContext:
    """A client context for this policy. `required` verifies chain and name, against `ca_file` or else the system's
    authorities; the others verify nothing here (`pinned` compares the key after the handshake). Raises OSError when the
    authorities cannot be read."""
    if policy.level != "required":
        return _unverified()
    return _verified(ca_file, 0 if ca_file is None else ca_file.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996
    return context


@lru_cache(maxsize=8)
def _verified(ca_file: Path | None, changed_at: int) -> ssl.SSLContext:
    """Kept, because reading the system's authorities costs more than a handshake; a changed file is read again."""
    context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def name_is_trusted(target: Target, hop: NextHop) -> bool:
    """Whether the host's name may stand for the destination when a certificate is demanded.

    A name from the configuration may. A name from an MX record that nobody signed may only when it is the domain's own
    or lies beneath it (Postfix's `secure` level: nexthop, dot-nexthop): whoever forges the record would choose a name
    for which they hold a certificate. Other mail hosts need a route or a pin.
    """
    host = target.host.rstrip(".").lower()
    return not hop.mx or host == hop.host or host.endswith("." + hop.host)


def pin_matches(certificate: bytes | None, pins: tuple[str, ...]) -> bool:
    """Whether the public key (SPKI) of a DER certificate has one of these SHA-256 digests in hex (RFC 7469 2.4)."""
    if not certificate:
        return False
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, TypeError):
        return False
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    return any(hmac.compare_digest(digest, pin.replace(":", "").lower()) for pin in pins)


def description(connection: ssl.SSLObject) -> str:
    """Protocol and cipher, as in `TLSv1.3 TLS_AES_256_GCM_SHA384`."""
    cipher = connection.cipher()
    return f"{connection.version() or 'TLS'} {cipher[0] if cipher else 'unknown'}"

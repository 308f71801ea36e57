"""Our certificate as the context of TLS handshakes. Loaded anew on reload; a certificate that does not load changes
nothing: sessions go on with the old one."""

from __future__ import annotations

import ssl

from foundation.errors import ConfigError
from foundation.language import Text
from mailrelay.settings import TlsSettings


def server_context(settings: TlsSettings) -> ssl.SSLContext | None:
    """A context with our certificate, TLS 1.2 or later (RFC 8997); None when no certificate is configured.

    Raises ConfigError when certificate or key cannot be read or do not belong together.
    """
    if settings.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(settings.certificate, settings.key, password=_no_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise ConfigError(
            Text(
                "không nạp được chứng thư TLS {file}: {reason}", "cannot load the TLS certificate {file}: {reason}"
            ).format(file=str(settings.certificate), reason=str(error)),
            Text(
                "kiểm tra [relay.tls] certificate và key: hai tệp PEM, đọc được và thuộc cùng một cặp",
                "check [relay.tls] certificate and key: two PEM files, readable and of one pair",
            ),
        ) from error
    return context


def _no_password() -> str:
    """A key with a pass phrase must fail instead of asking on the terminal."""
    raise ValueError("the key is protected by a pass phrase")

"""Certificates of a client: files that must be there, and must fit together."""

from __future__ import annotations

import os
import ssl

from twoqs.errors import ArgumentError, require

FILES = ("ca", "cert", "key")


def check_certificates(tls: dict[str, str]) -> None:
    """Check the paths of `ca`, `cert` and `key` before anything is started.

    Raises:
        ArgumentError: for a file that is not given, not there, or not what it should be.
    """
    for name in FILES:
        require(name in tls, f"tls-{name}", "be given for a tls:// address", None)
        require(os.path.isfile(tls[name]), f"tls-{name}", "be a file", tls[name])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(tls["ca"])
    except (ssl.SSLError, OSError):
        raise ArgumentError.of("tls-ca", "hold certificates (PEM)", tls["ca"]) from None
    try:
        # An empty password, or OpenSSL would ask for one in the terminal.
        context.load_cert_chain(tls["cert"], tls["key"], password="")
    except (ssl.SSLError, OSError):
        wanted = f"hold a certificate (PEM) for the unencrypted key in {tls['key']}"
        raise ArgumentError.of("tls-cert", wanted, tls["cert"]) from None

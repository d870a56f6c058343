"""The authorities that this machine trusts, as bytes: where OpenSSL's defaults point to. Judges nothing."""

import re
import ssl
from binascii import Error as Base64Error
from binascii import a2b_base64
from pathlib import Path
from typing import Final

_BLOCK: Final = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_LONGEST: Final = 16 * 1024 * 1024
_MOST_FILES: Final = 2000
# Where distributions keep them, for a Python whose OpenSSL was built to look elsewhere (as the standalone builds are).
_KNOWN: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def system_trust(known: tuple[str, ...] = _KNOWN) -> tuple[bytes, ...]:
    """DER of every certificate in the system's trust store, each once; empty when there is none.

    SSL_CERT_FILE and SSL_CERT_DIR count, as they do for every program with OpenSSL.
    """
    paths = ssl.get_default_verify_paths()
    found = _in_file(paths.cafile) or _in_directory(paths.capath)
    for path in known:
        found = found or _in_file(path)
    return tuple(dict.fromkeys(found))


def _in_file(path: str | None) -> list[bytes]:
    """Certificates of one file; none when it cannot be read, as OpenSSL has it too."""
    if path is None:
        return []
    try:
        with Path(path).open("rb") as file:
            text = file.read(_LONGEST)
    except OSError:
        return []
    return [der for block in _BLOCK.finditer(text) if (der := _decoded(block[1]))]


def _in_directory(path: str | None) -> list[bytes]:
    if path is None:
        return []
    try:
        files = sorted(Path(path).iterdir())[:_MOST_FILES]
    except OSError:
        return []
    return [der for file in files if file.is_file() for der in _in_file(str(file))]


def _decoded(block: bytes) -> bytes:
    try:
        return a2b_base64(block)
    except Base64Error:
        return b""

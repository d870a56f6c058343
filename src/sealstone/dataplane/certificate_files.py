"""The files that hold certificates, keys and lists of them, as HAProxy reads them. Pure.

Each listener's default certificate has a place of its own, so that another certificate there is a change of content
only, and each certificate that is chosen by SNI has one place for all listeners, so that a renewal is one change.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from hmac import compare_digest
from typing import Final

from sealstone.dataplane.problems import NotServable
from sealstone.dataplane.wanted import Certificate
from sealstone.dataplane.wording import identifier
from sealstone.model.secret import Secret
from sealstone.x509 import certificate as certificates
from sealstone.x509 import keys, pem
from sealstone.x509.acceptance import IAM
from sealstone.x509.problems import Part, X509Problem

_BLOCK: Final = r"-----BEGIN ({label})-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END \1-----"
_END: Final = "-----END CERTIFICATE-----\n"
LARGEST: Final = 31 * 1024
"""Bytes of a file that a running HAProxy can be given: it keeps a message in one buffer (`tune.bufsize`)."""
_LINE: Final = 64  # RFC 7468 2
_SHARED: Final = ".sni.pem"
_KEPT: Final = ".kept"
_NOBODY: Final = ".default.invalid"


def default_place(listener_id: str) -> str:
    """Where a listener's default certificate is."""
    return f"certificates/{identifier('the id of a listener', listener_id)}.default.pem"


def shared_place(certificate_id: str) -> str:
    """Where a certificate is that listeners choose by SNI."""
    return f"certificates/{identifier('the id of a certificate', certificate_id)}{_SHARED}"


def place_beside(place: str) -> str:
    """Where what a shared place had is kept, for who cannot have what is there now."""
    return f"{place.removesuffix(_SHARED)}{_KEPT}{_SHARED}"


def list_place(listener_id: str) -> str:
    """Where a listener's list of certificates is."""
    return f"lists/{identifier('the id of a listener', listener_id)}.list"


def list_of(listener_id: str, sni_certificate_ids: Iterable[str]) -> str:
    """A `crt-list`: the first is for everyone who asks for no name or an unknown one, and for nobody else.

    So it answers to a name that nobody has (RFC 2606 2), and to none of its own. To no name at all (`!*`) it must not:
    of a certificate that is replaced at run time HAProxy gives versions, ciphers, ALPN and the client's certificate to
    entries by name alone, and would serve the default without any of them until the next reload.

    The others answer to the names in themselves, an exact one before a wildcard, ECDSA before RSA if the client can.
    """
    chosen = [shared_place(certificate_id) for certificate_id in dict.fromkeys(sni_certificate_ids)]
    return "".join(f"{line}\n" for line in [f"{default_place(listener_id)} {listener_id}{_NOBODY}", *chosen])


def certificate_file(certificate: Certificate) -> Secret:
    """Certificate, chain and key in PEM, without a blank line: one would end a message on the control socket."""
    body = blocks(certificate.body, "CERTIFICATE")
    if body.count("BEGIN") != 1:
        raise NotServable("the body of a certificate does not hold exactly one")
    chain = blocks(certificate.chain or "", "CERTIFICATE")
    key = _armored("PRIVATE KEY", b64encode(certificate.private_key.reveal()).decode())
    return Secret((body + chain + key).encode())


def check_pair(content: Secret | None) -> None:
    """That the first certificate and the key of a file belong together, proven by a signature. Raises NotServable."""
    text = content.reveal().decode("ascii", "replace") if content else ""
    leaf, _, _ = blocks(text, "CERTIFICATE").partition(_END)
    try:
        read = certificates.read(next(iter(pem.blocks(leaf + _END, Part.CERTIFICATE))), IAM)
        keys.prove(keys.read(blocks(text, "PRIVATE KEY"), IAM), read)
    except X509Problem as problem:
        raise NotServable(f"a certificate and its key do not belong together: {problem}") from None


def same(one: Secret, other: Secret) -> bool:
    """Whether two files hold the same."""
    return one is other or compare_digest(one.reveal(), other.reveal())


def fits(content: Secret) -> bool:
    """Whether the control socket takes it in one message, the words before it included."""
    return len(content.reveal()) <= LARGEST


def blocks(text: str, label: str) -> str:
    """The PEM blocks of that label, written anew; whatever else the text has is left out."""
    found = re.finditer(_BLOCK.format(label=re.escape(label)), text)
    return "".join(_armored(label, "".join(match[2].split())) for match in found)


def _armored(label: str, base64: str) -> str:
    lines = [base64[start : start + _LINE] for start in range(0, len(base64), _LINE)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])

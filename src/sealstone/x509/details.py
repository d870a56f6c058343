"""From what a certificate says to AWS's words for it: algorithms, usages, names (DescribeCertificate, API model)."""

import re
from collections.abc import Mapping
from typing import Final

from sealstone.model.certificate_detail import CertificateDetail
from sealstone.x509 import names
from sealstone.x509.description import CertificateDescription
from sealstone.x509.escaping import shown

_KEY_ALGORITHMS: Final[Mapping[str, str]] = {
    "RSA 1024": "RSA_1024",
    "RSA 2048": "RSA_2048",
    "RSA 3072": "RSA_3072",
    "RSA 4096": "RSA_4096",
    "EC P-256": "EC_prime256v1",
    "EC P-384": "EC_secp384r1",
    "EC P-521": "EC_secp521r1",
}
_KEY_USAGES: Final[Mapping[str, str]] = {
    "digitalSignature": "DIGITAL_SIGNATURE",
    "nonRepudiation": "NON_REPUDIATION",
    "keyEncipherment": "KEY_ENCIPHERMENT",
    "dataEncipherment": "DATA_ENCIPHERMENT",
    "keyAgreement": "KEY_AGREEMENT",
    "keyCertSign": "CERTIFICATE_SIGNING",
    "cRLSign": "CRL_SIGNING",
    "encipherOnly": "ENCIPHER_ONLY",
    "decipherOnly": "DECIPHER_ONLY",
}
_PURPOSE: Final = "1.3.6.1.5.5.7.3."
_CUSTOM: Final = "CUSTOM"
_PURPOSES: Final[Mapping[str, tuple[str, str]]] = {
    "any": ("ANY", "2.5.29.37.0"),
    "serverAuth": ("TLS_WEB_SERVER_AUTHENTICATION", f"{_PURPOSE}1"),
    "clientAuth": ("TLS_WEB_CLIENT_AUTHENTICATION", f"{_PURPOSE}2"),
    "codeSigning": ("CODE_SIGNING", f"{_PURPOSE}3"),
    "emailProtection": ("EMAIL_PROTECTION", f"{_PURPOSE}4"),
    f"{_PURPOSE}5": ("IPSEC_END_SYSTEM", f"{_PURPOSE}5"),
    f"{_PURPOSE}6": ("IPSEC_TUNNEL", f"{_PURPOSE}6"),
    f"{_PURPOSE}7": ("IPSEC_USER", f"{_PURPOSE}7"),
    "timeStamping": ("TIME_STAMPING", f"{_PURPOSE}8"),
    "OCSPSigning": ("OCSP_SIGNING", f"{_PURPOSE}9"),
    "ipsecIKE": (_CUSTOM, f"{_PURPOSE}17"),
    "msSGC": (_CUSTOM, "1.3.6.1.4.1.311.10.3.3"),
    "nsSGC": (_CUSTOM, "2.16.840.1.113730.4.1"),
}
_COMMON_NAME: Final = bytes.fromhex("550403")  # 2.5.4.3
_ORGANIZATION: Final = bytes.fromhex("55040a")  # 2.5.4.10
# The parts of a name between commas; a comma within one stands behind a backslash (RFC 4514, 2.4).
_PART: Final = re.compile(r"(?:\\.|[^\\,])+")
_NAMES: Final = ("DNS:", "IP:")


def detail_of(description: CertificateDescription) -> CertificateDetail:
    """All of it, of a certificate that ACM takes."""
    alternatives = tuple(
        name.removeprefix(kind) for name in description.alternative_names for kind in _NAMES if name.startswith(kind)
    )
    domain_name = _text(description.subject_name, _COMMON_NAME) or next(iter(alternatives), "")
    return CertificateDetail(
        domain_name=domain_name,
        names=alternatives or (domain_name,),
        subject=",".join(reversed(_PART.findall(description.subject))),
        issuer=_text(description.issuer_name, _ORGANIZATION)
        or _text(description.issuer_name, _COMMON_NAME)
        or shown(description.issuer),
        serial=description.serial,
        key_algorithm=_KEY_ALGORITHMS[description.key],
        signature_algorithm=_signature(description.signature),
        key_usages=tuple(_KEY_USAGES[usage] for usage in description.usages),
        extended_key_usages=tuple(_PURPOSES.get(usage, (_CUSTOM, usage)) for usage in description.extended_usages),
    )


def _text(name: bytes, kind: bytes) -> str:
    """The first attribute of the kind, for showing; empty without one. The name has been read before."""
    return next((shown(text, 253) for found, text in names.texts(name) if found == kind and text), "")


def _signature(told: str) -> str:
    """`SHA-256 with RSA` is `SHA256WITHRSA` (recorded); the padding PSS in Java's name for it [inferred]."""
    return told.upper().replace("-", "").replace(" ", "").replace("RSASSAPSS", "RSAANDMGF1")

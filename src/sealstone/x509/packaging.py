"""The other direction: what belongs together, as the one or few files that another program wants.

Which file holds what, and under which name; how PKCS #12, PKCS #7 and PEM are written is `writing`'s affair.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sealstone.model.secret import Secret
from sealstone.x509 import writing
from sealstone.x509.conversion import Gathered, private_key_of, private_key_pem

Files = Mapping[str, bytes | Secret]
"""Contents by name, in the order to write them; a Secret is for its owner only."""


@dataclass(frozen=True, slots=True)
class Package:
    """One form: what it needs, and `make(gathered, with_root, password)`, which makes its files.

    `make` raises NoPrivateKey without the key it needs, CannotBeWritten for what the form has no place for. The
    password is for what is made; forms that need none ignore it.
    """

    make: Callable[[Gathered, bool, Secret], Files]
    key_needed: bool
    password_needed: bool = False


def _chain(found: Gathered, with_root: bool) -> list[bytes]:
    return [issuer.piece.der for issuer in found.above(with_root=with_root)]


def _certificates(found: Gathered, with_root: bool) -> list[bytes]:
    return [found.leaf.piece.der, *_chain(found, with_root)]


def _pkcs12(found: Gathered, with_root: bool, password: Secret) -> Files:
    return {"CertificateBundle.p12": _keystore(found, with_root, password, for_java8=False)}


def _java(found: Gathered, with_root: bool, password: Secret) -> Files:
    """A keystore that Java 8 opens too."""
    return {"Keystore.p12": _keystore(found, with_root, password, for_java8=True)}


def _keystore(found: Gathered, with_root: bool, password: Secret, *, for_java8: bool) -> Secret:
    """Encrypted, and for its owner only all the same: passwords are guessed where files can be copied."""
    leaf, key, chain = found.leaf.piece.der, private_key_of(found), _chain(found, with_root)
    return Secret(writing.pkcs12(leaf, key, chain, found.name, password, for_java8=for_java8))


def _pkcs7(found: Gathered, with_root: bool, _password: Secret) -> Files:
    """PEM, as `openssl pkcs7 -in CertificateBundle.p7b` of the IAM document reads it."""
    return {"CertificateBundle.p7b": writing.pkcs7(_certificates(found, with_root), pem=True)}


def _der(found: Gathered, with_root: bool, _password: Secret) -> Files:
    """One file for each certificate, since DER has no way to hold several; the key, if there is one, as PKCS #8."""
    files: dict[str, bytes | Secret] = {"Certificate.der": found.leaf.piece.der}
    for number, der in enumerate(_chain(found, with_root), start=1):
        files[f"CertificateChain-{number}.der"] = der
    if found.key:
        files["PrivateKey.der"] = private_key_of(found)
    return files


def _haproxy(found: Gathered, with_root: bool, _password: Secret) -> Files:
    """All in one file, as HAProxy's `crt` takes it."""
    return {"haproxy.pem": writing.combined_pem(_certificates(found, with_root), private_key_of(found))}


def _nginx(found: Gathered, with_root: bool, _password: Secret) -> Files:
    """`ssl_certificate` wants the certificate with its chain behind it, `ssl_certificate_key` the key."""
    certificates = writing.certificates_pem(_certificates(found, with_root))
    return {"nginx.crt": certificates.encode("ascii"), "nginx.key": private_key_pem(found)}


PACKAGES: Final[Mapping[str, Package]] = {
    "pkcs12": Package(_pkcs12, key_needed=True, password_needed=True),
    "pkcs7": Package(_pkcs7, key_needed=False),
    "der": Package(_der, key_needed=False),
    "java": Package(_java, key_needed=True, password_needed=True),
    "haproxy": Package(_haproxy, key_needed=True),
    "nginx": Package(_nginx, key_needed=True),
}
"""All forms by name."""

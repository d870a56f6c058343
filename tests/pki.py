"""A public key infrastructure in memory: one line for an authority, an intermediate, a leaf, a broken variation.

    root = Authority("Example Root")
    intermediate = root.authority("Example Intermediate")
    leaf = intermediate.leaf("build.example.com")
    leaf.certificate_pem, leaf.private_key_pem, leaf.chain_pem        # what an upload takes

Nothing is read from the network or the disk, and nothing from the clock: certificates are valid around `NOW`, or
around the `valid_at` of their authority (`Authority("Root", valid_at=datetime.now(UTC))` for a running server).
Elliptic-curve keys are made afresh, RSA keys once a process, since they take long: `rsa_key(2048, 1)` is another than
`rsa_key(2048)`. Structures that no decent builder makes are in `tests/forged.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from itertools import count
from typing import Any, Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

NOW: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
"""The fixed clock of unit tests."""

PASSWORD: Final = "correct horse"

PrivateKey = CertificateIssuerPrivateKeyTypes

_serial_numbers = count(0x5EA15704E)

# Named curve P-256, as `openssl ecparam -name prime256v1 -genkey` writes it before the key.
EC_PARAMETERS_PEM: Final = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """A new key, on P-256 unless told otherwise."""
    return ec.generate_private_key(curve or ec.SECP256R1())


@cache
def rsa_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:
    """A key of that size, the same for the same number throughout the process."""
    return rsa.generate_private_key(65537, bits)


def named(common_name: str, *, organization: str | None = "Example") -> x509.Name:
    """A name of common name and organization."""
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    return x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def key_pem(key: PrivateKey, form: PrivateFormat = PrivateFormat.PKCS8, password: str | None = None) -> str:
    """A private key as PEM: PKCS #8, or `PrivateFormat.TraditionalOpenSSL`; encrypted when a password is given."""
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, encryption).decode()


def public_key_pem(key: PrivateKey) -> str:
    """The public half as PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass(frozen=True)
class Issued:
    """A certificate, its key, and those above it. What both authorities and leaves are."""

    name: str
    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    issuers: tuple["Authority", ...] = ()
    """The direct issuer first, the root last; empty when self-signed."""
    valid_at: datetime = NOW
    """Around when the certificate, and what is issued from it, is valid."""

    @property
    def certificate_pem(self) -> str:
        """One certificate."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def certificate_der(self) -> bytes:
        """The same, in DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def chain_pem(self) -> str:
        """All that is above, root included: what `--certificate-chain` takes."""
        return chain_of(self.issuers)

    @property
    def chain_without_root_pem(self) -> str:
        """All that is above but the root."""
        return chain_of(self.issuers[:-1])

    @property
    def private_key_pem(self) -> str:
        """PKCS #8: `BEGIN PRIVATE KEY`."""
        return key_pem(self.key)

    @property
    def traditional_private_key_pem(self) -> str:
        """`BEGIN RSA PRIVATE KEY` (PKCS #1) or `BEGIN EC PRIVATE KEY` (SEC 1)."""
        return key_pem(self.key, PrivateFormat.TraditionalOpenSSL)

    @property
    def private_key_der(self) -> bytes:
        """PKCS #8 in DER."""
        return self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def encrypted_private_key_pem(self, password: str = PASSWORD) -> str:
        """`BEGIN ENCRYPTED PRIVATE KEY`."""
        return key_pem(self.key, PrivateFormat.PKCS8, password)

    def traditional_encrypted_private_key_pem(self, password: str = PASSWORD) -> str:
        """`Proc-Type: 4,ENCRYPTED` within the block, OpenSSL's old way."""
        return key_pem(self.key, PrivateFormat.TraditionalOpenSSL, password)

    @property
    def private_key_with_parameters_pem(self) -> str:
        """An EC key as `openssl ecparam -genkey` writes it, with its EC PARAMETERS block."""
        return EC_PARAMETERS_PEM + self.traditional_private_key_pem


class Leaf(Issued):
    """A server's certificate."""


class Authority(Issued):
    """A certificate authority: a root when constructed, an intermediate from `authority`."""

    def __init__(self, name: str, **options: Any) -> None:
        """Options as in `issue`; without `signed_by` it signs itself."""
        options = {"is_authority": True} | options
        signer: Authority | None = options.get("signed_by")
        certificate, key = issue(name, **options)
        issuers = (signer, *signer.issuers) if signer else ()
        super().__init__(name, certificate, key, issuers, options.get("valid_at", NOW))

    def authority(self, name: str, **options: Any) -> "Authority":
        """An authority below this one."""
        return Authority(name, signed_by=self, **({"valid_at": self.valid_at} | options))

    def leaf(self, name: str, **options: Any) -> Leaf:
        """A server certificate from this authority."""
        options = {"valid_at": self.valid_at} | options
        certificate, key = issue(name, signed_by=self, **options)
        return Leaf(name, certificate, key, (self, *self.issuers), options["valid_at"])

    def again(self, **options: Any) -> Self:
        """Another authority of the same name with another key."""
        return type(self)(self.name, **({"valid_at": self.valid_at} | options))


def self_signed(name: str = "build.example.com", **options: Any) -> Leaf:
    """A server certificate that signed itself."""
    certificate, key = issue(name, **options)
    return Leaf(name, certificate, key, valid_at=options.get("valid_at", NOW))


def issue(
    name: str,
    *,
    signed_by: Authority | None = None,
    key: PrivateKey | None = None,
    valid_at: datetime = NOW,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    is_authority: bool | None = None,
    subject: x509.Name | None = None,
    alternative_names: Sequence[str] | None = None,
    extensions: Iterable[x509.ExtensionType] = (),
    algorithm: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None = None,
    signing_key: PrivateKey | None = None,
) -> tuple[x509.Certificate, PrivateKey]:
    """One certificate and its key: valid 30 days before `valid_at` to 365 days after, unless told otherwise.

    `is_authority` None leaves BasicConstraints out; `alternative_names` None means the name itself when it is no
    authority's; `signing_key` signs in the issuer's name with another key.
    """
    key = key or ec_key()
    own_name = subject or named(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(own_name)
        .issuer_name(signed_by.certificate.subject if signed_by else own_name)
        .public_key(key.public_key())
        .serial_number(next(_serial_numbers))
        .not_valid_before(not_before or valid_at - timedelta(days=30))
        .not_valid_after(not_after or valid_at + timedelta(days=365))
    )
    if is_authority is not None:
        builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    if alternative_names is None and not is_authority:
        alternative_names = [name]
    if alternative_names:
        builder = builder.add_extension(_alternatives(alternative_names), critical=False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    signer = signing_key or (signed_by.key if signed_by else key)
    return builder.sign(signer, algorithm or hashes.SHA256()), key


def chain_of(certificates: Iterable[Issued]) -> str:
    """Certificates one after the other, as in a chain file."""
    return "".join(certificate.certificate_pem for certificate in certificates)


def _alternatives(names: Iterable[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general(name) for name in names])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)

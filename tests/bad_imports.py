"""Imports that ACM must refuse, as data: the texts, what is wrong with them, and the sentence of the refusal.

Those that IAM refuses as well are taken from `tests/bad_uploads.py`, each with ACM's sentence, by id; what ACM alone
refuses is built here. All of them are answered as ValidationException (recorded). Sentences in the groups marked R are
recorded from AWS or quoted in its Knowledge Center, the others inferred (docs/divergences.md).

    for row in bad_imports(datetime.now(UTC)): ...
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from tests import forged
from tests.bad_uploads import bad_uploads
from tests.pki import EC_PARAMETERS_PEM, NOW, ec_key, key_pem, rsa_key, self_signed
from tests.uploads import Scene

CODE: Final = "ValidationException"
SEVERAL: Final = (  # R
    "The certificate field contains more than one certificate. You can specify only one certificate in this field."
)
FORM: Final = "The certificate body/chain provided is not in a valid PEM format."  # R
UNPARSED: Final = "Unable to parse certificate. Please ensure the certificate is in PEM format."  # R
CHAIN: Final = "Could not validate the certificate with the certificate chain."  # R
NO_KEY: Final = "Passed PEM was not a private key."  # R
ENCRYPTED: Final = "Your private key should not be encrypted."  # R
UNSUPPORTED: Final = "The private key is not supported."  # R
LENGTH: Final = "The private key length is not supported for key algorithm."  # R
KEY_FORM: Final = "The private key is not PEM-encoded or is not valid."
MISMATCH: Final = "The private key does not match the certificate."
EXPIRED: Final = "The certificate has expired, is not valid."
NOT_YET: Final = "The certificate is not in effect yet, is not valid."
NOT_DEMANDED: Final = "The certificate is not one that can be imported."
EMPTY: Final = "1 validation error detected: Value at '{}' failed to satisfy constraint: Member must have length "

TAKEN: Final = frozenset({"ec-parameters", "ec-parameters-after"})
"""Rows of `bad_uploads` that ACM takes: it strips EC PARAMETERS (user guide, "Certificate and key format")."""

_AS_UPLOADS: Final[Mapping[str, str]] = {
    FORM: """
        file-name path file-url hello blank nul not-latin-1 der bare-base64 web-page json ssh-key utf-16 no-end no-begin
        no-newlines escaped-newlines ends-differ four-hyphens header bad-base64 missing-character empty-block bom
        many-begins hyphens csr key-as-certificate public-key pkcs7 crl trusted obsolete-label unknown-label
        certificate-and-key text-before text-after chain-blank chain-file-name joined chain-nul key-in-chain chain-text
        chain-text-between end-twice
    """,
    SEVERAL: "two-certificates full-chain same-twice",
    UNPARSED: """
        missing-line trailing-bytes ber cut-der other-der no-der version-8 extension-twice month-13 year-0 huge-serial
        ecdsa-with-null two-algorithms point-off-curve
    """,
    LENGTH: "modulus-20000 rsa-512 key-modulus-20000 key-rsa-512 key-modulus-negative",
    UNSUPPORTED: """
        modulus-even exponent-1 exponent-even exponent-huge explicit-curve ed25519 dsa dsa-pkcs8 secp256k1 brainpool
        key-explicit-curve key-exponent-huge key-exponent-2
    """,
    EXPIRED: "expired expired-long-ago expired-an-hour-ago",
    NOT_YET: "not-yet-valid valid-in-an-hour",
    KEY_FORM: """
        key-nul key-file-name key-hello key-der key-cut key-with-header two-keys bag-attributes primes-wrong prime-1
        d-wrong d-right-for-p-only d-right-for-q-only d-negative dp-wrong dq-wrong q-inverse-wrong other-d multi-prime
        key-no-numbers key-no-der key-no-curve ec-zero pkcs8-short ec-other-public-half
    """,
    ENCRYPTED: "key-encrypted key-encrypted-traditional",
    NO_KEY: "certificate-as-key key-and-certificate public-key-as-key openssh ec-parameters-only",
    MISMATCH: """
        other-key issuer-s-key other-kind other-curve body-and-chain-swapped other-key-and-bad-chain other-rsa-key
    """,
    CHAIN: """
        reversed reversed-2 swapped swapped-above leaf-first leaf-only gap gap-first issuer-twice after-the-root
        root-only-of-three unrelated unrelated-root same-name-other-key root-of-same-name same-name-other-kind
        root-after-root issuer-is-no-authority chain-for-self-signed eleven begin-flood chain-no-certificate sha-1 md5
        unknown-signature sha-1-issuer ed25519-issuer
    """,
    EMPTY.format("certificate"): "empty",
    EMPTY.format("privateKey"): "key-empty",
}
_BY_ID: Final = {id_: sentence for sentence, ids in _AS_UPLOADS.items() for id_ in ids.split()}
DECODED: Final = base64.b64decode("BEGINCERTIFICATEMIIBszCCAVmgAwIBAgIF").decode("latin-1")
"""What version 2 of the aws command makes of a certificate by `file://`, where `fileb://` belongs."""
_OTHER_CURVES: Final = (ec.SECP224R1(), ec.BrainpoolP256R1(), ec.SECP256K1())


@dataclass(frozen=True)
class Import:
    """One import that is refused."""

    id: str
    certificate: str
    private_key: str
    chain: str | None
    sentence: str
    """How the message begins."""
    words: tuple[str, ...] = ()
    """What the cause or the cure must contain."""

    def __repr__(self) -> str:
        return self.id

    @property
    def parameters(self) -> dict[str, bytes]:
        """Of ImportCertificate."""
        chain = {} if self.chain is None else {"CertificateChain": self.chain.encode()}
        return {"Certificate": self.certificate.encode(), "PrivateKey": self.private_key.encode()} | chain


def bad_imports(at: datetime = NOW) -> tuple[Import, ...]:
    """All of them, for certificates that are valid at that time."""
    scene = Scene.around(at)
    of_certificates = (*_of_certificates(scene), *_of_other_uses(scene))
    return (*_shared(at), *of_certificates, *_of_forms(scene), *_of_keys(scene), *_of_chains(scene))


def _shared(at: datetime) -> Iterator[Import]:
    for row in bad_uploads(at):
        if row.id not in TAKEN:
            # A sentence of the service model says what is the matter, and no more.
            words = () if _BY_ID[row.id].startswith("1 validation") or row.id == "ec-parameters-only" else row.words
            words = tuple(word.replace("file://", "fileb://") for word in words)
            texts = (row.certificate_body, row.private_key, row.certificate_chain)
            yield Import(f"upload-{row.id}", *texts, _BY_ID[row.id], words)


def _of_certificates(scene: Scene) -> Iterator[Import]:
    """What the prerequisites ask of a certificate that is whole."""
    alone = scene.alone
    key = alone.private_key_pem

    def changed(**fields: bytes) -> str:
        return forged.forged(alone, alone.key, **fields)

    old = forged.version_1(alone, alone.key)
    yield Import("version-1", old, key, None, NOT_DEMANDED, ("version 1", "version 3"))
    nobody = changed(issuer=forged.sequence())
    yield Import("empty-issuer", nobody, key, None, NOT_DEMANDED, ("issuer", "empty"))
    organization = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example")])
    bare = scene.root.leaf("x", subject=organization, alternative_names=())
    nowhere = ("neither a domain name nor an IP address",)
    yield Import("no-name", bare.certificate_pem, bare.private_key_pem, None, NOT_DEMANDED, nowhere)
    mailbox = x509.SubjectAlternativeName([x509.RFC822Name("a@example.com")])
    mail = self_signed("x", subject=organization, alternative_names=(), extensions=[mailbox], valid_at=scene.at)
    yield Import("mail-address", mail.certificate_pem, mail.private_key_pem, None, NOT_DEMANDED, nowhere)
    for size in (1001, 4000):
        url = x509.UniformResourceIdentifier("http://ocsp.example/".ljust(size, "x"))
        access = x509.AuthorityInformationAccess([x509.AccessDescription(x509.OID_OCSP, url)])
        long = self_signed("ocsp.example.com", extensions=[access], valid_at=scene.at)
        words = ("OCSP", f"{size:,}")
        yield Import(f"ocsp-{size}", long.certificate_pem, long.private_key_pem, None, NOT_DEMANDED, words)


def _of_other_uses(scene: Scene) -> Iterator[Import]:
    """Certificates are for TLS, and not for signing code, for mail, or for anything else."""
    for name, purposes in (
        ("code-signing", (Purpose.CODE_SIGNING,)),
        ("mail", (Purpose.EMAIL_PROTECTION,)),
        ("mail-and-code", (Purpose.EMAIL_PROTECTION, Purpose.CODE_SIGNING)),
        ("time-stamping", (Purpose.TIME_STAMPING,)),
        ("ocsp-signing", (Purpose.OCSP_SIGNING,)),
        ("smart-card-logon", (Purpose.SMARTCARD_LOGON,)),
        ("unknown-purpose", (x509.ObjectIdentifier("1.2.3.4"),)),
    ):
        other = scene.lower.leaf("use.example.com", extensions=[x509.ExtendedKeyUsage(purposes)])
        texts = (other.certificate_pem, other.private_key_pem, other.chain_pem)
        yield Import(f"for-{name}", *texts, NOT_DEMANDED, ("TLS only", "serverAuth"))


def _of_forms(scene: Scene) -> Iterator[Import]:
    """How the texts are written: no blanks at the ends of lines, no more than the sizes, and not decoded on the way."""
    leaf = scene.leaf
    body, key, chain = leaf.certificate_pem, leaf.private_key_pem, leaf.chain_pem
    words = ("decoded as base64", "--certificate fileb://Certificate.pem", "version 2")
    yield Import("certificate-decoded", DECODED, key, chain, FORM, words)
    yield Import("chain-decoded", body, key, DECODED, FORM, ("--certificate-chain fileb://CertificateChain.pem",))
    yield Import("key-decoded", body, DECODED, chain, KEY_FORM, ("--private-key fileb://PrivateKey.pem",))
    for name, blank in (("space", " \n"), ("tab", "\t\n"), ("spaces", "   \n")):
        words = ("Line 1", "ends with a blank", "Remove the blanks")
        yield Import(f"certificate-{name}", body.replace("\n", blank), key, chain, FORM, words)
        yield Import(f"key-{name}", body, key.replace("\n", blank, 1), chain, KEY_FORM, words)
        yield Import(f"chain-{name}", body, key, chain.replace("\n", blank), FORM, words)
    crlf = body.replace("\n", " \r\n")
    yield Import("certificate-space-crlf", crlf, key, chain, FORM, ("Line 1",))
    yield Import("certificate-32769", body + "\n" * (32769 - len(body)), key, None, EMPTY.format("certificate"))
    yield Import("key-8193", body, key + "\n" * (8193 - len(key)), None, EMPTY.format("privateKey"))


def _of_keys(scene: Scene) -> Iterator[Import]:
    """What may be uploaded to IAM and not be imported: RSA of sizes that nobody names."""
    for bits in (1025, 1536, 2047, 2056):
        odd = self_signed("rsa.example.com", key=rsa_key(bits), valid_at=scene.at)
        yield Import(f"rsa-{bits}", odd.certificate_pem, odd.private_key_pem, None, LENGTH, (str(bits),))
    for curve in _OTHER_CURVES:
        other = self_signed("ec.example.com", key=ec_key(curve), valid_at=scene.at)
        yield Import(f"curve-{curve.name}", other.certificate_pem, other.private_key_pem, None, UNSUPPORTED)
    leaf = scene.leaf
    long = leaf.private_key_pem + "\n" * (5121 - len(leaf.private_key_pem))
    yield Import("key-5121", leaf.certificate_pem, long, None, KEY_FORM, ("5121", "5120"))
    both = EC_PARAMETERS_PEM + key_pem(ec_key())
    yield Import("parameters-and-another-key", leaf.certificate_pem, both, None, MISMATCH, ("build.example.com",))
    locked = EC_PARAMETERS_PEM + leaf.encrypted_private_key_pem()
    yield Import("parameters-and-encrypted", leaf.certificate_pem, locked, None, ENCRYPTED, ("openssl pkey",))
    twice = EC_PARAMETERS_PEM + leaf.private_key_pem + EC_PARAMETERS_PEM + key_pem(ec_key())
    yield Import("parameters-and-two-keys", leaf.certificate_pem, twice, None, KEY_FORM, ("2 PEM blocks",))


def _of_chains(scene: Scene) -> Iterator[Import]:
    """The certificate does not belong into its own chain, not even when it signed itself."""
    alone, leaf = scene.alone, scene.leaf
    texts = (alone.certificate_pem, alone.private_key_pem)
    yield Import("itself-as-chain", *texts, alone.certificate_pem, CHAIN, ("Leave it out",))
    yield Import("chain-crlf-key", leaf.certificate_pem, leaf.private_key_pem, leaf.private_key_pem, FORM, ("at once",))

"""Whether a TLS server can present a certificate with its chain: by how each is signed, and by nothing else.

OpenSSL, which the listeners load them with, refuses at every level of security but none ("ca md too weak") what is
signed with a digest of less than 80 bits of strength, and what is signed by an algorithm that it does not know.
A certificate that signed itself is exempt: nobody relies on that signature. Measured with HAProxy 2.8 on OpenSSL 3.0;
Elastic Load Balancing asks for "a supported signature" (UnsupportedCertificate). Keys and names are not looked at here.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sealstone.x509 import algorithms, names, pem
from sealstone.x509.algorithms import Signature
from sealstone.x509.description import CertificateDescription, describe
from sealstone.x509.material import Kind, Origin, Piece
from sealstone.x509.problems import NOT_IN_CHAIN, Part, X509Problem, which

_SHA_2: Final = frozenset({"SHA-224", "SHA-256", "SHA-384", "SHA-512"})
_DIGESTS: Final = {
    algorithms.RSA: _SHA_2 | {"RIPEMD-160"},
    algorithms.RSA_PSS: _SHA_2
    | {"SHA-512/224", "SHA-512/256", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512", "RIPEMD-160"},
    algorithms.EC: _SHA_2,
    algorithms.DSA: frozenset({"SHA-224", "SHA-256"}),
    algorithms.ED25519: frozenset({""}),
    algorithms.ED448: frozenset({""}),
}
_RSA_WITH_SHA_3: Final = frozenset(  # NIST CSOR, id-rsassa-pkcs1-v1_5-with-sha3-224 to -512
    f"algorithm 2.16.840.1.101.3.4.3.{number}" for number in range(13, 17)
)
_MADE_WITH: Final = {algorithms.RSA: algorithms.RSA, algorithms.RSA_PSS: algorithms.RSA}
_NOWHERE: Final = Origin("")


class NotPresentable(X509Problem):
    """A signature that keeps TLS servers from loading the certificate or its chain. `at` is whose, -1 the leaf's."""

    def __init__(self, at: int, algorithm: str) -> None:
        super().__init__(
            Part.CERTIFICATE if at == NOT_IN_CHAIN else Part.CHAIN,
            f"{which(at)} is signed with {algorithm}, so no listener can load it",
            "have it issued again with SHA-256 or better"
            if at == NOT_IN_CHAIN
            else "take the authority's certificate that is signed with SHA-256 or better, or leave it out",
        )
        self.at = at


def problem(leaf: CertificateDescription, chain: Sequence[CertificateDescription]) -> NotPresentable | None:
    """The first signature that cannot be loaded; None when all can."""
    for at, certificate in enumerate((leaf, *chain), start=NOT_IN_CHAIN):
        if not _is_loadable(certificate.signed.algorithm) and not _signed_itself(certificate):
            return NotPresentable(at, certificate.signature)
    return None


def problem_of_texts(certificate_body: str, certificate_chain: str | None) -> NotPresentable | None:
    """The same of texts that a store has taken, as they lie there."""
    leaf, *chain = _described((certificate_body, Part.CERTIFICATE), (certificate_chain, Part.CHAIN))
    return problem(leaf, chain)


def _described(*texts: tuple[str | None, Part]) -> Iterable[CertificateDescription]:
    for text, part in texts:
        for block in pem.blocks(text, part) if text else ():
            found = describe(Piece(Kind.CERTIFICATE, _NOWHERE, block.der()))
            if isinstance(found, CertificateDescription):
                yield found


def _is_loadable(signature: Signature) -> bool:
    if signature.kind == algorithms.RSA_PSS and (not signature.mask or signature.salt < 0):
        return False
    return signature.kind in _RSA_WITH_SHA_3 or signature.digest in _DIGESTS.get(signature.kind, frozenset())


def _signed_itself(certificate: CertificateDescription) -> bool:
    """As OpenSSL tells it: by names, identifiers and the kind of the key; the signature itself is not tried.

    Identifiers are compared where both are there.
    """
    kind = certificate.signed.algorithm.kind
    identifiers = {certificate.authority_key_identifier, certificate.key_identifier}
    return (
        names.same(certificate.subject_name, certificate.issuer_name)
        and certificate.key.split()[0] == _MADE_WITH.get(kind, kind)
        and ("" in identifiers or len(identifiers) == 1)
        and certificate.authority_serial_number in {None, certificate.serial_number}
    )

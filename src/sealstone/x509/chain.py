"""The certificate chain, in the order given, link by link: who signed whom. No search for paths, no trust store.

What AWS demands (Managing server certificates in IAM, "each certificate must certify the preceding certificate";
Elastic Load Balancing adds that a root is optional and comes last), in this order:

1. At most so many certificates, counted before anything is decoded (attack X10).
2. Each is a certificate, alone in its PEM block, with a key of an accepted kind (it proves the one before it).
3. The certificate is signed by chain[0], chain[i] by chain[i+1]: by name and by signature, never by name alone.
4. An issuer whose BasicConstraints say that it is no authority is none (RFC 5280 4.2.1.9) [inferred for AWS].

What is not here, and why: no trust anchor and no root is needed (recorded: a chain of only the intermediate is
accepted). Dates of issuers are not looked at [inferred]: IAM's document asks for validity of the certificate, and real
chains ended for years in a cross-signed root that had expired. No path length, no name constraints: whoever connects
checks them along a path of its own choice. A self-signed certificate as its own chain is accepted (recorded), which
rule 3 gives by itself.
"""

from itertools import pairwise
from typing import Final, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from sealstone.x509 import certificate, mistakes, names, pem
from sealstone.x509.acceptance import Acceptance
from sealstone.x509.border import Otherwise
from sealstone.x509.certificate import Certificate
from sealstone.x509.escaping import shown
from sealstone.x509.problems import (
    NOT_IN_CHAIN,
    ChainBroken,
    Part,
    TooManyChainCertificates,
    UnsupportedSignature,
    which,
)
from sealstone.x509.public_keys import EC, RSA

_PROVES_NOTHING: Final = {
    "1.2.840.113549.1.1.2": "MD2 with RSA",
    "1.2.840.113549.1.1.4": "MD5 with RSA",
    "1.2.840.113549.1.1.5": "SHA-1 with RSA",
    "1.3.14.3.2.29": "SHA-1 with RSA",
    "1.2.840.10045.4.1": "SHA-1 with ECDSA",
    "1.2.840.10040.4.3": "SHA-1 with DSA",
}
_KEY_OF_SIGNATURE: Final = (("1.2.840.113549.1.1.", RSA), ("1.2.840.10045.4.", EC))


def read(text: str, acceptance: Acceptance) -> tuple[Certificate, ...]:
    """The certificates of a normalised text, in order, not yet proven (rules 1 and 2).

    Raises NotPEM, TextAroundPEM, WrongBlock, NotCertificate, UnsupportedKey, TooManyChainCertificates.
    """
    count = pem.count(text)
    if count > acceptance.max_chain_certificates:
        raise TooManyChainCertificates(count, acceptance.max_chain_certificates)
    found = []
    for block in pem.blocks(text, Part.CHAIN, acceptance.sending):
        if block.label != "CERTIFICATE":
            raise mistakes.wrong_block(block.label, Part.CHAIN)
        found.append(certificate.read(block, acceptance, at=block.number))
    return tuple(found)


def prove(leaf: Certificate, chain: tuple[Certificate, ...], acceptance: Acceptance) -> None:
    """That every link holds (rules 3 and 4). Raises ChainBroken, UnsupportedSignature."""
    for subject, issuer in pairwise((leaf, *chain)):
        if not signed(subject, issuer):
            raise _explained(subject, issuer, leaf, chain)
        if issuer.marked_as_no_ca and acceptance.refuse_issuers_marked_as_no_ca and issuer.der != subject.der:
            raise ChainBroken(
                subject.at,
                f"{_named(issuer)} signed {_named(subject)}, but its BasicConstraints say that it is no authority",
                f"have {which(subject.at)} issued by an authority",
            )


def signed(subject: Certificate, issuer: Certificate) -> bool:
    """Whether the issuer's name and key are the ones that signed the subject.

    Raises UnsupportedSignature when the name is right and the algorithm proves nothing.
    """
    if not names.same(subject.issuer_name, issuer.subject_name):
        return False
    for prefix, key in _KEY_OF_SIGNATURE:
        if subject.signature_algorithm.startswith(prefix) and issuer.key.name != key:
            return False
    if subject.signature_algorithm in _PROVES_NOTHING:
        raise UnsupportedSignature(subject.at, _PROVES_NOTHING[subject.signature_algorithm])
    with Otherwise(lambda _: UnsupportedSignature(subject.at, f"the algorithm {subject.signature_algorithm}")):
        try:
            # `cryptography` compares names byte by byte.
            if subject.serial_number > 0 and subject.issuer_name == issuer.subject_name:
                subject.handle.verify_directly_issued_by(issuer.handle)
            else:
                _verify_signed_part(subject, issuer)
        except InvalidSignature:
            return False
    return True


def _verify_signed_part(subject: Certificate, issuer: Certificate) -> None:
    """The signature over the original bytes, where the handle bears another serial number. Raises InvalidSignature."""
    key, of = issuer.handle.public_key(), subject.handle
    algorithm = of.signature_hash_algorithm or SHA256()
    if isinstance(key, RSAPublicKey):
        padding = cast("PKCS1v15 | PSS", of.signature_algorithm_parameters)
        key.verify(of.signature, subject.signed_part, padding, algorithm)
    else:
        cast("EllipticCurvePublicKey", key).verify(of.signature, subject.signed_part, ECDSA(algorithm))


# --- why a link does not hold, and what to do ---


def _explained(
    subject: Certificate, candidate: Certificate, leaf: Certificate, chain: tuple[Certificate, ...]
) -> ChainBroken:
    """The most helpful of the true statements about a link that does not hold."""
    at = subject.at
    if candidate.der == subject.der:
        twice = "the certificate itself" if at == NOT_IN_CHAIN else f"chain certificate {at} a second time"
        cure = f"remove it; the issuer must come there: {_issuer(subject)}"
        return ChainBroken(at, f"chain certificate {candidate.at} is {twice}", cure)
    if subject.issuer_name == subject.subject_name != candidate.subject_name:
        return _self_signed(subject, candidate)
    if len(chain) > 1 and _links_by_name((leaf, *reversed(chain))):
        cause = f"the chain is in reverse order: {_named(chain[-1])} is the issuer of the certificate and comes last"
        return ChainBroken(at, cause, "put that one first and go up from there, the root, if there is one, last")
    did_not = f"{_named(candidate)} did not sign {_named(subject)}"
    for other in chain:
        if other is not subject and signed(subject, other):
            place = "first" if at == NOT_IN_CHAIN else f"behind chain certificate {at}"
            return ChainBroken(at, f"{did_not}; {_named(other)} did", f"put that one {place}")
    if names.same(subject.issuer_name, candidate.subject_name):
        return ChainBroken(
            at,
            f"{did_not}: it has the name of the issuer but another key",
            "an authority may have several certificates of one name; take the one whose key signed this certificate",
        )
    return ChainBroken(
        at,
        f"{did_not}; its issuer is {_issuer(subject)}, which is not in the chain",
        f"put the certificate with that subject {'first' if at == NOT_IN_CHAIN else f'behind chain certificate {at}'}, "
        "and leave out what does not belong to this chain",
    )


def _self_signed(subject: Certificate, candidate: Certificate) -> ChainBroken:
    """Nothing can follow a certificate that names itself as its issuer, unless that one signed it."""
    if subject.at == NOT_IN_CHAIN:
        cause = f"{_named(subject)} is self-signed, and {_named(candidate)} did not sign it"
        return ChainBroken(subject.at, cause, "send it without a chain")
    cause = f"{_named(subject)} is a root, its own issuer, and {_named(candidate)} follows it"
    return ChainBroken(subject.at, cause, "end the chain with the root, or before it")


def _links_by_name(order: tuple[Certificate, ...]) -> bool:
    return all(names.same(subject.issuer_name, issuer.subject_name) for subject, issuer in pairwise(order))


def _named(found: Certificate) -> str:
    return f"{which(found.at)} (subject {shown(found.subject)})"


def _issuer(found: Certificate) -> str:
    return shown(found.issuer)

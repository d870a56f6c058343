"""Certificate, private key and chain as ImportCertificate of ACM demands them: accepted, or refused with one reason.

First what every store demands (`bundle`), then what ACM alone does (`rules.demands`, as `explain --for acm` tells it).
A block EC PARAMETERS before the key is taken away, as ACM does. Source: ACM user guide, "Prerequisites for importing
ACM certificates" and "Certificate and key format for importing".
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sealstone.x509 import bundle, mistakes, pem, presentable
from sealstone.x509.bundle import CertificateBundle
from sealstone.x509.description import CertificateDescription
from sealstone.x509.findings import Finding
from sealstone.x509.material import Kind, Origin, Piece
from sealstone.x509.presentable import NotPresentable
from sealstone.x509.problems import NOT_IN_CHAIN, NotCertificate, Part, TooLong, X509Problem
from sealstone.x509.rules import demands, subject
from sealstone.x509.submission import Field, Submission
from sealstone.x509.targets import ACM

_EC_PARAMETERS: Final = re.compile(r"-----BEGIN EC PARAMETERS-----\n[A-Za-z0-9+/=\s]*-----END EC PARAMETERS-----\n")
_NOWHERE: Final = Origin("")


@dataclass(frozen=True, slots=True)
class Imported:
    """Proof that the three texts hold together and that ACM takes them."""

    bundle: CertificateBundle
    description: CertificateDescription
    """Of the certificate."""
    not_presentable: NotPresentable | None
    """Why no listener can load it, although it may be stored."""


class NotAsDemanded(X509Problem):
    """The three texts hold together, and ACM does not take them all the same. `rule` is the finding's."""

    def __init__(self, found: Finding) -> None:
        super().__init__(found.part, found.cause, found.cure)
        self.rule = found.rule


class ChainMissing(X509Problem):
    """There is no chain, the certificate is not self-signed, and chains are asked for."""

    def __init__(self, issuer: str) -> None:
        super().__init__(
            Part.CHAIN,
            "there is no certificate chain, and the certificate is not self-signed",
            f"send the chain too, beginning with the certificate of {issuer}",
        )


def read(certificate: str, private_key: str, chain: str | None, *, at: datetime, needs_chain: bool = False) -> Imported:
    """The accepted whole. `at` is the time of the import, with a zone. Raises X509Problem, and nothing else.

    `needs_chain`: whether one that is not self-signed is refused without its chain, as ACM once did.
    """
    if len(private_key) > ACM.store.max_private_key:
        raise TooLong(Part.PRIVATE_KEY, len(private_key), ACM.store.max_private_key)
    key = _without_parameters(private_key)
    accepted = bundle.read(certificate, key, chain, at=at, acceptance=ACM.store)
    submission = Submission(
        _field(certificate, Part.CERTIFICATE),
        Field(private_key, (), ()),
        None if chain is None else _field(chain, Part.CHAIN),
    )
    judged = subject.of(submission)
    description = judged.leaf_description
    if description is None:
        raise NotCertificate(Part.CERTIFICATE, "its structure is against RFC 5280", NOT_IN_CHAIN)
    for found in (*demands.of_texts(submission, ACM), *demands.of(judged, ACM)):
        raise NotAsDemanded(found)
    if needs_chain and chain is None and not description.is_self_issued:
        raise ChainMissing(accepted.issuer)
    return Imported(accepted, description, presentable.problem(description, judged.chain_descriptions))


def _without_parameters(private_key: str) -> str:
    """The text without a block EC PARAMETERS. Raises WrongBlock when there is nothing else in it."""
    text = pem.normalised(private_key)
    rest = pem.normalised(_EC_PARAMETERS.sub("", f"{text}\n"))
    if text and not rest:
        raise mistakes.wrong_block("EC PARAMETERS", Part.PRIVATE_KEY)
    return rest


def _field(text: str, part: Part) -> Field:
    """Texts that `bundle.read` has taken: nothing but certificates."""
    blocks = pem.blocks(pem.normalised(text), part)
    return Field(text, (), tuple(Piece(Kind.CERTIFICATE, _NOWHERE, block.der()) for block in blocks))

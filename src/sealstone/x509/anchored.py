"""Whether a certificate stands under a trust anchor: what Roles Anywhere asks of all certificates on the way.

Source: IAM Roles Anywhere user guide, "Trust model" (version 3, CA flag, key usages, SHA-256 or better), and RFC 5280
section 6 for what holds between them: signatures, dates, path length, name constraints, critical extensions.
The anchor itself must be valid too. Nothing is fetched, nothing is searched beyond what was sent.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from sealstone.x509 import algorithms as named
from sealstone.x509 import name_constraints, pem, public_halves
from sealstone.x509.description import CertificateDescription, describe
from sealstone.x509.links import Links, State
from sealstone.x509.material import Kind, Origin, Piece
from sealstone.x509.problems import Part, X509Problem
from sealstone.x509.revocation import RevocationList

LONGEST_CHAIN: Final = 5
"""Certificates that a request may show besides its own (user guide, "Signing process")."""
MOST_ANCHORS: Final = 2
"""Certificates in the bundle of one trust anchor (user guide, "Quotas")."""

_LABEL: Final = "CERTIFICATE"
_CURVES: Final = frozenset({"P-256", "P-384", "P-521"})
_LEAST_RSA: Final = 2048
_TOO_SHORT: Final = "SHA-224"
_MOST_RSA: Final = 4096
_LONGEST_SERIAL: Final = 1 << 160  # RFC 5280 4.1.2.2: 20 bytes, the first bit of which is the sign


class Untrusted(X509Problem):
    """The certificate cannot be used, or does not stand under any of the anchors."""

    def __init__(self, cause: str, cure: str = "") -> None:
        super().__init__(Part.CERTIFICATE, cause, cure)


def bundle(text: str, at: datetime) -> tuple[CertificateDescription, ...]:
    """The authorities of a trust anchor, one or two in PEM, each fit to be one at `at`.

    Raises Untrusted.
    """
    try:
        blocks = list(pem.blocks(pem.normalised(text), Part.CERTIFICATE))
        ders = [block.der() for block in blocks]
    except X509Problem as problem:  # its cure is about fields of an upload
        raise Untrusted(problem.cause, "send certificates of authorities, whole and in PEM") from None
    if len(blocks) > MOST_ANCHORS:
        raise Untrusted(f"there are {len(blocks)} certificates, and {MOST_ANCHORS} is the most", "make another anchor")
    if any(block.label != _LABEL for block in blocks):
        raise Untrusted("there is something else than certificates", "send certificates of authorities only, in PEM")
    found = tuple(_described(one) for one in ders)
    for one in found:
        _judge_authority(one, at, below=0)
    return found


def stored(text: str) -> tuple[CertificateDescription, ...]:
    """The certificates of a text that `bundle` accepted once."""
    return tuple(_described(block.der()) for block in pem.blocks(pem.normalised(text), Part.CERTIFICATE))


def end_entity(data: bytes, at: datetime) -> CertificateDescription:
    """The certificate of a workload, judged on its own. Raises Untrusted."""
    found = _described(data)
    _judge(found, at)
    if not 0 < found.serial_number < _LONGEST_SERIAL:
        raise Untrusted("its serial number is not one of RFC 5280 4.1.2.2")
    if found.authority is not False:
        raise Untrusted("its basic constraints do not say that it is no authority (CA:FALSE)")
    if "digitalSignature" not in found.usages:
        raise Untrusted("its key usage does not say digitalSignature")
    return found


def prove(
    leaf: CertificateDescription,
    chain: Sequence[bytes],
    anchors: Sequence[CertificateDescription],
    at: datetime,
) -> tuple[CertificateDescription, ...]:
    """The way from `leaf` up to one of the anchors, which is its last. `chain` may come in any order.

    Raises Untrusted when there is none on which everything is as it must be.
    """
    if len(chain) > LONGEST_CHAIN:
        raise Untrusted(f"the chain has {len(chain)} certificates, and {LONGEST_CHAIN} is the most")
    search = _Search(tuple(_described(one) for one in chain), anchors, at)
    way = search.way((leaf,))
    if way is None:
        raise Untrusted(
            search.reason or "no certificate of the trust anchor signed it, directly or through the chain",
            "send the intermediate certificates in X-Amz-X509-Chain, or name another trust anchor",
        )
    return way


def prove_maker(
    found: RevocationList, chain: Sequence[bytes], anchors: Sequence[CertificateDescription], at: datetime
) -> None:
    """That one of the anchors made the list, or an authority in `chain` that stands under one of them at `at`.

    Raises Untrusted. What a list says is held against its own maker's certificates alone (`check_revocation`).
    """
    if any(found.is_of(one) for one in anchors):
        return
    if len(chain) > LONGEST_CHAIN:
        raise Untrusted(f"there are {len(chain)} certificates, and {LONGEST_CHAIN} is the most")
    authorities = tuple(_described(one) for one in chain)
    search = _Search(authorities, anchors, at)
    for one in authorities:
        if found.is_of(one) and search.way_of_authority(one):
            return
    raise Untrusted(
        search.reason or "no certificate of the trust anchor signed it, nor an authority under it that was sent",
        "import it for the trust anchor whose authority made it; a list of an intermediate authority comes in PEM, "
        "with the certificates up to the anchor behind it",
    )


def check_revocation(way: Sequence[CertificateDescription], lists: Iterable[RevocationList], at: datetime) -> None:
    """That no list revokes a certificate on the way that its maker issued, and that no such list is out of date.

    Raises Untrusted. A list that is past its next update may lack whoever was revoked since: nobody passes it.
    """
    for found in lists:
        for subject, issuer in pairwise(way):
            if not found.is_of(issuer):
                continue
            if subject.serial_number in found.serial_numbers:
                raise Untrusted(f"the certificate with serial number {subject.serial} is revoked")
            if found.next_update is not None and at > found.next_update:
                raise Untrusted(
                    f"the revocation list was due for renewal at {found.next_update:%Y-%m-%dT%H:%M:%SZ}",
                    "import the new list, or disable this one",
                )


class _Search:
    """A search of at most 5 certificates: depth first, each at most once on a way."""

    def __init__(
        self,
        chain: Sequence[CertificateDescription],
        anchors: Sequence[CertificateDescription],
        at: datetime,
    ) -> None:
        self._chain, self._anchors, self._at = chain, anchors, at
        self._links = Links(most=200)
        self.reason = ""

    def way(self, so_far: tuple[CertificateDescription, ...]) -> tuple[CertificateDescription, ...] | None:
        """From here up to an anchor; None when there is none."""
        for issuer in (*self._anchors, *self._chain):
            if issuer in so_far or not self._signed(so_far[-1], issuer):
                continue
            longer = (*so_far, issuer)
            try:
                _judge_authority(issuer, self._at, below=_counted(so_far[1:]))
                if issuer not in self._anchors:
                    found = self.way(longer)
                    if found is not None:
                        return found
                    continue
                name_constraints.check(longer)
            except (Untrusted, name_constraints.Violated) as fault:
                self.reason = fault.cause if isinstance(fault, Untrusted) else str(fault)
                continue
            return longer
        return None

    def way_of_authority(self, authority: CertificateDescription) -> bool:
        """Whether there is one from an authority that is fit to be one itself."""
        try:
            _judge_authority(authority, self._at, below=0)
        except Untrusted as fault:
            self.reason = fault.cause
            return False
        return self.way((authority,)) is not None

    def _signed(self, subject: CertificateDescription, issuer: CertificateDescription) -> bool:
        """By a signature that proves something: SHA-256 or better."""
        return self._links.between(subject, issuer).state is State.VERIFIED


def _counted(between: Sequence[CertificateDescription]) -> int:
    """RFC 5280 4.2.1.9: certificates that an authority issued to itself do not count for the path length."""
    return sum(not one.is_self_issued for one in between)


def _described(data: bytes) -> CertificateDescription:
    found = describe(Piece(Kind.CERTIFICATE, Origin("-"), data))
    if not isinstance(found, CertificateDescription):
        raise Untrusted("it cannot be read as a certificate")
    return found


def _judge(found: CertificateDescription, at: datetime) -> None:
    """What holds for every certificate on the way. Raises Untrusted."""
    subject = found.subject[:200]
    if found.version != 3:
        raise Untrusted(f"the certificate of {subject} is of version {found.version}, and it must be 3")
    if not found.not_before <= at.replace(microsecond=0) <= found.not_after:
        raise Untrusted(f"the certificate of {subject} is not valid at {at:%Y-%m-%dT%H:%M:%SZ}")
    key = named.public_key(found.key_info)
    fits = (key.kind == named.RSA and _LEAST_RSA <= key.bits <= _MOST_RSA and public_halves.is_usual(key)) or (
        key.kind == named.EC and key.curve in _CURVES
    )
    if not fits or found.weaknesses:
        raise Untrusted(
            f"the key of {subject} is {found.key}; RSA from 2048 to 4096 bits and EC P-256 to P-521 are taken"
        )
    if found.signed.algorithm.proves_nothing or found.signed.algorithm.digest == _TOO_SHORT:
        raise Untrusted(f"the certificate of {subject} is signed by {found.signature}; SHA-256 or better is taken")
    if found.unprocessed:
        raise Untrusted(f"the certificate of {subject} has a critical extension not known here: {found.unprocessed[0]}")


def _judge_authority(found: CertificateDescription, at: datetime, *, below: int) -> None:
    """Whether it may issue, with so many authorities below it. Raises Untrusted."""
    _judge(found, at)
    subject = found.subject[:200]
    if found.authority is not True:
        raise Untrusted(f"the basic constraints of {subject} do not say that it is an authority (CA:TRUE)")
    if found.usages and "keyCertSign" not in found.usages:
        raise Untrusted(f"the key usage of {subject} does not say keyCertSign")
    if found.path_length is not None and below > found.path_length:
        raise Untrusted(f"{subject} allows {found.path_length} authorities below it, and there are {below}")

"""Opens the keys of certificates that listeners use, and of no others; a key that nobody uses any more is dropped.

The one worker that opens a sealed private key.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sealstone.dataplane.wanted import Certificate
from sealstone.seal.envelope import Keyring
from sealstone.seal.faults import SealFault
from sealstone.store.served_certificates import ServedCertificate
from sealstone.x509 import host_names, pem
from sealstone.x509.der import Malformed
from sealstone.x509.problems import Part, X509Problem


@dataclass(frozen=True, slots=True)
class Opened:
    """A certificate ready to be served, and what a handshake must show of it."""

    certificate: Certificate
    fingerprint: str
    """SHA-256 over the DER, lower-case hex."""
    bound_to: str = ""
    """What the key was bound to: of a certificate that was imported again something else, whatever its fingerprint."""


class Certificates:
    """Keeps what it opened for as long as it is in use: a change of one listener opens no key anew."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._opened: dict[str, Opened] = {}

    def of(self, served: Iterable[ServedCertificate]) -> tuple[Mapping[str, Opened], Mapping[str, str]]:
        """By id, those that can be opened; and why the others cannot, by id."""
        opened: dict[str, Opened] = {}
        faults: dict[str, str] = {}
        for one in served:
            unique_id = one.certificate.unique_id
            kept = self._opened.get(unique_id)
            try:
                opened[unique_id] = kept if kept and kept.bound_to == one.certificate.bound_to else self._open(one)
            except SealFault as fault:
                faults[unique_id] = f"the private key of {one.certificate.arn} cannot be opened: {fault}"
            except (X509Problem, Malformed) as fault:
                faults[unique_id] = f"the certificate {one.certificate.arn} cannot be read: {fault}"
        self._opened = opened
        return opened, faults

    def _open(self, one: ServedCertificate) -> Opened:
        certificate = one.certificate
        return Opened(
            Certificate(
                certificate_id=certificate.unique_id,
                body=certificate.certificate_body,
                chain=certificate.certificate_chain,
                private_key=self._keyring.unseal(one.sealed_private_key, bound_to=certificate.bound_to),
                names=_names(next(pem.blocks(certificate.certificate_body, Part.CERTIFICATE)).der()),
            ),
            certificate.fingerprint,
            certificate.bound_to,
        )


def _names(certificate: bytes) -> tuple[str, ...]:
    """For which a proof asks. HAProxy serves a certificate whose names nobody can read, to clients of other names."""
    try:
        return tuple(name.decode("ascii", "replace").lower() for name in host_names.of(certificate).dns)
    except host_names.UnreadableNames:
        return ()

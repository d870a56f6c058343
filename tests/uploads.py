"""What one row of the upload tables is: the three texts, and what must become of them, in process and over the wire.

The rows are in `tests/bad_uploads.py` and `tests/good_uploads.py`. They are built anew for the time asked for, so that
the same rows serve unit tests with their fixed clock and a running server with the real one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.pki import Authority, Leaf, rsa_key, self_signed

from sealstone.x509.problems import X509Problem

MALFORMED: Final = "MalformedCertificate"
MISMATCH: Final = "KeyPairMismatch"
VALIDATION: Final = "ValidationError"

NOT_A_CERTIFICATE: Final = "Unable to parse certificate. Please ensure the certificate is in PEM format."
"""Recorded from AWS."""

NOT_RECORDED: Final = ""


def broken_chain(at: int = -1) -> str:
    """Recorded from AWS, with index -1."""
    return (
        "Unable to validate certificate chain. The certificate chain must start with the immediate signing "
        f"certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate "
        f"is: {at}"
    )


@dataclass(frozen=True)
class Upload:
    """One upload. Good ones have no `problem` and no `code`."""

    id: str
    description: str
    certificate_body: str
    private_key: str
    certificate_chain: str | None = None
    problem: type[X509Problem] | None = None
    """What `x509.bundle.read` must raise."""
    code: str = ""
    """What IAM must answer: the error code, and the sentence its message must begin with, where AWS's is recorded."""
    message: str = NOT_RECORDED
    words: tuple[str, ...] = ()
    """What the cause or the cure must contain."""

    def __repr__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Scene:
    """One root, two intermediates and a leaf below them, beside a stranger and a self-signed one; valid at `at`."""

    at: datetime
    root: Authority
    upper: Authority
    lower: Authority
    leaf: Leaf
    rsa_leaf: Leaf
    alone: Leaf
    stranger: Authority

    @classmethod
    def around(cls, at: datetime) -> "Scene":
        """Root, Upper, Lower, build.example.com."""
        at = at.astimezone(UTC).replace(microsecond=0)
        root = Authority("Example Root", valid_at=at)
        upper = root.authority("Example Upper")
        lower = upper.authority("Example Lower")
        return cls(
            at=at,
            root=root,
            upper=upper,
            lower=lower,
            leaf=lower.leaf("build.example.com"),
            rsa_leaf=lower.leaf("rsa.example.com", key=rsa_key()),
            alone=self_signed("alone.example.com", valid_at=at),
            stranger=Authority("Stranger Root", valid_at=at),
        )

    def day(self, days: float) -> datetime:
        """So many days from now."""
        return self.at + timedelta(days=days)

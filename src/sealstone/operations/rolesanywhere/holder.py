"""Who asks for a session by certificate, as a caller: the door has proven the certificate, CreateSession decides.

Not a caller that any other operation may have: it has no policies, and is not root for all that.
"""

from dataclasses import dataclass, field

from sealstone.model import arn, subject
from sealstone.model.trust_anchor import TrustAnchor
from sealstone.operations.call import Caller
from sealstone.x509.description import CertificateDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateHolder(Caller):
    """The holder of a certificate under a trust anchor, or of a signing certificate of `user`, without an anchor."""

    certificate: CertificateDescription = field(repr=False)
    region: str
    """Of the trust anchor; for a user the one that was signed for."""
    anchor: TrustAnchor | None = None

    @property
    def is_root(self) -> bool:
        """Never."""
        return False

    @property
    def arn(self) -> str:
        """The user's, or the subject's."""
        return self.user.arn if self.user else self.subject_arn

    @property
    def subject_arn(self) -> str:
        """The ARN of the certificate's subject."""
        return arn.roles_anywhere(subject.KIND, self.region, self.account_id, self.subject_id)

    @property
    def subject_id(self) -> str:
        """The same for the same subject in the Region of an account, so that nothing need be stored to know it."""
        return subject.id_of(self.account_id, self.region, self.certificate.subject_name)

    @property
    def unique_id(self) -> str:
        """aws:userid: the user's or the subject's."""
        return self.user.unique_id if self.user else self.subject_id

"""The private authority as callers of RequestCertificate name it: the right to do so, and whether it is the one here.

Who names an authority has nothing validated, so that acm:RequestCertificate alone is not enough: as with AWS Private
CA, the caller needs acm-pca:IssueCertificate on the authority too.
"""

import re
from typing import Final

from sealstone.model.authority import authority_arn
from sealstone.operations.acm.errors import InvalidArnException
from sealstone.operations.authorization import permit
from sealstone.operations.call import Call, Resource
from sealstone.store import authorities
from sealstone.x509.escaping import shown

_ISSUING: Final = "acm-pca:IssueCertificate"
_ARN: Final = re.compile(
    r"arn:aws:acm-pca:[a-z0-9-]{1,64}:[0-9]{12}:certificate-authority/[A-Za-z0-9-]{1,64}", re.ASCII
)


def permit_issuing(call: Call, arn: str) -> None:
    """That the caller may issue with this authority, whether or not it is there. Root may.

    Source: AWS Private CA user guide, "Inline policies" (what ACM's callers need). Raises AccessDenied, and
    InvalidArnException for what is no ARN of an authority.
    """
    if _ARN.fullmatch(arn) is None:
        raise InvalidArnException(
            f"The ARN {shown(arn)} is no certificate authority's; one has the form "
            "arn:aws:acm-pca:REGION:ACCOUNT:certificate-authority/ID."
        )
    permit(call, _ISSUING, (Resource(arn),))


def find(call: Call, arn: str) -> str:
    """The ARN of the installation's authority, as the caller may name it in this Region. Raises InvalidArnException.

    To an account that is not among `authority_accounts` there is no authority. [ours]
    """
    authority_id = authorities.find_id(call.tx) if call.house.authority.admits(call.account_id) else None
    known = authority_id and authority_arn(call.region, call.account_id, authority_id)
    if arn != known:
        raise InvalidArnException(
            f"Could not find certificate authority {arn}. The authority of this installation is shown by sealstone ca "
            "show; an account names it with its own account id and the Region of the request."
        )
    return arn

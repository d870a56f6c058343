"""What is told when the private authority gets another root or another intermediate: in the log and as an event.

When that happens is decided in `authority`. That one of its certificates ends is told by `notices`.
"""

import logging
from datetime import datetime
from typing import Final

from sealstone.model.authority import AuthorityPlan, authority_arn
from sealstone.model.ending import EXPLANATION
from sealstone.model.event import Event
from sealstone.store import accounts, events
from sealstone.store.engine import Tx
from sealstone.store.expiry_notices import IAM_REGION
from sealstone.workers.authority_making import Made
from sealstone.workers.notices import common_name
from sealstone.x509 import writing
from sealstone.x509.making import host_limits

_LOG: Final = logging.getLogger("sealstone.authority")
SOURCE: Final = "sealstone.ca"
REPLACED: Final = "Authority Certificate Replaced"
_GIVE: Final = "Give clients the new root: sealstone ca export."


def explanation(made: Made, plan: AuthorityPlan) -> str:
    """What whoever runs the installation, or trusts its root, has to do; in whole sentences, empty for nothing."""
    if made.root:
        return f"{_GIVE} {_until_then(made)}"
    if made.beyond:
        wanted = host_limits.told(plan.permitted_names)
        return (
            f"authority_permitted_names asks for {wanted}, which the root does not permit: the new intermediate is "
            "limited to what the root permits. To issue for more, make a new root: sealstone ca rotate --root."
        )
    return ""


def _until_then(made: Made) -> str:
    """A client that has only the old root gets to the new one by its cross certificate, within the old constraints."""
    if made.cross is None:
        return "Until then they trust nothing that it issues: the root before is over, or was not valid yet."
    if made.beyond:
        return f"Until then they take only certificates for {host_limits.told(made.permitted)}."
    return "Until then they get to it by the old one."


def tell(tx: Tx, made: Made, plan: AuthorityPlan, event_id: str, at: datetime) -> None:
    """The event, in the unit of what it tells; to the first account, since the authority is the installation's."""
    owners = accounts.every(tx)
    if not owners:
        return
    one = made.root or made.intermediate
    detail = {
        "CommonName": common_name(writing.certificates_pem([one.certificate])),
        "CertificateId": one.certificate_id,
        "Role": one.role.value,
    }
    if words := explanation(made, plan):
        detail[EXPLANATION] = words
    arn = authority_arn(IAM_REGION, owners[0].account_id, one.authority_id)
    events.add(tx, Event(event_id, at, owners[0].account_id, IAM_REGION, REPLACED, (arn,), detail, SOURCE))


def log(made: Made, plan: AuthorityPlan) -> None:
    """Of what the server did by itself."""
    one = made.root or made.intermediate
    name = common_name(writing.certificates_pem([one.certificate]))
    level = logging.ERROR if made.beyond else logging.WARNING if made.root else logging.INFO
    words = explanation(made, plan)
    _LOG.log(level, "the private authority has a new %s, %s%s", one.role.value, name, words and f". {words}")

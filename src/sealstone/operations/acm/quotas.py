"""The quotas of certificates, counted in the unit of work that stores, so that no race gets past them.

Source: ACM user guide, "Quotas".
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sealstone.model import certificate_quota
from sealstone.model.certificate import CertificateType
from sealstone.model.quota import Quota
from sealstone.operations.acm.errors import LimitExceededException
from sealstone.operations.call import Call
from sealstone.store import certificate_requests, certificates, quotas
from sealstone.store.engine import Tx

_YEAR: Final = timedelta(days=365)
_FULL: Final = (  # recorded: AWS Knowledge Center, acm-import-troubleshooting
    "You have reached the maximum number of certificates. Delete certificates that are not in use, or contact AWS "
    "Support to request an increase."
)
_YEARLY: Final = "Error: you have reached your limit of {} certificates in the last year."  # R: aws/aws-cdk#13651
_NAMES: Final = "Certificate has too many domains."  # R: hashicorp/terraform-provider-aws#35825


def check_count(call: Call, kind: CertificateType, quota: Quota) -> None:
    """Certificates of that kind in the Region. Raises LimitExceededException."""
    limit = _limit(call, quota)
    if certificates.count(call.tx, call.account_id, call.region, kind) >= limit:
        raise LimitExceededException(f"{_FULL} The quota {quota.name} is {limit}.")


def check_imports(call: Call) -> None:
    """Imports of the last 365 days. Raises LimitExceededException."""
    _check_year(call, certificate_quota.IMPORTS, certificates.imports_since)


def check_requests(call: Call) -> None:
    """Requests of the last 365 days. Raises LimitExceededException."""
    _check_year(call, certificate_quota.REQUESTS, certificate_requests.requests_since)


def check_names(call: Call, names: Sequence[str]) -> None:
    """Names of one certificate. Raises LimitExceededException."""
    quota = certificate_quota.DOMAINS
    limit = _limit(call, quota)
    if len(names) > limit:
        raise LimitExceededException(f"{_NAMES} It has {len(names)}, and the quota {quota.name} is {limit}.")


def _check_year(call: Call, quota: Quota, count: Callable[[Tx, str, str, datetime], int]) -> None:
    """`count`: all from a day on. Raises LimitExceededException, which tells when there is room again."""

    def since(at: datetime) -> int:
        return count(call.tx, call.account_id, call.region, at)

    limit, begin = _limit(call, quota), call.now - _YEAR
    if since(begin) < limit:
        return
    # Days drop out one by one: the first on which no more than the others would count.
    days = bisect_left(range(_YEAR.days + 1), 1, key=lambda day: since(begin + timedelta(days=day)) < limit)
    raise LimitExceededException(
        f"{_YEARLY.format(limit)} Deleting certificates gives none back; there is room again from "
        f"{call.now + timedelta(days=days):%Y-%m-%d} on, or at once when the quota {quota.name} is raised."
    )


def _limit(call: Call, quota: Quota) -> int:
    return quotas.value(call.tx, call.account_id, quota)

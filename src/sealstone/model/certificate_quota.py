"""Quotas of ACM, for each Region of an account. Source: ACM user guide, "Quotas". An account here may raise further."""

from typing import Final

from sealstone.model.quota import Quota

IMPORTED: Final = Quota("ImportedCertificatesPerRegion", "", 2_500, 10_000_000)
IMPORTS: Final = Quota("ImportsPerYear", "", 5_000, 10_000_000)
"""In 365 days; deleted certificates count, and so does each import under an ARN that there is."""
REQUESTED: Final = Quota("RequestedCertificatesPerRegion", "", 2_500, 10_000_000)
"""Those of a named authority do not count."""
REQUESTS: Final = Quota("RequestsPerYear", "", 5_000, 10_000_000)
"""In 365 days, as imports are counted; those of a named authority do not count."""
DOMAINS: Final = Quota("DomainNamesPerCertificate", "", 10, 100)
"""The service model has no room for more than 100."""
PRIVATE: Final = Quota("PrivateCertificatesPerRegion", "", 25_000, 10_000_000)
"""Those of a named authority: ours, since AWS has no such quota. Workers serve all accounts."""
TAGS: Final = Quota("TagsPerCertificate", "", 50, 50)

ALL: Final = {quota.name: quota for quota in (IMPORTED, IMPORTS, REQUESTED, REQUESTS, PRIVATE, DOMAINS)}
"""Those that an account may have of its own."""

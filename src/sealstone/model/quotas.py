"""Every quota that an account may have of its own, of all services."""

from collections.abc import Mapping
from typing import Final

from sealstone.model import balancing_quota, certificate_quota, quota
from sealstone.model.quota import Quota

ALL: Final[Mapping[str, Quota]] = quota.ALL | balancing_quota.ALL | certificate_quota.ALL

"""What the door answers beside AWS's API, by the first segment of the path. One line for each."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime

from sealstone.endpoint.measure import Measure
from sealstone.endpoint.request import Request, Response
from sealstone.operations.call import House
from sealstone.server.approval_door import SEGMENT, ApprovalDoor
from sealstone.server.authority_door import SEGMENT as AUTHORITY
from sealstone.server.authority_door import AuthorityDoor
from sealstone.server.clock import system_clock
from sealstone.server.metrics_door import MetricsDoor
from sealstone.server.metrics_token import token_digest
from sealstone.server.readings import Sources, nothing_deployed
from sealstone.server.recorder import BatchRecorder
from sealstone.server.settings import Settings


def pages(
    settings: Settings,
    house: House,
    measure: Measure,
    authority: AuthorityDoor,
    deployed: Callable[[], Mapping[str, int]] = nothing_deployed,
    now: Callable[[], datetime] = system_clock,
) -> dict[str, Callable[[Request], Response]]:
    """For `listen.Door`. `deployed` gives the counters of the deploy worker. Raises StartError."""
    recorder = house.recorder

    def queued() -> int:
        return recorder.queued if isinstance(recorder, BatchRecorder) else 0

    sources = Sources(house.store, measure, house.clock, now(), queued, deployed)
    metrics = MetricsDoor(token_digest(settings.metrics_token_path, os.urandom), sources)
    approval = ApprovalDoor(house.store, house.audit_key, house.clock, house.chance)
    return {"metrics": metrics.answer, SEGMENT: approval.answer, AUTHORITY: authority.page}

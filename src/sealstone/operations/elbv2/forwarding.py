"""Which target groups a load balancer can forward to: HTTP to HTTP, connections to connections."""

from collections.abc import Iterable
from typing import Final

from sealstone.operations.elbv2.errors import IncompatibleProtocols
from sealstone.operations.elbv2.groups import Group
from sealstone.operations.elbv2.named import Balancer

_APPLICATION: Final = frozenset({"HTTP", "HTTPS"})
_NETWORK: Final = frozenset({"TCP", "TLS"})


def check_protocols(balancer: Balancer, groups: Iterable[Group]) -> None:
    """Whether their protocols go with the load balancer. Raises IncompatibleProtocols."""
    fitting = _NETWORK if balancer.is_network else _APPLICATION
    for group in groups:
        protocol = group.detail.protocol
        if protocol not in fitting:
            raise IncompatibleProtocols(
                f"The protocol '{protocol}' of target group '{group.arn}' is not compatible with load balancers with "
                f"type '{balancer.record.kind}'; use a target group with one of '{', '.join(sorted(fitting))}'"
            )

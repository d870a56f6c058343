"""Which target groups a listener can forward to: HTTP to HTTP, connections to connections."""

from collections.abc import Iterable
from typing import Final

from sealstone.operations.elbv2.errors import IncompatibleProtocols
from sealstone.operations.elbv2.groups import Group

_APPLICATION: Final = ("HTTP", "HTTPS")
# Application guide, "Target groups", and network guide, "Routing configuration", without what is no TCP.
_FITTING: Final = {"HTTP": _APPLICATION, "HTTPS": _APPLICATION, "TCP": ("TCP",), "TLS": ("TCP", "TLS")}


def check_protocols(protocol: str, groups: Iterable[Group]) -> None:
    """Whether their protocols go with that of the listener, one of the four there are. Raises IncompatibleProtocols."""
    fitting = _FITTING[protocol]
    for group in groups:
        if group.detail.protocol not in fitting:
            raise IncompatibleProtocols(
                f"The protocol '{group.detail.protocol}' of target group '{group.arn}' is not compatible with "
                f"listeners with protocol '{protocol}'; use a target group with one of '{', '.join(fitting)}'"
            )

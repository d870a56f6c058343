"""Listeners and load balancers going: their rows, and all that hangs on them."""

from sealstone.operations.call import Call
from sealstone.operations.elbv2.named import Balancer, Port, ports
from sealstone.store import certificate_uses, listener_states, listeners, rules


def end(call: Call, port: Port) -> None:
    """Forget a listener, its rules and its uses of certificates."""
    rules.remove_all(call.tx, call.account_id, port.record.listener_id)
    drop_certificates(call, port)
    listener_states.remove(call.tx, port.record.listener_id)
    listeners.remove(call.tx, port.record)


def end_all(call: Call, balancer: Balancer) -> None:
    """Forget every listener of a load balancer."""
    for port in ports(call, balancer):
        end(call, port)


def drop_certificates(call: Call, port: Port) -> None:
    """A listener that is encrypted no longer uses none."""
    certificate_uses.remove_all(call.tx, call.account_id, port.record.listener_id)

"""Listeners: create, delete, and the exchange of a certificate."""

from collections.abc import Mapping, Sequence
from typing import Any

from sealstone.operations.balancing_errors import DuplicateListener
from sealstone.operations.balancing_judges import conditioned
from sealstone.operations.call import Call
from sealstone.operations.elb import condition_keys, listening, serving
from sealstone.operations.elb.listening import HTTP_LAYER, SECURE, Wanted
from sealstone.operations.elb.named import Classic, Port, find, named_load_balancer, port_of, ports
from sealstone.operations.elb.wording import conflict
from sealstone.operations.operation import operation
from sealstone.store import listeners as stored


@operation("elb", on=named_load_balancer, access="Write", judge=conditioned(condition_keys.of_listeners))
def create_load_balancer_listeners(
    call: Call, *, load_balancer_name: str, listeners: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Add listeners; one that is there with the same properties is left as it is (API reference)."""
    found = find(call, load_balancer_name)
    wanted = listening.read(call, listeners)
    there = ports(call, found)
    new = [one for one in wanted if not _is_there(call, load_balancer_name, there, one)]
    listening.check_instance_ports(new, there)
    _check_proxied(found, there, new)
    bound = stored.bound(call.tx, but=found.record.unique_id)
    listening.check_free(call.house.balancing, found.record.address, bound, [one.port for one in new])
    serving.begin(call, found, new)
    return {}


@operation("elb", on=named_load_balancer, access="Write")
def delete_load_balancer_listeners(
    call: Call, *, load_balancer_name: str, load_balancer_ports: Sequence[int]
) -> Mapping[str, Any]:
    """Delete the listeners on these ports; a port without one is no error [inferred: the model has none].

    Policies towards instances stay, of an instance port without a listener too (recorded: the Kubernetes provider for
    AWS takes them away itself). So a listener that is deleted and created anew goes on with ProxyProtocol.
    """
    for port in ports(call, find(call, load_balancer_name)):
        if port.record.port in load_balancer_ports:
            serving.end(call, port.record)
    return {}


@operation("elb", on=named_load_balancer, access="Write")
def set_load_balancer_listener_ssl_certificate(
    call: Call, *, load_balancer_name: str, load_balancer_port: int, ssl_certificate_id: str
) -> Mapping[str, Any]:
    """Exchange the certificate of a secure listener: new connections get the new one."""
    found = find(call, load_balancer_name)
    port = port_of(ports(call, found), load_balancer_name, load_balancer_port)
    if port.record.protocol not in SECURE:
        raise conflict(
            f"The listener with port {load_balancer_port} has protocol {port.record.protocol}, and so no certificate.",
            cure="Create an HTTPS or SSL listener.",
        )
    certificate = listening.certificate_id(call, ssl_certificate_id)
    if certificate != serving.certificate_of(call, port):
        serving.use(call, port.record.listener_id, certificate)
    return {}


def _check_proxied(found: Classic, there: Sequence[Port], new: Sequence[Wanted]) -> None:
    """Policies in force towards instances are of TCP and SSL, here as where they are set [inferred].

    Raises InvalidConfigurationRequest.
    """
    in_force = found.detail.towards({port.detail.instance_port for port in there}).backend_policies
    for one in new:
        if one.instance_protocol in HTTP_LAYER and one.instance_port in in_force:
            raise conflict(
                f"A listener with InstanceProtocol {one.instance_protocol} cannot have InstancePort "
                f"{one.instance_port}.",
                f"Policy {in_force[one.instance_port][0]} is in force there, which is for TCP and SSL only;",
                "choose another InstancePort, or take the policy away.",
            )


def _is_there(call: Call, name: str, there: Sequence[Port], wanted: Wanted) -> bool:
    """Whether the same listener is there. Raises DuplicateListener when another one is on the port (recorded text)."""
    for port in there:
        if port.record.port == wanted.port:
            if listening.is_same(port, wanted, serving.certificate_of(call, port)):
                return True
            raise DuplicateListener(
                f"A listener already exists for {name} with LoadBalancerPort {wanted.port}, "
                "but with a different InstancePort, Protocol, or SSLCertificateId"
            )
    return False

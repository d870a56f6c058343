"""Listeners coming and going: their rows, the certificates they use, and the default policy of secure ones."""

from collections.abc import Sequence

from sealstone.model import elb_policies, ids, quota
from sealstone.model.classic_detail import ClassicListener, Policy, document_of
from sealstone.model.listener import CertificateUse, Listener
from sealstone.operations.call import Call
from sealstone.operations.elb.listening import SECURE, Wanted
from sealstone.operations.elb.named import Classic, Port, keep
from sealstone.operations.elb.wording import conflict
from sealstone.store import certificate_uses, listener_states, listeners, quotas


def default_policy() -> Policy:
    """What a secure listener negotiates by until another policy is set (classic guide, sample outputs)."""
    negotiation = elb_policies.PREDEFINED[elb_policies.DEFAULT]
    reference = (elb_policies.REFERENCE, elb_policies.DEFAULT)
    return Policy(elb_policies.DEFAULT, elb_policies.NEGOTIATION, (reference, *negotiation.attributes))


def begin(call: Call, found: Classic, wanted: Sequence[Wanted]) -> None:
    """Store new listeners; a secure one brings the default policy with it. Raises InvalidConfigurationRequest."""
    limit = quotas.value(call.tx, call.account_id, quota.CLASSIC_LISTENERS)
    if listeners.count(call.tx, call.account_id, found.record.unique_id) + len(wanted) > limit:
        raise conflict(
            f"A load balancer can have {limit} listeners.",
            cure=f"Delete some, or raise the quota {quota.CLASSIC_LISTENERS.name}.",
        )
    for one in wanted:
        _begin_one(call, found, one)
    if any(one.protocol in SECURE for one in wanted):
        keep(call, found, found.detail.with_policy(default_policy()))


def end(call: Call, listener: Listener) -> None:
    """Forget a listener and all that hangs on it."""
    certificate_uses.remove_all(call.tx, call.account_id, listener.listener_id)
    listener_states.remove(call.tx, listener.listener_id)
    listeners.remove(call.tx, listener)


def certificate_of(call: Call, port: Port) -> str | None:
    """The id of the certificate that a listener uses."""
    uses = certificate_uses.of(call.tx, call.account_id, port.record.listener_id)
    return uses[0].certificate_id if uses else None


def use(call: Call, listener_id: str, certificate_id: str) -> None:
    """Let the listener use this certificate and no other."""
    certificate_uses.remove_all(call.tx, call.account_id, listener_id)
    certificate_uses.add(call.tx, CertificateUse(call.account_id, listener_id, certificate_id))


def _begin_one(call: Call, found: Classic, wanted: Wanted) -> None:
    policies = (elb_policies.DEFAULT,) if wanted.protocol in SECURE else ()
    detail = ClassicListener(wanted.instance_port, wanted.instance_protocol, policies)
    listener = Listener(
        account_id=call.account_id,
        listener_id=ids.new_balancing(call.house.chance),
        load_balancer_id=found.record.unique_id,
        port=wanted.port,
        protocol=wanted.protocol,
        document=document_of(detail),
    )
    listeners.add(call.tx, listener)
    if wanted.certificate_id:
        use(call, listener.listener_id, wanted.certificate_id)

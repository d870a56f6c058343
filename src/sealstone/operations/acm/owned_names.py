"""Names that no validation gives a certificate for: Amazon's, and those that this installation gives out.

What leads to a load balancer of somebody else's must not be had by whoever finds a way to be vouched for there. A
private authority signs for whoever may ask it, and is not asked here.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sealstone.model import application_detail, classic_detail
from sealstone.model.load_balancer import Generation, LoadBalancer
from sealstone.operations.acm.domains import is_within
from sealstone.operations.call import Call
from sealstone.store import load_balancers

# User guide, "Request a public certificate": nobody gets certificates for names that belong to Amazon.
_OF_AMAZON: Final = ("amazonaws.com", "cloudfront.net", "elasticbeanstalk.com")


def refusal(call: Call, names: Sequence[str]) -> str:
    """Why the first of the names that are not for the caller is not; empty when all may be validated.

    Names at and below the setting `listener_domain` are given out here as Amazon gives out those of its load
    balancers. An account may ask for those of its own load balancers all the same [ours].
    """
    amazon = _first(names, _OF_AMAZON)
    if amazon:
        return f"{amazon} belongs to Amazon"
    domain = call.house.balancing.domain
    if not _first(names, (domain,)):
        return ""
    mine = {_dns_name(one).lower() for one in load_balancers.of_account(call.tx, call.account_id)}
    others = _first((name for name in names if name not in mine), (domain,))
    return (
        f"{others} is one of the names of this installation, and of no load balancer of the account" if others else ""
    )


def _first(names: Iterable[str], domains: Sequence[str]) -> str:
    return next((name for name in names if any(is_within(name, domain) for domain in domains)), "")


def _dns_name(load_balancer: LoadBalancer) -> str:
    if load_balancer.generation is Generation.CLASSIC:
        return classic_detail.read_detail(load_balancer.document).dns_name
    return application_detail.read_detail(load_balancer.document).dns_name

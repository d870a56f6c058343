"""Policies that name an ARN to the letter that nothing has any more.

A renamed server certificate has another ARN, and AWS leaves the policies that name the old one to their authors
(UpdateServerCertificate, IAM user guide): here they are at least told of.
"""

from collections.abc import Mapping
from typing import Final

from sealstone.model.server_certificate import ServerCertificate
from sealstone.operations import entities
from sealstone.policy import syntax
from sealstone.policy.problems import MalformedPolicyDocument
from sealstone.store import policy_texts, server_certificates
from sealstone.store.engine import Tx
from sealstone.store.policy_texts import MANAGED, PolicyText

_WILD: Final = frozenset("*?$")


def naming(tx: Tx, account_id: str, arn: str) -> tuple[str, ...]:
    """The policies in force in the account that name `arn` as a resource, each in words; wildcards do not count."""
    return tuple(
        _words(found) for found in policy_texts.holding(tx, account_id, arn) if arn in exact_resources(found.document)
    )


def _words(found: PolicyText) -> str:
    return (
        f"managed policy {found.name}"
        if found.kind == MANAGED
        else f"policy {found.name} of {found.kind} {found.owner}"
    )


def exact_resources(document: str) -> frozenset[str]:
    """The ARNs that a policy names as resources without wildcard or variable; none for what is no policy."""
    try:
        blocks = syntax.read(document).blocks
    except MalformedPolicyDocument:
        return frozenset()
    named = (name for block in blocks if block.resources for name in block.resources.values)
    return frozenset(name for name in named if _WILD.isdisjoint(name))


def gone(tx: Tx, account_id: str, document: str) -> tuple[str, ...]:
    """The ARNs of server certificates of the account that the policy names to the letter and that none has."""
    begins = f"arn:aws:iam::{account_id}:server-certificate/"
    named = sorted(name for name in exact_resources(document) if name.startswith(begins))
    return tuple(name for name in named if _certificate(tx, account_id, name) is None)


def tags_of(tx: Tx, account_id: str, arn: str) -> Mapping[str, str]:
    """The tags of what has this ARN now: an identity or a server certificate; none for anything else."""
    certificate = _certificate(tx, account_id, arn)
    if certificate:
        return certificate.tags
    entity = entities.find(tx, account_id, arn)
    return entity.tags if entity else {}


def _certificate(tx: Tx, account_id: str, arn: str) -> ServerCertificate | None:
    found = server_certificates.find(tx, account_id, arn.rpartition("/")[2])
    return found if found and found.arn == arn else None

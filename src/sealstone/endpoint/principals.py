"""The owner of an access key, a signing certificate or a session as a caller, with every policy that binds it.

Read from the store once for each credential and identity version (`authenticate`), never for each request.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from sealstone.model.identity import AccessKey, Status, User
from sealstone.model.managed_policy import EffectivePolicy
from sealstone.model.session import Session, SessionKind
from sealstone.model.signing_certificate import SigningCertificate
from sealstone.operations.call import Caller
from sealstone.policy.document import Document, stored
from sealstone.store import access_keys, effective_policies, roles, session_policies, signing_certificates, users
from sealstone.store.engine import Tx

_KEPT: Final = 4096
_ALLOW_ALL: Final = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


def of_user(account_id: str, key_id: str, user: User | None, policies: Iterable[EffectivePolicy]) -> Caller:
    """A user with its policies, or root when `user` is None; `key_id` names the key or certificate it signed with."""
    return _bound(Caller(account_id, key_id, user, again=lambda tx: _of_key(tx, key_id)), policies)


def _of_key(tx: Tx, key_id: str) -> Caller | None:
    """Who signs with the access key or the signing certificate now; None when it is gone or inactive."""
    found = access_keys.credentials(tx, key_id)
    if found is not None:
        return of_user(found.key.account_id, key_id, found.user, found.policies) if _active(found.key) else None
    certificate = signing_certificates.find(tx, key_id)
    if certificate is None or not _active(certificate):
        return None
    account_id, user_id = certificate.account_id, certificate.user_id
    if user_id is None:
        return of_user(account_id, key_id, None, ())
    user = users.find_by_id(tx, account_id, user_id)
    return of_user(account_id, key_id, user, effective_policies.of_user(tx, account_id, user_id)) if user else None


def _active(credential: AccessKey | SigningCertificate) -> bool:
    return credential.status is Status.ACTIVE


def of_session(tx: Tx, session: Session) -> Caller | None:
    """Who a session stands for now; None when what it stands on is gone: role, user, Active signing certificate."""
    account_id, owner_id = session.account_id, session.owner_id
    caller = Caller(account_id, session.access_key_id, None, session=session, again=lambda tx: of_session(tx, session))
    if session.kind is SessionKind.ASSUMED_ROLE:
        role = roles.by_id(tx, account_id, owner_id)
        if role is None:
            return None
        return _limited(tx, _bound(replace(caller, role=role), effective_policies.of_role(tx, account_id, owner_id)))
    if not owner_id:
        # What root vouches for may do all that the session policies allow: root itself has none to intersect.
        return _limited(tx, replace(caller, policies=(_compiled(_ALLOW_ALL),)))
    user = users.find_by_id(tx, account_id, owner_id)
    if user is None or (session.by_certificate and not _may_sign(tx, session)):
        return None
    caller = _bound(caller, effective_policies.of_user(tx, account_id, owner_id))
    return _limited(tx, replace(caller, vouched_by=user) if caller.is_federated else replace(caller, user=user))


def _may_sign(tx: Tx, session: Session) -> bool:
    """Whether the signing certificate that was exchanged for the session is its user's still, and Active."""
    found = signing_certificates.find(tx, session.certificate_id)
    owner = (session.account_id, session.owner_id)
    return found is not None and found.status is Status.ACTIVE and (found.account_id, found.user_id) == owner


def _bound(caller: Caller, policies: Iterable[EffectivePolicy]) -> Caller:
    """With these identity policies, and the permissions boundary among them, which grants nothing."""
    found = tuple((policy.boundary, _compiled(policy.document)) for policy in policies)
    boundary = tuple(document for is_boundary, document in found if is_boundary)
    own = tuple(document for is_boundary, document in found if not is_boundary)
    return replace(caller, policies=own, boundary=boundary or None)


def _limited(tx: Tx, caller: Caller) -> Caller:
    """With the session's policies. If one of them is gone the session may do nothing: it could be one that denies."""
    session = caller.session
    if session is None or not session.limited:
        return caller
    found = [
        *session.policies,
        *(session_policies.document(tx, session.account_id, arn) for arn in session.policy_arns),
    ]
    texts = [text for text in found if text is not None]
    documents = tuple(_compiled(text) for text in texts) if len(texts) == len(found) else ()
    return replace(caller, session_policies=documents)


@lru_cache(maxsize=_KEPT)
def _compiled(text: str) -> Document:
    """Compiled once, whoever has it: a document is a function of its text alone, and never changes."""
    return stored(text)

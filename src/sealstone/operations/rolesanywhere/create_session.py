"""CreateSession: temporary credentials for who has proven to hold the private key of a certificate.

Under a trust anchor: the profile names the role and bounds the session, the role's trust policy lets
`rolesanywhere.amazonaws.com` in. With a signing certificate of a user: the user's own session, which AWS does not have
(docs/divergences.md). Source: IAM Roles Anywhere user guide, "Trust model" and "CreateSession API".
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from sealstone.model import arn
from sealstone.model import profile as profile_kind
from sealstone.model.profile import Profile
from sealstone.model.role import Role
from sealstone.model.session import SessionKind
from sealstone.model.subject import Subject
from sealstone.model.trust_anchor import TrustAnchor
from sealstone.operations import sessions
from sealstone.operations.call import Call
from sealstone.operations.errors import AccessDenied, ValidationError
from sealstone.operations.operation import UNRESTRICTED, operation
from sealstone.operations.rolesanywhere import resources
from sealstone.operations.rolesanywhere.holder import CertificateHolder
from sealstone.operations.sessions import Credentials
from sealstone.policy import trust
from sealstone.policy.trust import TrustPrincipal, TrustVerdict
from sealstone.store import roles
from sealstone.store.profiles import PROFILES
from sealstone.store.subjects import SUBJECTS
from sealstone.x509 import attributes, writing
from sealstone.x509.problems import X509Problem

SERVICE: Final = "rolesanywhere.amazonaws.com"
OF_USERS: Final = "signing-certificates"
"""In the place of the ids of trust anchor and profile: the session wanted is that of the certificate's own user."""
LONGEST_OF_USERS: Final = 3600
"""Seconds: of a user's session, and what it is when nothing is asked for."""
UNTRUSTED: Final = "Untrusted signing certificate"
"""The sentence for whatever is wrong with a certificate (recorded)."""

_LONGEST_VALUE: Final = 256
_LONGEST_NAME: Final = 64
_MOST_TAGS: Final = 50


@operation("rolesanywhere", on=UNRESTRICTED, access="Write", unsupported=("sessionName", "cert"))
def create_session(
    call: Call,
    *,
    profile_arn: str,
    role_arn: str,
    trust_anchor_arn: str,
    duration_seconds: int | None = None,
    role_session_name: str | None = None,
    instance_properties: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """Temporary credentials, for as long as the request, the profile and the role all allow.

    No policy of the caller's decides: a certificate has none.
    """
    del trust_anchor_arn  # the door has found it, and the certificate under it
    holder = call.caller
    if not isinstance(holder, CertificateHolder):
        raise AccessDenied(
            "CreateSession is signed by a certificate's private key (AWS4-X509-...), not by a secret key."
        )
    if holder.anchor is None:
        _refuse_for_users(role_session_name, instance_properties)
        return _session_of_user(call, holder, profile_arn, role_arn, duration_seconds or LONGEST_OF_USERS)
    profile = _profile(call, profile_arn, role_arn)
    name = _session_name(holder, profile, role_session_name)
    if profile.require_instance_properties and not instance_properties:
        raise AccessDenied("The profile requires instanceProperties; send them.")
    session = _Wanted(call, holder, holder.anchor, profile, name)
    role = session.trusted_role(role_arn)
    seconds = min(duration_seconds or profile.duration_seconds, profile.duration_seconds, role.max_session_duration)
    issued = session.issued(role, seconds)
    _remember(call, holder, instance_properties or {})
    return session.answer(role, issued)


# --- a role's session ---


class _Wanted:
    """A session of some role, asked for under a trust anchor with a profile."""

    def __init__(self, call: Call, holder: CertificateHolder, anchor: TrustAnchor, profile: Profile, name: str) -> None:
        self._call, self._holder, self._anchor, self._profile, self._name = call, holder, anchor, profile, name
        self._tags = attributes.mapped(holder.certificate, profile.mappings)
        self._identity = _common_name(holder)
        values = (*self._tags.values(), self._identity)
        if len(self._tags) > _MOST_TAGS or any(len(value) > _LONGEST_VALUE for value in values):
            raise AccessDenied(
                f"The certificate's names make more than {_MOST_TAGS} session tags, or one of more than "
                f"{_LONGEST_VALUE} characters; map fewer of them (PutAttributeMapping), or have a shorter one issued."
            )

    def trusted_role(self, role_arn: str) -> Role:
        """The role, whose trust policy allows everything that the session amounts to. Raises AccessDenied.

        Who is not trusted is told no more than who names no role.
        """
        role = roles.find(self._call.tx, self._call.account_id, role_arn.rpartition("/")[2])
        if role is not None and role.arn == role_arn:
            document = trust.stored(role.assume_role_policy_document, role.principal_ids)
            principal = TrustPrincipal(role.account_id, (), service=SERVICE)
            context = self._context(role)
            verdicts = [
                trust.evaluate(document, action=action, principal=principal, context=context)
                for action in self._actions()
            ]
            if all(verdict is TrustVerdict.DIRECT for verdict in verdicts):
                return role
        raise AccessDenied(
            f"Unable to assume role for {role_arn}: the trust policy of a role must allow {SERVICE} "
            f"{', '.join(self._actions())}, under the conditions that this certificate and trust anchor meet."
        )

    def issued(self, role: Role, seconds: int) -> Credentials:
        """The credentials."""
        profile = self._profile
        return sessions.issue(
            self._call.house,
            account_id=role.account_id,
            kind=SessionKind.ASSUMED_ROLE,
            owner_id=role.unique_id,
            name=self._name,
            now=self._call.now,
            duration=seconds,
            source_identity=self._identity,
            tags=self._tags,
            policies=(profile.session_policy,) if profile.session_policy else (),
            policy_arns=profile.managed_policy_arns,
        )

    def answer(self, role: Role, issued: Credentials) -> Mapping[str, Any]:
        """What is answered, once."""
        member = {
            "assumedRoleUser": {
                "arn": role.session_arn(self._name),
                "assumedRoleId": f"{role.unique_id}:{self._name}",
            },
            "credentials": _credentials(issued),
            "packedPolicySize": self._packed_size(),
            "roleArn": role.arn,
            "sourceIdentity": self._identity,
        }
        return {"credentialSet": [member], "subjectArn": self._holder.subject_arn}

    def _packed_size(self) -> int:
        policies = (self._profile.session_policy,) if self._profile.session_policy else ()
        return sessions.packed_size(policies, self._profile.managed_policy_arns, self._tags)

    def _actions(self) -> Iterator[str]:
        """Tags and a source identity are permissions of their own (user guide, "Role trusts")."""
        yield "sts:AssumeRole"
        if self._tags:
            yield "sts:TagSession"
        if self._identity:
            yield "sts:SetSourceIdentity"

    def _context(self, role: Role) -> Mapping[str, tuple[str, ...]]:
        """The condition keys: of the certificate, the trust anchor, the connection and the role."""
        call = self._call
        values: dict[str, tuple[str, ...]] = {
            "aws:sourcearn": (self._anchor.arn,),
            "aws:sourceaccount": (self._anchor.account_id,),
            "aws:principalisawsservice": ("true",),
            "aws:principalservicename": (SERVICE,),
            "aws:principalaccount": (self._anchor.account_id,),
            "aws:resourceaccount": (role.account_id,),
            "aws:sourceip": (call.source_ip,),
            "aws:securetransport": ("true" if call.secure_transport else "false",),
            "aws:currenttime": (call.now.strftime("%Y-%m-%dT%H:%M:%SZ"),),
            "aws:epochtime": (str(int(call.now.timestamp())),),
            "aws:requestedregion": (self._holder.region,),
            "sts:rolesessionname": (self._name,),
        }
        if self._identity:
            values["sts:sourceidentity"] = (self._identity,)
        if self._tags:
            values["aws:tagkeys"] = tuple(self._tags)
        for key, value in self._tags.items():
            values[f"aws:principaltag/{key}".lower()] = (value,)
            values[f"aws:requesttag/{key}".lower()] = (value,)
        for key, value in role.tags.items():
            for prefix in ("aws:resourcetag/", "iam:resourcetag/"):
                name = f"{prefix}{key}".lower()
                values[name] = (*values.get(name, ()), value)
        return values


def _profile(call: Call, profile_arn: str, role_arn: str) -> Profile:
    """The enabled profile, which names the role. Raises AccessDenied, in one sentence for all reasons."""
    place = resources.parsed(profile_arn)
    if place is not None and place[:3] == (call.region, call.account_id, profile_kind.KIND):
        profile = PROFILES.find(call.tx, call.account_id, call.region, place[3])
        if profile is not None and profile.enabled and role_arn in profile.role_arns:
            return profile
    raise AccessDenied(f"There is no enabled profile {profile_arn} that names the role {role_arn}.")


def _common_name(holder: CertificateHolder) -> str:
    """The session's source identity. Raises AccessDenied."""
    try:
        return attributes.common_name(holder.certificate)
    except X509Problem as problem:
        raise AccessDenied(f"{UNTRUSTED}: {problem.cause}; {problem.cure}.") from problem


def _session_name(holder: CertificateHolder, profile: Profile, sent: str | None) -> str:
    """The serial number in hex, unless the profile lets the holder choose. Raises AccessDenied (recorded)."""
    if sent is not None and not profile.accept_role_session_name:
        raise AccessDenied("Not authorized to set roleSessionName.")
    return sent or holder.certificate.serial.replace(":", "")[:_LONGEST_NAME]


def _remember(call: Call, holder: CertificateHolder, properties: Mapping[str, str]) -> None:
    """Who had a session, for GetSubject and ListSubjects."""
    now = call.now.replace(microsecond=0)
    found = SUBJECTS.find(call.tx, call.account_id, holder.region, holder.subject_id)
    subject = found or Subject(
        account_id=call.account_id,
        region=holder.region,
        unique_id=holder.subject_id,
        x509_subject=holder.certificate.subject,
        created_at=now,
        updated_at=now,
        last_seen_at=now,
    )
    certificate = holder.certificate
    credential = {
        "serialNumber": str(certificate.serial_number),
        "issuer": certificate.issuer,
        "x509CertificateData": writing.pem("CERTIFICATE", certificate.piece.der),
    }
    subject = subject.seen(now, credential, properties)
    SUBJECTS.save(call.tx, subject) if found else SUBJECTS.add(call.tx, subject)


# --- a user's own session ---


def _refuse_for_users(role_session_name: str | None, instance_properties: Mapping[str, str] | None) -> None:
    if role_session_name is not None:
        raise AccessDenied("Not authorized to set roleSessionName.")
    if instance_properties:
        raise ValidationError("A session of a user knows no instanceProperties; send the request without them.")


def _session_of_user(
    call: Call, holder: CertificateHolder, profile_arn: str, role_arn: str, seconds: int
) -> Mapping[str, Any]:
    """What GetSessionToken gives, and the right to call IAM: the certificate is a credential of long life itself.

    The session is short, ends before the certificate does, and may do nothing from when the certificate is switched
    off or deleted (`endpoint.principals`).
    """
    user = holder.user
    expected = arn.roles_anywhere(profile_kind.KIND, call.region, call.account_id, OF_USERS)
    if user is None or role_arn != user.arn or profile_arn != expected:
        raise AccessDenied(
            "A signing certificate has sessions of its own user alone: send the user's ARN as roleArn, and as "
            f"profileArn {expected}."
        )
    # The last second of its validity counts whole (RFC 5280, 4.1.2.5).
    left = holder.certificate.not_after + timedelta(seconds=1) - call.now.replace(microsecond=0)
    name = holder.certificate.serial.replace(":", "")[:_LONGEST_NAME]
    issued = sessions.issue(
        call.house,
        account_id=user.account_id,
        kind=SessionKind.SESSION_TOKEN,
        owner_id=user.unique_id,
        name=name,
        now=call.now,
        duration=min(seconds, LONGEST_OF_USERS, int(left.total_seconds())),
        certificate_id=holder.access_key_id,
    )
    member = {
        "assumedRoleUser": {"arn": user.arn, "assumedRoleId": user.unique_id},
        "credentials": _credentials(issued),
        "packedPolicySize": 0,
        "roleArn": user.arn,
    }
    return {"credentialSet": [member], "subjectArn": holder.subject_arn}


def _credentials(issued: Credentials) -> dict[str, Any]:
    """The only time that the secret is shown."""
    return {
        "accessKeyId": issued.access_key_id,
        "secretAccessKey": issued.secret.reveal().decode(),
        "sessionToken": issued.session_token,
        "expiration": issued.expiration,
    }

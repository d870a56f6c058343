"""The call on its way down the stairs: who calls, what with, and the house it happens in.

Nothing here decides anything: `operation.py` declares what can be called, `perform.py` carries a call out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from sealstone.model import arn, ids
from sealstone.model.audit import AuditRecord
from sealstone.model.authority import AuthorityPlan
from sealstone.model.balancing import Balancing
from sealstone.model.identity import LastUse, User
from sealstone.model.role import Role
from sealstone.model.secret import Secret
from sealstone.model.session import Session, SessionKind
from sealstone.policy.document import Document
from sealstone.seal.envelope import Keyring
from sealstone.store.engine import Store, Tx


class PrincipalType(StrEnum):
    """The value of the condition key aws:PrincipalType."""

    ACCOUNT = "Account"
    USER = "User"
    ASSUMED_ROLE = "AssumedRole"
    FEDERATED_USER = "FederatedUser"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated principal with the policies that bound it.

    `user` is the IAM user that calls, with a key, a certificate or a session of its own (GetSessionToken); a role's
    session and a federated user have none. `boundary` and `session_policies` are None where there is no such limit,
    and an empty tuple where nothing at all is allowed.
    """

    account_id: str
    access_key_id: str
    user: User | None
    policies: tuple[Document, ...] = ()
    role: Role | None = None
    session: Session | None = None
    boundary: tuple[Document, ...] | None = None
    session_policies: tuple[Document, ...] | None = None
    vouched_by: User | None = None
    """The user whose GetFederationToken named a federated user; None where root did."""
    again: "Callable[[Tx], Caller | None] | None" = field(default=None, compare=False, repr=False)
    """Reads the same principal anew, None when it is gone or inactive: for a write that had to wait its turn."""
    identities_at: int | None = field(default=None, compare=False, repr=False)
    """The identity version as of which it was read, or an older one; None where nobody says."""

    @property
    def is_root(self) -> bool:
        """The account itself, with its key or with a session of GetSessionToken."""
        return self.user is None and self.role is None and not self.is_federated

    @property
    def is_federated(self) -> bool:
        """Somebody named by GetFederationToken, whoever asked for it: root too."""
        return self.session is not None and self.session.kind is SessionKind.FEDERATED

    @property
    def arn(self) -> str:
        """The ARN that denials and GetCallerIdentity show."""
        if self.session and self.role:
            return self.role.session_arn(self.session.name)
        if self.session and self.is_federated:
            return arn.federated_user(self.account_id, self.session.name)
        return self.user.arn if self.user else arn.root(self.account_id)

    @property
    def principal_arn(self) -> str:
        """aws:PrincipalArn: of a role's session the role's."""
        return self.role.arn if self.role else self.arn

    @property
    def arns(self) -> tuple[str, ...]:
        """Every ARN by which a policy of a resource may name it: a role's session is its role as well."""
        return (self.role.arn, self.arn) if self.role else (self.arn,)

    @property
    def unique_id(self) -> str:
        """aws:userid: the user's id, the account id for root, and with a name behind a colon for the others."""
        if self.session and self.role:
            return f"{self.role.unique_id}:{self.session.name}"
        if self.session and self.is_federated:
            return f"{self.account_id}:{self.session.name}"
        return self.user.unique_id if self.user else self.account_id

    @property
    def principal_type(self) -> PrincipalType:
        """Root is the account itself."""
        if self.role:
            return PrincipalType.ASSUMED_ROLE
        if self.is_federated:
            return PrincipalType.FEDERATED_USER
        return PrincipalType.USER if self.user else PrincipalType.ACCOUNT

    @property
    def tags(self) -> Mapping[str, str]:
        """aws:PrincipalTag: of the user or role, those of the session instead of and besides them (id_session-tags).

        A federated user has those of the user who vouches for it, so that a Deny on them reaches it too. Tag keys have
        no case here, so a session's `team` is in the place of a role's `Team`.
        """
        owner = self.user or self.role or self.vouched_by
        own = owner.tags if owner else {}
        if self.session is None or not self.session.tags:
            return own
        overridden = {key.lower() for key in self.session.tags}
        return {key: value for key, value in own.items() if key.lower() not in overridden} | dict(self.session.tags)


@dataclass(frozen=True, slots=True)
class Resource:
    """What a call acts on, for authorization: one ARN (or `*`) and the tags it has now."""

    arn: str
    tags: Mapping[str, str] = field(default_factory=dict)
    named: str = ""
    """As the caller named it, for a denial: what is stored under the name, its path too, is not theirs to learn."""


class Recorder(Protocol):
    """Takes what need not be durable before the answer: audit records of reads, and last uses of access keys.

    Both methods return at once; what they take is written within a second, in order. When the recorder is full
    they wait for room rather than lose a record.
    """

    @property
    def full(self) -> bool:
        """True while `record` would wait for room."""

    def record(self, record: AuditRecord) -> None:
        """Queue one audit record."""

    def used(self, use: LastUse) -> None:
        """Remember the last use of an access key."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything a call may lean on; built once by `server.app`, handed down by value."""

    store: Store
    keyring: Keyring
    audit_key: Secret
    recorder: Recorder
    clock: Callable[[], datetime]
    chance: ids.Chance
    balancing: Balancing = field(default_factory=Balancing)
    wall: Callable[[], datetime] | None = None
    """The real time, where `clock` may be moved: clients sign by theirs. None: `clock` is it."""
    authority: AuthorityPlan = field(default_factory=AuthorityPlan)
    """Of the private authority: which accounts may name it."""
    chain_required: bool = False
    """Refuse imports that somebody else signed and that bring no chain, as ACM once did."""
    sends_mail: bool = True
    """Whether there is a mail server: without one nobody is asked by mail."""


@dataclass(slots=True)
class Call:
    """One request, decoded and authenticated. `tx` and `resources` are set by `perform`."""

    house: House
    caller: Caller
    service: str
    operation: str
    parameters: Mapping[str, Any]
    request_id: str
    now: datetime
    region: str = "us-east-1"
    source_ip: str = ""
    secure_transport: bool = False
    user_agent: str = ""
    referer: str = ""
    resources: tuple[Resource, ...] = ()
    found: dict[str, Any] = field(default_factory=dict)
    """Records that authorization already loaded, so that the handler asks the store no second time."""
    warnings: list[str] = field(default_factory=list)
    """What the audit row tells besides, a sentence each."""
    steps: int = 0
    """The work that its authorization has cost so far (`authorization.judged`)."""
    _tx: Tx | None = None

    @property
    def tx(self) -> Tx:
        """The unit of work this call runs in; there is none outside `perform`."""
        if self._tx is None:
            raise RuntimeError("a call has a transaction only inside perform")
        return self._tx

    def enter(self, tx: Tx) -> None:
        """Begin (or begin again, after a retry) in this unit of work."""
        self._tx = tx
        self.found.clear()
        self.steps = 0
        self.warnings.clear()

    @property
    def account_id(self) -> str:
        """The caller's account: every resource here belongs to the account of its caller."""
        return self.caller.account_id

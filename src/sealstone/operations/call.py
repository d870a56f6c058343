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
from sealstone.model.identity import LastUse, User
from sealstone.model.secret import Secret
from sealstone.policy.document import Document
from sealstone.seal.envelope import Keyring
from sealstone.store.engine import Store, Tx


class PrincipalType(StrEnum):
    """The value of the condition key aws:PrincipalType."""

    ACCOUNT = "Account"
    USER = "User"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated principal with the policies that bound it. `user` is None for the account's root."""

    account_id: str
    access_key_id: str
    user: User | None
    policies: tuple[Document, ...] = ()

    @property
    def arn(self) -> str:
        """The ARN that denials and GetCallerIdentity show."""
        return self.user.arn if self.user else arn.root(self.account_id)

    @property
    def unique_id(self) -> str:
        """aws:userid: the user's id, or the account id for root."""
        return self.user.unique_id if self.user else self.account_id

    @property
    def principal_type(self) -> PrincipalType:
        """Root is the account itself."""
        return PrincipalType.USER if self.user else PrincipalType.ACCOUNT


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

    @property
    def account_id(self) -> str:
        """The caller's account: every resource here belongs to the account of its caller."""
        return self.caller.account_id

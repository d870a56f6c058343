"""What files hold, before anybody says what it is for: pieces, containers that must be opened, and the unreadable.

Records only. `containers.reading` makes them of bytes, `description` tells about them, `conversion` writes them anew.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sealstone.model.secret import Secret
from sealstone.x509.problems import X509Problem


class Kind(StrEnum):
    """What a piece is."""

    CERTIFICATE = "certificate"
    PRIVATE_KEY = "private key"
    PUBLIC_KEY = "public key"
    REQUEST = "certificate request"
    REVOCATION_LIST = "certificate revocation list"
    PARAMETERS = "parameters"


class Form(StrEnum):
    """How a piece or container is written down."""

    PEM = "PEM"
    DER = "DER"
    BASE64 = "bare base64"
    PKCS12 = "PKCS #12"
    PKCS7 = "PKCS #7"
    JKS = "Java keystore (JKS)"
    JCEKS = "Java keystore (JCEKS)"
    OPENSSH = "OpenSSH"
    ENCRYPTED_PKCS8 = "encrypted PKCS #8"
    ENCRYPTED_PEM = "encrypted traditional PEM"


ALIASED: Final = frozenset({Form.PKCS12, Form.JKS, Form.JCEKS})
"""The forms of keystores, whose entries have aliases (PKCS #12: friendly names)."""

UNCHECKED: Final = "no password was given, so the file's integrity was not checked"
NO_MAC: Final = "the file has no MAC, so nothing proves its integrity"
EASILY_MADE: Final = "the file opens with the empty password, which proves nothing of its integrity"
_DOUBTS: Final = (UNCHECKED, NO_MAC, EASILY_MADE)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was found."""

    file: str
    """As the caller named it; `-` is standard input."""
    place: str = ""
    """Within the file, for people: `block 2`, `entry tomcat`; empty when the file is nothing else."""
    forms: tuple[Form, ...] = ()
    """From the outside in: a PKCS #12 file with an encrypted key is (PKCS12, ENCRYPTED_PKCS8)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One readable thing. `der` is empty for a private key, whose PKCS #8 DER is in `secret`."""

    kind: Kind
    origin: Origin
    der: bytes = field(default=b"", repr=False)
    secret: Secret | None = field(default=None, repr=False)
    label: str = ""
    """The label of its PEM block, or its alias (friendly name) in a container; as found, so escape it when shown."""
    remarks: tuple[str, ...] = ()
    """What is odd about how it was written, in whole clauses: `text stands before the BEGIN line`."""

    @property
    def alias(self) -> str:
        """Its name in a keystore, as found; empty for what has none."""
        return "" if ALIASED.isdisjoint(self.origin.forms) else self.label

    @property
    def doubt(self) -> str:
        """The remark that says why anybody could have put it into its keystore; empty when a password proved it."""
        return next((remark for remark in self.remarks if remark in _DOUBTS), "")


@dataclass(frozen=True, slots=True)
class Container:
    """Something that must be opened before its pieces are seen, with a password or without, in a child process."""

    form: Form
    origin: Origin
    data: bytes = field(repr=False)
    """As found: DER, the bytes of the keystore, or the text of the PEM block."""
    password_needed: bool
    """False where everything can be shown without: PKCS #7, an OpenSSH key without a cipher, a Java truststore."""

    @property
    def takes_password(self) -> bool:
        """Whether one that was given says something about it: a truststore has nothing to open but its integrity."""
        return self.password_needed or self.form in ALIASED


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something of which nothing could be made, and why."""

    origin: Origin
    problem: X509Problem
    label: str = ""
    """Its alias, where it is an entry of a keystore; as found."""

    @property
    def alias(self) -> str:
        """Its name in a keystore, as found; empty for what has none."""
        return "" if ALIASED.isdisjoint(self.origin.forms) else self.label

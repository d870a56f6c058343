"""Session tokens: a session and its secret, sealed under the master key and handed to whom it belongs to.

Nothing of a session is stored: the token is all there is of it, and only this installation can open it. What a token
says is believed because AES-GCM proves that it was sealed here for this access key (NIST SP 800-38D), so nothing of
a stranger's token reaches the decompressor or the JSON reader. Whether the session may still be used (its end, its
role or user) is not decided here.

    token = "SealstoneST1" + base64(sealed)
    sealed = envelope.seal(secret + zlib(JSON) + padding, bound to "session|" + access key id)
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sealstone.model.secret import Sealed, Secret
from sealstone.model.session import Session, SessionKind
from sealstone.seal.envelope import OVERHEAD, Keyring
from sealstone.seal.faults import MasterKeyMissing, SealBroken

# Names the format, so that a later one can stand beside it and a scanner for leaked secrets knows it. Its length is a
# multiple of 4, as base64's is.
_PREFIX: Final = "SealstoneST1"
# Characters of a secret access key (`model.ids.new_secret`).
_SECRET: Final = 40
LONGEST: Final = 4096
"""Characters: as long as the service model says that a token can be asked to be (MinimumSessionTokenSize)."""
MOST_PACKED: Final = 2048
"""Bytes of session policies and session tags; everything else that a token tells takes less than 900."""


def issued(keyring: Keyring, session: Session, secret: Secret, *, shortest: int = 0) -> str:
    """The token of a session and its secret access key: ASCII, opaque, about 500 characters without policies.

    `shortest`: characters it is filled up to, at most LONGEST. What is told must fit: `packed` bytes of policies and
    tags up to MOST_PACKED do.
    """
    told = _packed(_told(session))
    # Base64 makes 4 characters of 3 bytes: as many bytes as `shortest` characters hold, and no more than LONGEST does.
    wanted = -(-(shortest - len(_PREFIX)) // 4) * 3
    wanted = min(wanted, (LONGEST - len(_PREFIX)) // 4 * 3)
    told += bytes(max(0, wanted - OVERHEAD - _SECRET - len(told)))
    sealed = keyring.seal(Secret(secret.reveal() + told), bound_to=_place(session.access_key_id))
    return _PREFIX + base64.b64encode(sealed.reveal()).decode()


def opened(keyring: Keyring, access_key_id: str, token: str) -> tuple[Session, Secret] | None:
    """The session and secret of the access key; None for whatever was not issued here for this key."""
    if not token.startswith(_PREFIX) or len(token) > LONGEST:
        return None
    try:
        content = keyring.unseal(_decoded(token), bound_to=_place(access_key_id)).reveal()
    except (ValueError, SealBroken, MasterKeyMissing):
        return None
    # What follows the compressed stream is padding.
    told = json.loads(zlib.decompressobj().decompress(content[_SECRET:]))
    return _read(access_key_id, told), Secret(content[:_SECRET])


def _decoded(token: str) -> Sealed:
    """The bytes behind the prefix, written in the one way there is. Raises ValueError.

    The last character before the padding may hold bits that stand for nothing (RFC 4648, 3.5), so that several texts
    would be one token; only the one that `issued` writes is.
    """
    text = token[len(_PREFIX) :].encode("ascii")
    content = base64.b64decode(text, validate=True)
    if base64.b64encode(content) != text:
        raise ValueError("not as base64 is written")
    return Sealed(content)


def packed(policies: Sequence[str], policy_arns: Sequence[str], tags: Mapping[str, str]) -> int:
    """How many bytes of a token session policies and session tags take, at most MOST_PACKED of which fit."""
    return len(_packed([policies, policy_arns, dict(tags)]))


def _packed(told: object) -> bytes:
    return zlib.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), 9)


def _place(access_key_id: str) -> str:
    return f"session|{access_key_id}"


def _told(session: Session) -> dict[str, Any]:
    """What the token tells, under short names; what is empty is left out. A tag is told once, transitive or not."""
    lasting = session.transitive_tag_keys
    told = {
        "a": session.account_id,
        "k": session.kind.value,
        "o": session.owner_id,
        "n": session.name,
        "i": session.issued_at.timestamp(),
        "e": session.expires_at.timestamp(),
        "s": session.source_identity,
        "t": {key: value for key, value in session.tags.items() if key not in lasting},
        "tt": {key: session.tags[key] for key in lasting},
        "p": session.policies,
        "pa": session.policy_arns,
        "c": session.chained,
        "m": session.mfa,
        "ci": session.certificate_id,
    }
    return {name: value for name, value in told.items() if value}


def _read(access_key_id: str, told: Mapping[str, Any]) -> Session:
    lasting = told.get("tt", {})
    return Session(
        account_id=told["a"],
        access_key_id=access_key_id,
        kind=SessionKind(told["k"]),
        owner_id=told.get("o", ""),
        name=told.get("n", ""),
        issued_at=datetime.fromtimestamp(told["i"], UTC),
        expires_at=datetime.fromtimestamp(told["e"], UTC),
        source_identity=told.get("s", ""),
        tags={**told.get("t", {}), **lasting},
        transitive_tag_keys=tuple(lasting),
        policies=tuple(told.get("p", ())),
        policy_arns=tuple(told.get("pa", ())),
        chained=told.get("c", False),
        mfa=told.get("m", False),
        certificate_id=told.get("ci", ""),
    )

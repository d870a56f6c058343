"""From whatever was given to what an upload wants: one certificate, its chain in order, its private key.

    converted(items, with_root=False, at=now)   # ThreeFiles, or the problem that keeps them from being made

Choosing and ordering only. Reading is done by `containers`, paths are found and proven by `paths`, DER and PEM are
written by `writing`, files by the command line.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeGuard

from sealstone.model.secret import Secret
from sealstone.x509 import bundle, paths, writing
from sealstone.x509.acceptance import IAM
from sealstone.x509.description import CertificateDescription, Description, KeyDescription, describe
from sealstone.x509.escaping import shown
from sealstone.x509.links import Links
from sealstone.x509.material import Kind, Piece, Unreadable
from sealstone.x509.problems import KeyMismatch, Part, X509Problem
from sealstone.x509.rules.demands import domain_names
from sealstone.x509.submission import Field, Submission

_MOST_NAMED: Final = 5
_ALSO: Final = "give the file that the authority sent"
_ALSO_KEY: Final = "give the file with the key for which the certificate was requested; it never left your side"


class NoPrivateKey(X509Problem):
    """None of the files holds a private key that can be read."""


class NoCertificate(X509Problem):
    """None of the files holds a certificate that can be read."""


class NoSuchAlias(X509Problem):
    """No key and no certificate has the alias that was asked for. `aliases` are those that there are, as found."""

    def __init__(self, alias: str, aliases: Sequence[str]) -> None:
        super().__init__(
            Part.FILE,
            f"there is no key and no certificate with the alias {shown(alias)}",
            f"take one of these: {paths.listed(aliases)}" if aliases else "nothing here has an alias: leave it out",
        )
        self.aliases = tuple(aliases)


class KeyNotOpened(X509Problem):
    """The entry of that alias is there, and its key could not be opened. `why` is the problem that it has."""

    def __init__(self, alias: str, why: X509Problem) -> None:
        super().__init__(Part.FILE, f"the key of the alias {shown(alias)} cannot be used: {why.cause}", why.cure)
        self.why = why


class NoKeyUnderAlias(X509Problem):
    """The alias is that of certificates only, and no key that was given is theirs."""

    def __init__(self, alias: str) -> None:
        super().__init__(
            Part.FILE,
            f"under the alias {shown(alias)} is a certificate without its private key, as of an authority that is "
            "trusted",
            "take the alias of a key, or give the file with the private key of this certificate too",
        )


class SeveralUnderAlias(X509Problem):
    """Several keys have the alias, in several keystores: the alias does not tell which is meant."""

    def __init__(self, alias: str, files: Sequence[str]) -> None:
        super().__init__(
            Part.FILE,
            f"several keys have the alias {shown(alias)}, in {paths.listed(files)}",
            "give only the keystore that is meant, or name the entry exactly: upper and lower case may differ",
        )
        self.files = tuple(files)


class KeyNotComparable(X509Problem):
    """Whose the private key is cannot be told: its public half is not computed here."""

    def __init__(self, key: str) -> None:
        super().__init__(
            Part.PRIVATE_KEY,
            f"whether the private key ({key}) is the certificate's cannot be told: "
            "its public half is not computed here",
            "AWS takes no such key: make a new one (sealstone create key) and have a certificate issued for it",
        )


@dataclass(frozen=True, slots=True)
class Gathered:
    """One server's certificate and what belongs to it, out of any number of files."""

    leaf: CertificateDescription
    issuers: tuple[CertificateDescription, ...]
    """The immediate issuer first; without the root."""
    root: CertificateDescription | None
    key: Piece | None
    """None only where no key was asked for."""
    missing_issuer: str | None
    """The name of the next authority, when neither it nor a root is there."""
    left_out: tuple[str, ...]
    """What belongs to something else, in words."""
    remarks: tuple[str, ...]
    """What was odd about how the parts were written, and is mended by writing them anew."""
    unchecked: tuple[str, ...] = ()
    """The keystores of which nothing proves that they are unchanged, and why."""

    @property
    def name(self) -> str:
        """A name for people: its first domain name, else its common name; may hold anything, so escape it."""
        names = domain_names(self.leaf)
        return names[0] if names else "server"

    def above(self, *, with_root: bool) -> tuple[CertificateDescription, ...]:
        """The chain. A root that signed the certificate itself is always in it: a chain must not be empty then."""
        root = (self.root,) if self.root and self.root.fingerprint != self.leaf.fingerprint else ()
        return (*self.issuers, *root) if with_root or not self.issuers else self.issuers


@dataclass(frozen=True, slots=True)
class ThreeFiles:
    """The texts of `Certificate.pem`, `CertificateChain.pem` and `PrivateKey.pem`."""

    gathered: Gathered
    chain: tuple[CertificateDescription, ...]
    certificate_pem: str
    certificate_chain_pem: str | None
    private_key_pem: Secret
    refused: X509Problem | None
    """Why IAM would refuse them all the same (expired, a kind of key that is not taken); None when it would not."""

    @property
    def missing_issuer(self) -> str | None:
        """As in `Gathered`."""
        return self.gathered.missing_issuer

    @property
    def left_out(self) -> tuple[str, ...]:
        """As in `Gathered`."""
        return self.gathered.left_out

    @property
    def remarks(self) -> tuple[str, ...]:
        """As in `Gathered`."""
        return self.gathered.remarks


def converted(
    items: Sequence[Piece | Unreadable], *, with_root: bool, at: datetime, alias: str | None = None
) -> ThreeFiles:
    """The three files. Raises what `gathered` raises. `at` is the time of the upload, with a zone."""
    found = gathered(items, at=at, alias=alias)
    chain = found.above(with_root=with_root)
    certificate_pem = writing.pem("CERTIFICATE", found.leaf.piece.der)
    chain_pem = "".join(writing.pem("CERTIFICATE", issuer.piece.der) for issuer in chain) or None
    key_pem = private_key_pem(found)
    return ThreeFiles(
        gathered=found,
        chain=chain,
        certificate_pem=certificate_pem,
        certificate_chain_pem=chain_pem,
        private_key_pem=key_pem,
        refused=_refusal(certificate_pem, key_pem, chain_pem, at),
    )


def as_submission(files: ThreeFiles) -> Submission:
    """The three files as an upload, for judging them by `explanation`."""
    found, key_text = files.gathered, files.private_key_pem.reveal().decode("ascii")
    key = (found.key,) if found.key else ()
    chain = tuple(issuer.piece for issuer in files.chain)
    return Submission(
        certificate_body=Field(files.certificate_pem, ("Certificate.pem",), (found.leaf.piece,)),
        private_key=Field(key_text, ("PrivateKey.pem",), key),
        certificate_chain=Field(files.certificate_chain_pem, ("CertificateChain.pem",), chain)
        if files.certificate_chain_pem
        else None,
    )


def gathered(
    items: Sequence[Piece | Unreadable], *, at: datetime, key_needed: bool = True, alias: str | None = None
) -> Gathered:
    """What belongs together. `alias` names the entry of a keystore that is meant, where there are several.

    Raises NoCertificate, NoPrivateKey, KeyMismatch, KeyNotComparable, paths.NoLeaf, paths.SeveralLeaves, and for an
    alias NoSuchAlias, NoKeyUnderAlias, KeyNotOpened, SeveralUnderAlias.
    """
    described = _described(items)
    certificates, keys = _unique_certificates(described), _unique_keys(described)
    if not certificates:
        raise NoCertificate(Part.FILE, f"there is no certificate in what was given{_instead(items)}", _ALSO)
    locked = _locked(items, described, alias) if alias is not None and key_needed else None
    if locked and alias is not None:
        raise KeyNotOpened(alias, locked.problem)
    if key_needed and not keys:
        raise NoPrivateKey(Part.FILE, f"there is no private key in what was given{_instead(items)}", _ALSO_KEY)
    meant = (certificates, keys) if alias is None else _named(described, alias)
    links = Links()
    try:
        leaf = paths.leaf_of(*meant, at, links)
    except paths.SeveralLeaves as several:
        aliases = _aliases(described) if alias is None else ()
        raise paths.SeveralLeaves(several.subjects, aliases) from None
    key = next((key for key in meant[1] if key.public_key_fingerprint == leaf.public_key_fingerprint), None)
    if key_needed and key is None:
        if alias is not None and not any(_is_private(one) and _is_same(one.piece.alias, alias) for one in described):
            raise NoKeyUnderAlias(alias)
        raise _mismatch(meant[1], leaf)
    path = paths.path(leaf, certificates, at, links)
    used = (leaf, *path.issuers, *((path.root,) if path.root else ()))
    parts = [one.piece for one in (*used, *((key,) if key else ()))]
    return Gathered(
        leaf=leaf,
        issuers=path.issuers,
        root=path.root,
        key=key.piece if key else None,
        missing_issuer=path.missing,
        left_out=_left_out(items, path.unrelated, key),
        remarks=_remarks(parts, lambda piece: [one for one in piece.remarks if one != piece.doubt]),
        unchecked=_remarks(parts, lambda piece: filter(None, [piece.doubt])),
    )


def not_looked_at(items: Sequence[Piece | Unreadable]) -> int:
    """How many certificates there are beyond those that are looked at; a leaf or an issuer may be among them."""
    return paths.not_looked_at(one for one in _described(items) if isinstance(one, CertificateDescription))


def private_key_pem(found: Gathered) -> Secret:
    """The key as PKCS #8 PEM, unencrypted and without parameters. Raises NoPrivateKey where none was gathered."""
    return writing.private_key_pem(private_key_of(found))


def private_key_of(found: Gathered) -> Secret:
    """The key as PKCS #8 DER. Raises NoPrivateKey where none was gathered."""
    if found.key is None or found.key.secret is None:
        raise NoPrivateKey(Part.FILE, "there is no private key in what was given", _ALSO_KEY)
    return found.key.secret


def _refusal(certificate_pem: str, key_pem: Secret, chain_pem: str | None, at: datetime) -> X509Problem | None:
    """What the server's own reader says of the result."""
    try:
        bundle.read(certificate_pem, key_pem.reveal().decode("ascii"), chain_pem, at=at, acceptance=IAM)
    except X509Problem as problem:
        return problem
    return None


def _described(items: Sequence[Piece | Unreadable]) -> tuple[Description, ...]:
    return tuple(describe(item) for item in items)


def _unique_certificates(found: Sequence[Description]) -> tuple[CertificateDescription, ...]:
    """Each once, in the order given."""
    certificates = [item for item in found if isinstance(item, CertificateDescription)]
    return tuple({certificate.fingerprint: certificate for certificate in reversed(certificates)}.values())[::-1]


def _unique_keys(found: Sequence[Description]) -> tuple[KeyDescription, ...]:
    """Each once, in the order given; public keys are none."""
    keys = [item for item in found if _is_private(item)]
    return tuple({key.public_key_fingerprint: key for key in reversed(keys)}.values())[::-1]


def _aliases(found: Sequence[Description]) -> tuple[str, ...]:
    """Those of private keys; where no key has one, those of certificates. Each once, in the order found."""
    of_keys = [one.piece.alias for one in found if _is_private(one)]
    named = of_keys if any(of_keys) else [one.piece.alias for one in found if isinstance(one, CertificateDescription)]
    return tuple(dict.fromkeys(alias for alias in named if alias))


def _named(
    found: Sequence[Description], alias: str
) -> tuple[tuple[CertificateDescription, ...], tuple[KeyDescription, ...]]:
    """Of which certificates, and for which keys, the one is taken that is meant. Raises NoSuchAlias, SeveralUnderAlias.

    A key with the alias decides: PKCS #12 may give a certificate another one, or none, and a Java keystore names the
    whole chain of a key like the key.
    """
    exact = any(_alias_of(one) == alias for one in found)
    named = [one for one in found if _alias_of(one) == alias or (not exact and _is_same(_alias_of(one), alias))]
    keys, certificates = _unique_keys(named), _unique_certificates(named)
    if not keys and not certificates:
        raise NoSuchAlias(alias, _aliases(found))
    if not keys:
        return certificates, _unique_keys(found)
    if len(keys) > 1:
        raise SeveralUnderAlias(alias, tuple(dict.fromkeys(key.piece.origin.file for key in keys)))
    owned = {key.public_key_fingerprint for key in keys}
    both = tuple(one for one in certificates if one.public_key_fingerprint in owned)
    others = tuple(one for one in _unique_certificates(found) if one.public_key_fingerprint in owned)
    return both or others or _unique_certificates(found), keys


def _locked(items: Sequence[Piece | Unreadable], found: Sequence[Description], alias: str) -> Unreadable | None:
    """The key of that alias that could not be opened, where no other has the alias."""
    if any(_is_private(one) and _is_same(one.piece.alias, alias) for one in found):
        return None
    lost = (item for item in items if isinstance(item, Unreadable) and item.alias)
    return next((item for item in lost if _is_same(item.alias, alias)), None)


def _alias_of(one: Description) -> str:
    return one.piece.alias if isinstance(one, CertificateDescription | KeyDescription) else ""


def _is_same(one: str, other: str) -> bool:
    """As Java compares aliases: keytool writes them in lower case."""
    return one.casefold() == other.casefold()


def _is_private(one: Description) -> TypeGuard[KeyDescription]:
    """Whether it is a private key; public keys are told in the same way."""
    return isinstance(one, KeyDescription) and one.piece.kind is Kind.PRIVATE_KEY


def _mismatch(keys: Sequence[KeyDescription], leaf: CertificateDescription) -> X509Problem:
    for key in keys:
        if not key.public_key_fingerprint:
            return KeyNotComparable(key.key)
    described = " and ".join(f"{key.key} with the fingerprint {key.public_key_fingerprint}" for key in keys[:2])
    more = f" and {len(keys) - 2} more" if len(keys) > 2 else ""
    return KeyMismatch(
        described + more,
        f"{leaf.key} with the fingerprint {leaf.public_key_fingerprint} (subject {shown(leaf.subject)})",
    )


def _instead(items: Sequence[Piece | Unreadable]) -> str:
    """What was there instead, and what could not be read."""
    unread = [
        f"{shown(item.origin.file)} ({item.problem.cause}: {item.problem.cure})"
        for item in items
        if isinstance(item, Unreadable)
    ]
    kinds = sorted({str(item.kind) for item in items if isinstance(item, Piece)})
    told = f"; there is: {', '.join(kinds)}" if kinds else ""
    return told + (f"; could not be read: {', '.join(unread[:_MOST_NAMED])}" if unread else "")


def _left_out(
    items: Sequence[Piece | Unreadable], unrelated: Sequence[CertificateDescription], key: KeyDescription | None
) -> tuple[str, ...]:
    """Everything that was read and is not used, and what could not be read."""
    told = [f"certificate {shown(other.subject)} in {shown(other.piece.origin.file)}" for other in unrelated]
    for item in items:
        place = shown(item.origin.file)
        if isinstance(item, Unreadable):
            told.append(f"{place}: {item.problem.cause}")
        elif item.kind is Kind.PRIVATE_KEY:
            other = describe(item)
            wanted = key.public_key_fingerprint if key else ""
            if isinstance(other, KeyDescription) and other.public_key_fingerprint != wanted:
                told.append(f"private key ({other.key}) in {place}")
        elif item.kind not in {Kind.CERTIFICATE, Kind.PARAMETERS}:
            told.append(f"{item.kind} in {place}")
    return tuple(told)


def _remarks(parts: Sequence[Piece], of: Callable[[Piece], Iterable[str]]) -> tuple[str, ...]:
    """Each remark once, with its file."""
    told = (f"{shown(piece.origin.file)}: {remark}" for piece in parts for remark in of(piece))
    return tuple(dict.fromkeys(told))

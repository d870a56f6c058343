"""PKCS #12 (RFC 7292, RFC 9579), DER or BER: every key, certificate and revocation list in it, with its alias.

Our own walk over the structure, for nothing may be lost: the reader of `cryptography` gives one key at most, and
does not say whether a password is wrong or the file damaged. Ciphers and derivations are those of `schemes`.
"""

from dataclasses import dataclass, replace
from typing import Final

from sealstone.model.secret import Secret
from sealstone.x509 import der
from sealstone.x509.containers import ber, encrypted_keys, integrity, structures
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.pkcs7 import MOST
from sealstone.x509.containers.problems import (
    CHANGED,
    OF_ITS_OWN,
    ContainerUnreadable,
    FileProblem,
    PasswordNeeded,
    TooManyRounds,
    TooMuchMemory,
    UnsupportedContainer,
    WrongPassword,
)
from sealstone.x509.containers.schemes import Sealed
from sealstone.x509.escaping import shown
from sealstone.x509.material import (
    EASILY_MADE,
    NO_MAC,
    UNCHECKED,
    Container,
    Form,
    Kind,
    Origin,
    Piece,
    Unreadable,
)

WHAT: Final = "the PKCS #12 file"
_EXPLICIT: Final = 0xA0
_STRING: Final = 0x80
_DATA: Final = "1.2.840.113549.1.7.1"
_ENCRYPTED_DATA: Final = "1.2.840.113549.1.7.6"
_BAGS: Final = "1.2.840.113549.1.12.10.1."
_KEY, _SHROUDED_KEY, _CERTIFICATE, _REVOCATION_LIST, _SECRET, _NESTED = (_BAGS + str(n) for n in range(1, 7))
_FRIENDLY_NAME: Final = "1.2.840.113549.1.9.20"
_DEEPEST: Final = 8
_BOMBS: Final = (TooManyRounds, TooMuchMemory)
_BY_PUBLIC_KEY: Final = "it is protected by public keys and not by a password"
_CURE: Final = "export it anew with a password"

_Items = list[Piece | Unreadable]


def opened(container: Container, password: Password) -> tuple[Piece | Unreadable, ...]:
    """Everything, in the order of the file. Raises as `reading.opened` does.

    The MAC, if there is one, proves the password; parts and keys may have another one of those that stand beside it.
    """
    data = ber.as_der(container.data)
    fields = der.whole_sequence(data)
    if not 2 <= len(fields) <= 3:
        raise der.Malformed("it does not consist of two or three values")
    kind, safe = _content(data, fields[1])
    if kind != _DATA:
        raise UnsupportedContainer(WHAT, _BY_PUBLIC_KEY, _CURE)
    mac = data[fields[2].start : fields[2].end] if len(fields) == 3 else b""
    for candidate in _candidates(password):
        if mac and not integrity.holds(WHAT, mac, safe, candidate):
            continue
        try:
            found = _Walk(container.origin, candidate, proven=bool(mac)).authenticated_safe(safe)
            return _remarked(found, _doubt(password, has_mac=bool(mac)))
        except WrongPassword:
            continue
        except der.Malformed as fault:
            doubt = "although its integrity holds: " if mac else ""
            raise ContainerUnreadable(WHAT, f"{doubt}{fault}") from None
    if password.given:
        raise WrongPassword(WHAT, CHANGED if mac else "")
    return _in_the_open(container.origin, safe, UNCHECKED if mac else NO_MAC)


def _in_the_open(origin: Origin, safe: bytes, doubt: str) -> tuple[Piece | Unreadable, ...]:
    """What lies there without protection, as certificates do in some truststores. Raises PasswordNeeded for nothing."""
    found = _Walk(origin, None, proven=True).authenticated_safe(safe)
    if not any(isinstance(one, Piece) for one in found):
        raise PasswordNeeded(WHAT)
    return _remarked(found, doubt)


def _doubt(password: Password, *, has_mac: bool) -> str:
    """What a walk with a password that fits leaves unproven: a MAC under the empty password anybody can make."""
    if not has_mac:
        return NO_MAC
    return "" if password.utf8 else EASILY_MADE


def _remarked(found: _Items, doubt: str) -> tuple[Piece | Unreadable, ...]:
    doubts = (doubt,) if doubt else ()
    return tuple(replace(one, remarks=(*one.remarks, *doubts)) if isinstance(one, Piece) else one for one in found)


def _candidates(password: Password) -> tuple[Password, ...]:
    """No password and the empty one are two things to PKCS #12, and tools confuse them."""
    return (password,) if password.utf8 else (password.instead(Secret(b"")), password.instead(None))


def _content(data: bytes, info: der.Element) -> tuple[str, bytes]:
    """A ContentInfo (RFC 2315 section 7): its kind, and the content of data, or the DER of anything else."""
    fields = der.children(data, der.expect(info, der.SEQUENCE), 2)
    if len(fields) != 2:
        raise der.Malformed("a part of it has no content")
    kind = der.dotted(der.content(data, der.expect(fields[0], der.OBJECT_IDENTIFIER)))
    inner = der.element(data, der.expect(fields[1], _EXPLICIT).content, fields[1].end)
    if kind == _DATA:
        return kind, der.content(data, der.expect(inner, der.OCTET_STRING))
    return kind, data[inner.start : inner.end]


@dataclass(frozen=True, slots=True)
class _Bag:
    """A SafeBag (RFC 7292 4.2)."""

    kind: str
    value: bytes
    alias: str
    place: str


@dataclass(frozen=True, slots=True)
class _Walk:
    """Through the parts with one password, or with None past all that is protected.

    `proven`: the integrity holds, so that the password is the right one.
    """

    origin: Origin
    password: Password | None
    proven: bool

    def authenticated_safe(self, safe: bytes) -> _Items:
        """RFC 7292 4.1. Raises WrongPassword when nothing proves the password and a part does not open."""
        data = ber.as_der(safe)
        found: _Items = []
        for number, info in enumerate(_values(data), start=1):
            kind, content = _content(data, info)
            place = f"part {number}"
            try:
                found += self._part(kind, content, place)
            except _BOMBS:
                raise
            except (FileProblem, der.Malformed) as fault:
                found.append(self._unreadable(place, fault))
        return found

    def _part(self, kind: str, content: bytes, place: str) -> _Items:
        if kind == _DATA:
            return self._bags(content, place, 0)
        if kind == _ENCRYPTED_DATA:
            if self.password is None:
                raise PasswordNeeded(f"{place} of {WHAT}")
            return self._bags(self.password.any_opening(_encrypted(content).opened), place, 0)
        raise UnsupportedContainer(f"{place} of {WHAT}", _BY_PUBLIC_KEY, _CURE)

    def _bags(self, contents: bytes, place: str, depth: int) -> _Items:
        """SafeContents (RFC 7292 4.2)."""
        if depth > _DEEPEST:
            raise der.Malformed("its parts are nested too deeply")
        data = ber.as_der(contents)
        found: _Items = []
        for number, value in enumerate(_values(data), start=1):
            bag = _bag(data, value, f"{place}, bag {number}")
            try:
                found += self._bags(bag.value, bag.place, depth + 1) if bag.kind == _NESTED else [self._item(bag)]
            except _BOMBS:
                raise
            except (FileProblem, der.Malformed) as fault:
                found.append(self._unreadable(bag.place, fault, bag.alias))
        return found

    def _item(self, bag: _Bag) -> Piece | Unreadable:
        origin = replace(self.origin, place=bag.place)
        if bag.kind == _SHROUDED_KEY:
            if self.password is None:
                raise PasswordNeeded(f"the key in {bag.place}")
            inner = replace(origin, forms=(*origin.forms, Form.ENCRYPTED_PKCS8))
            what = f"the key in {bag.place}"
            key = self.password.any_opening(lambda one: encrypted_keys.key(bag.value, one, inner, what))
            return replace(key, label=bag.alias)
        kinds = {_KEY: Kind.PRIVATE_KEY, _CERTIFICATE: Kind.CERTIFICATE, _REVOCATION_LIST: Kind.REVOCATION_LIST}
        expected = kinds.get(bag.kind)
        if expected is None:
            what = "a secret that is no key pair" if bag.kind == _SECRET else f"of the kind {bag.kind}"
            cure = "take it out with the tool that put it in; it is no part of a certificate"
            return Unreadable(origin, UnsupportedContainer(bag.place, f"it is {what}", cure), bag.alias)
        value = bag.value if bag.kind == _KEY else _wrapped(bag.value)
        return structures.piece(value, origin, bag.alias, expected)

    def _unreadable(self, place: str, fault: Exception, alias: str = "") -> Unreadable:
        """What cannot be read beside others that can. Raises the WrongPassword that nothing disproves."""
        if isinstance(fault, WrongPassword):
            if not self.proven:
                raise fault
            fault = WrongPassword(fault.what, OF_ITS_OWN)
        problem = fault if isinstance(fault, FileProblem) else ContainerUnreadable(f"{place} of {WHAT}", str(fault))
        return Unreadable(replace(self.origin, place=place), problem, alias)


def _values(data: bytes) -> list[der.Element]:
    """Those of a SEQUENCE OF. Raises der.Malformed."""
    return der.children(data, der.expect(der.element(data, 0, len(data)), der.SEQUENCE), MOST)


def _encrypted(content: bytes) -> Sealed:
    """EncryptedData (RFC 2315 section 13) as what is to be decrypted. Raises der.Malformed."""
    fields = der.whole_sequence(content)
    info = der.children(content, der.expect(fields[-1], der.SEQUENCE)) if len(fields) >= 2 else []
    if len(info) != 3:
        raise der.Malformed("an encrypted part has no content")
    value = info[2]
    if value.tag == _EXPLICIT:  # in pieces, as BER has it
        pieces = der.children(content, value, MOST)
        ciphertext = b"".join(der.content(content, der.expect(piece, der.OCTET_STRING)) for piece in pieces)
    else:
        ciphertext = der.content(content, der.expect(value, _STRING))
    return Sealed(WHAT, content[info[1].start : info[1].end], ciphertext)


def _bag(data: bytes, value: der.Element, place: str) -> _Bag:
    fields = der.children(data, der.expect(value, der.SEQUENCE), 3)
    if len(fields) < 2:
        raise der.Malformed("a bag has no value")
    kind = der.dotted(der.content(data, der.expect(fields[0], der.OBJECT_IDENTIFIER)))
    alias = _friendly_name(data, fields[2]) if len(fields) == 3 else ""
    content = der.content(data, der.expect(fields[1], _EXPLICIT))
    return _Bag(kind, content, alias, f"entry {shown(alias)}" if alias else place)


def _friendly_name(data: bytes, attributes: der.Element) -> str:
    """RFC 2985 5.5.1: a BMPString. Raises der.Malformed."""
    for attribute in der.children(data, attributes, 64):
        fields = der.children(data, der.expect(attribute, der.SEQUENCE), 2)
        if len(fields) == 2 and der.dotted(der.content(data, fields[0])) == _FRIENDLY_NAME:
            for value in der.children(data, fields[1], 1):
                return der.content(data, value).decode("utf-16-be", "replace")
    return ""


def _wrapped(value: bytes) -> bytes:
    """CertBag and CRLBag (RFC 7292 4.2.3, 4.2.4): an identifier and an OCTET STRING in [0]. Raises der.Malformed."""
    fields = der.whole_sequence(value)
    if len(fields) != 2:
        raise der.Malformed("a bag has no content")
    content = der.element(value, der.expect(fields[1], _EXPLICIT).content, fields[1].end)
    return der.content(value, der.expect(content, der.OCTET_STRING))

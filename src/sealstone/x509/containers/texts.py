"""Text of any encoding: PEM blocks in it, base64 without them, SSH's public keys, or what it is instead."""

import binascii
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from sealstone.x509.containers import openssh, pem_blocks, structures
from sealstone.x509.containers.problems import Damaged, NotRecognised, TooMany, UnsupportedContainer
from sealstone.x509.containers.structures import MOST_PIECES, Item
from sealstone.x509.escaping import shown
from sealstone.x509.material import Container, Form, Kind, Origin, Piece, Unreadable

_ENCODINGS: Final = (  # byte order marks, the longer first
    (b"\xef\xbb\xbf", "utf-8", "the text starts with a byte order mark"),
    (b"\xff\xfe", "utf-16-le", "the text is UTF-16"),
    (b"\xfe\xff", "utf-16-be", "the text is UTF-16"),
)
_LABELS: Final[Mapping[str, Kind | Form]] = {
    "CERTIFICATE": Kind.CERTIFICATE,
    "X509 CERTIFICATE": Kind.CERTIFICATE,
    "X.509 CERTIFICATE": Kind.CERTIFICATE,
    "TRUSTED CERTIFICATE": Kind.CERTIFICATE,
    "CERTIFICATE REQUEST": Kind.REQUEST,
    "NEW CERTIFICATE REQUEST": Kind.REQUEST,
    "X509 CRL": Kind.REVOCATION_LIST,
    "CRL": Kind.REVOCATION_LIST,
    "PRIVATE KEY": Kind.PRIVATE_KEY,
    "ANY PRIVATE KEY": Kind.PRIVATE_KEY,
    "RSA PRIVATE KEY": Kind.PRIVATE_KEY,
    "EC PRIVATE KEY": Kind.PRIVATE_KEY,
    "DSA PRIVATE KEY": Kind.PRIVATE_KEY,
    "PUBLIC KEY": Kind.PUBLIC_KEY,
    "RSA PUBLIC KEY": Kind.PUBLIC_KEY,
    "EC PARAMETERS": Kind.PARAMETERS,
    "DH PARAMETERS": Kind.PARAMETERS,
    "X9.42 DH PARAMETERS": Kind.PARAMETERS,
    "DSA PARAMETERS": Kind.PARAMETERS,
    "ENCRYPTED PRIVATE KEY": Form.ENCRYPTED_PKCS8,
    "PKCS7": Form.PKCS7,
    "CMS": Form.PKCS7,
    "PKCS #7 SIGNED DATA": Form.PKCS7,
    "PKCS12": Form.PKCS12,
}
_TRUSTED: Final = "TRUSTED CERTIFICATE"
_EC_PARAMETERS: Final = "EC PARAMETERS"
_LABEL_REMARKS: Final[Mapping[str, str]] = {
    _TRUSTED: "it is written as TRUSTED CERTIFICATE, which only OpenSSL reads; its trust settings are left out",
    "X509 CERTIFICATE": "its label X509 CERTIFICATE is obsolete",
    "X.509 CERTIFICATE": "its label X.509 CERTIFICATE is obsolete",
    "NEW CERTIFICATE REQUEST": "its label NEW CERTIFICATE REQUEST is obsolete",
}
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_CURE: Final = "give certificates, requests, keys, revocation lists, PKCS #12, PKCS #7 or Java keystores"
_OTHER_TEXTS: Final = (
    ("<", "the file is a web page or XML", "download the certificate itself, or copy the PEM text out of it"),
    ("{", "the file is JSON without a certificate or key in PEM", "take the certificate or key out of it"),
    ("PuTTY-User-Key-File", "the file is a PuTTY key", "export it: puttygen FILE -O private-openssh -o NEW"),
    ("---- BEGIN SSH2", "the file is an SSH public key", "give an X.509 certificate or a key in PEM"),
)


def contents(data: bytes, origin: Origin) -> tuple[Item, ...]:
    """What a text holds; never empty."""
    text, remark = _decoded(data)
    found = list(_blocks(text, origin)) if pem_blocks.BEGIN in text else list(_without_blocks(text, origin))
    if remark and isinstance(found[0], Piece):
        found[0] = replace(found[0], remarks=(remark, *found[0].remarks))
    return tuple(found)


def _decoded(data: bytes) -> tuple[str, str]:
    """The text with LF line ends, and what is odd about its encoding. Never fails: bytes are taken one for one."""
    for mark, encoding, remark in _ENCODINGS:
        if data.startswith(mark):
            return _lines(data[len(mark) :].decode(encoding, "replace")), remark
    start = data[:64]
    if start[1::2].count(0) > len(start) // 4:
        return _lines(data.decode("utf-16-le", "replace")), "the text is UTF-16"
    if start[::2].count(0) > len(start) // 4:
        return _lines(data.decode("utf-16-be", "replace")), "the text is UTF-16"
    try:
        return _lines(data.decode()), ""
    except UnicodeDecodeError:
        return _lines(data.decode("latin-1")), ""


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _blocks(text: str, origin: Origin) -> Iterable[Item]:
    """The blocks in their order. A block EC PARAMETERS is remarked on at the key that follows it, too."""
    blocks = list(islice(pem_blocks.found(text), MOST_PIECES + 1))
    previous = ""
    for number, block in enumerate(blocks[:MOST_PIECES], start=1):
        place = f"block {number}" if len(blocks) > 1 else ""
        one = _block(block, replace(origin, place=place, forms=(*origin.forms, Form.PEM)))
        if isinstance(one, Piece) and one.kind is Kind.PRIVATE_KEY and previous == _EC_PARAMETERS:
            one = replace(one, remarks=(*one.remarks, "a block EC PARAMETERS stands before it"))
        previous = block.label
        yield one
    if len(blocks) > MOST_PIECES:
        yield Unreadable(origin, TooMany(MOST_PIECES))


def _block(block: pem_blocks.Found, origin: Origin) -> Item:
    name = f"the block {shown(block.label)}" if block.label else "a block"
    if block.fault:
        return Unreadable(origin, Damaged(name, block.fault))
    if block.encrypted:
        text = block.text.encode("utf-8", "replace")
        forms = (*origin.forms, Form.ENCRYPTED_PEM)
        return Container(Form.ENCRYPTED_PEM, replace(origin, forms=forms), text, password_needed=True)
    try:
        data, remarks = block.decoded()
    except ValueError as fault:
        return Unreadable(origin, Damaged(name, str(fault)))
    if block.label == openssh.LABEL:
        return openssh.item(data, origin)
    expected = _LABELS.get(block.label)
    if expected is None and not structures.looks_like_der(data):
        return Unreadable(origin, UnsupportedContainer(name, "it is of a kind that is not known here", _CURE))
    return _remarked(block, structures.item(data, origin, block.label, _kind(expected)), expected, remarks)


def _kind(expected: Kind | Form | None) -> Kind | None:
    return expected if isinstance(expected, Kind) else None


def _remarked(block: pem_blocks.Found, found: Item, expected: Kind | Form | None, odd: tuple[str, ...]) -> Item:
    """The piece with what is odd about its block."""
    if not isinstance(found, Piece):
        return found
    remarks = (*block.remarks, *odd)
    if block.label in _LABEL_REMARKS:
        remarks += (_LABEL_REMARKS[block.label],)
    kept = found.remarks
    if block.label == _TRUSTED:
        kept = tuple(remark for remark in kept if "follow its end" not in remark)  # the trust settings
    if found.kind is not expected:
        remarks += (f"its label is {shown(block.label)}, and it is a {found.kind}",)
    return replace(found, remarks=(*remarks, *kept))


def _without_blocks(text: str, origin: Origin) -> tuple[Item, ...]:
    """Base64 on its own (of DER, or of a whole PEM file as Kubernetes keeps it), SSH's lines, or nothing known."""
    stripped = text.strip()
    if found := _base64(stripped, origin):
        return found
    if key := openssh.public_key(stripped, origin):
        return (key,)
    for start, what, cure in _OTHER_TEXTS:
        if stripped.startswith(start):
            return (Unreadable(origin, NotRecognised(what, cure)),)
    return (Unreadable(origin, NotRecognised("the file holds nothing that is known here", _CURE)),)


def _base64(text: str, origin: Origin) -> tuple[Item, ...]:
    """Empty when it is none, or nothing known is in it."""
    try:
        digits = "".join(text.split()).encode("ascii")
        data = b"" if digits.translate(None, _BASE64) else binascii.a2b_base64(digits, strict_mode=True)
    except ValueError:
        return ()
    if data.startswith(pem_blocks.BEGIN.encode()):
        inner = replace(origin, forms=(*origin.forms, Form.BASE64))
        return _remarked_all(_blocks(_lines(data.decode("latin-1")), inner), "the PEM text is written in base64 again")
    if not structures.looks_like_der(data):
        return ()
    return _remarked_all(structures.contents(data, origin, Form.BASE64), "it has no BEGIN and END lines")


def _remarked_all(found: Iterable[Item], remark: str) -> tuple[Item, ...]:
    return tuple(replace(one, remarks=(remark, *one.remarks)) if isinstance(one, Piece) else one for one in found)

"""Every finding about a certificate, a key or a chain: one class each, with its data, its cause and its cure.

Causes and cures are whole sentences without a final full stop. They show subjects, sizes, fingerprints of public
keys, and of a certificate field which is no PEM what it looks like; of the private key's text nothing, ever.
Which error a service makes of them is the service's affair.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sealstone.model.problem import Problem
from sealstone.x509 import appearance

NOT_IN_CHAIN: Final = -1
"""The index that stands for the certificate itself where others are positions in the chain."""


class Part(StrEnum):
    """Which of the three texts of an upload a finding is about, or that it is about a file not yet told apart."""

    CERTIFICATE = "certificate"
    PRIVATE_KEY = "private key"
    CHAIN = "certificate chain"
    FILE = "file"


class X509Problem(Problem):
    """The base: a Problem with the part it is about."""

    def __init__(self, part: Part, cause: str, cure: str = "") -> None:
        super().__init__(cause, cure)
        self.part = part


# --- the text ---


class NotPEM(X509Problem):
    """The text is not PEM (RFC 7468), or its framing or base64 is damaged."""


class TooLong(X509Problem):
    """The text is longer than the service takes. `size` and `limit` are in characters."""

    def __init__(self, part: Part, size: int, limit: int) -> None:
        super().__init__(
            part, f"the {part} has {size} characters, and {limit} is the most", "send what belongs to it only"
        )
        self.size = size
        self.limit = limit


class TextAroundPEM(X509Problem):
    """Something other than white space stands before, between or after the PEM blocks."""

    def __init__(self, part: Part, place: str, text: str) -> None:
        """`place`: where, as in "before the first BEGIN line". Of `text` is told what it looks like, not what it is."""
        looks = "" if part is Part.PRIVATE_KEY else f": {appearance.told(text)}"
        cure = "remove everything outside the BEGIN and END lines"
        if part is Part.CERTIFICATE:
            cure += ", for example with openssl x509 -in FILE -out Certificate.pem"
        elif part is Part.PRIVATE_KEY:
            cure += ", for example with openssl pkey -in FILE -out PrivateKey.pem"
        super().__init__(part, f"the {part} has text {place}{looks}", cure)


class WrongBlock(X509Problem):
    """A PEM block of another kind than the field is for. `label` is the one found, escaped."""

    def __init__(self, part: Part, label: str, cause: str, cure: str) -> None:
        super().__init__(part, cause, cure)
        self.label = label


# --- certificates ---


class SeveralCertificates(X509Problem):
    """More than one certificate where exactly one belongs."""

    def __init__(self, count: int) -> None:
        super().__init__(
            Part.CERTIFICATE,
            f"the certificate field holds {count} certificates, and it must hold exactly one",
            "keep the server's own certificate there and send the others as the certificate chain, in order",
        )
        self.count = count


class NotCertificate(X509Problem):
    """The PEM is right, but what it holds is no certificate that can be read. `at` is its position in the chain."""

    def __init__(self, part: Part, reason: str, at: int = NOT_IN_CHAIN) -> None:
        super().__init__(
            part,
            f"{which(at)} cannot be read: {reason}",
            "get the file again from the authority that issued it, or have the certificate issued again",
        )
        self.at = at
        self.reason = reason


class NotYetValid(X509Problem):
    """The validity period has not begun."""

    def __init__(self, not_before: datetime, at: datetime) -> None:
        super().__init__(
            Part.CERTIFICATE,
            f"the certificate is not valid before {_utc(not_before)}, which is {_span(not_before - at)} from now",
            "wait until then, or check the clocks of this server and of the certificate authority",
        )
        self.not_before = not_before


class Expired(X509Problem):
    """The validity period is over."""

    def __init__(self, not_after: datetime, at: datetime) -> None:
        super().__init__(
            Part.CERTIFICATE,
            f"the certificate expired at {_utc(not_after)}, {_span(at - not_after)} ago",
            "have it renewed and send the new one",
        )
        self.not_after = not_after


# --- private keys ---


class SeveralPrivateKeys(X509Problem):
    """More than one private key where exactly one belongs."""

    def __init__(self, count: int) -> None:
        super().__init__(
            Part.PRIVATE_KEY,
            f"the private key field holds {count} PEM blocks, and it must hold exactly one private key",
            "keep the key that belongs to the certificate",
        )
        self.count = count


class KeyEncrypted(X509Problem):
    """The key is protected by a password; it is refused unread."""

    def __init__(self) -> None:
        super().__init__(
            Part.PRIVATE_KEY,
            "the private key is encrypted with a password",
            "decrypt it with openssl pkey -in EncryptedPrivateKey.pem -out PrivateKey.pem and send that",
        )


class ECParametersPresent(X509Problem):
    """A block `EC PARAMETERS` stands beside the EC key; AWS asks for its removal."""

    def __init__(self) -> None:
        super().__init__(
            Part.PRIVATE_KEY,
            "the private key field holds a block EC PARAMETERS beside the key",
            "delete the line BEGIN EC PARAMETERS, the line END EC PARAMETERS and what is between them, "
            "or make a file without it by openssl pkey -in FILE -out PrivateKey.pem",
        )


class KeyUnreadable(X509Problem):
    """The PEM is right, but what it holds is no whole private key."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            Part.PRIVATE_KEY,
            f"the private key cannot be read: {reason}",
            "take it from its source again; openssl pkey -in FILE -noout -check must find it valid",
        )
        self.reason = reason


class UnsupportedKey(X509Problem):
    """A key, private or in a certificate, of a kind or size that is not accepted. `bits` is 0 when it has no size."""

    def __init__(self, part: Part, kind: str, bits: int, accepted: str, at: int = NOT_IN_CHAIN) -> None:
        size = f" of {bits} bits" if bits else ""
        holder = "the private key" if part is Part.PRIVATE_KEY else f"the public key of {which(at)}"
        super().__init__(
            part,
            f"{holder} is {kind}{size}, which is not accepted",
            f"use {accepted} and have a certificate issued for it",
        )
        self.kind = kind
        self.bits = bits
        self.at = at


class KeyMismatch(X509Problem):
    """The private key is whole, and another one than the certificate's."""

    def __init__(self, key: str, certificate: str, remark: str = "") -> None:
        """Both are descriptions of public halves: kind, size and fingerprint; the second with the subject."""
        super().__init__(
            Part.PRIVATE_KEY,
            f"the private key is {key}, but the certificate is for {certificate}{remark}",
            "send the private key with which this certificate was requested; both fingerprints are SHA-256 over the "
            "public key, as openssl pkey -in PrivateKey.pem -pubout -outform DER | openssl sha256 shows them",
        )


# --- chains ---


class ChainBroken(X509Problem):
    """A link does not hold.

    `at` is -1 when the certificate is not signed by chain[0], and i when chain[i] is not signed by chain[i+1].
    """

    def __init__(self, at: int, cause: str, cure: str) -> None:
        super().__init__(Part.CHAIN, cause, cure)
        self.at = at


class UnsupportedSignature(X509Problem):
    """A link whose signature is of an algorithm that proves nothing any more (SHA-1, MD5) or is not known here."""

    def __init__(self, at: int, algorithm: str) -> None:
        super().__init__(
            Part.CHAIN,
            f"{which(at)} is signed with {algorithm}, so its place in the chain cannot be proven",
            "have it issued again with SHA-256 or better"
            if at == NOT_IN_CHAIN
            else "take the authority's certificate that is signed with SHA-256 or better; a root may be left out",
        )
        self.at = at
        self.algorithm = algorithm


class TooManyChainCertificates(X509Problem):
    """The chain is longer than any real one."""

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(
            Part.CHAIN,
            f"the certificate chain holds {count} certificates, and {limit} is the most",
            "send only the authorities between the certificate and its root, in order",
        )
        self.count = count
        self.limit = limit


def which(at: int) -> str:
    """The certificate at a position, in words."""
    return "the certificate" if at == NOT_IN_CHAIN else f"chain certificate {at}"


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment.year >= 1000 else f"the year {moment.year}"


def _span(time: timedelta) -> str:
    """A duration in its two largest units that matter to a reader."""
    if time.days > 1:
        return f"{time.days} days"
    minutes, seconds = divmod(time.days * 86400 + time.seconds, 60)
    if minutes >= 120:
        return f"{minutes // 60} hours"
    return f"{minutes} minutes" if minutes > 1 else f"{minutes * 60 + seconds} seconds"

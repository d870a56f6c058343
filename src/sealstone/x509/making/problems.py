"""What keeps something from being made: one class each, with cause and cure."""

from datetime import datetime

from sealstone.x509.escaping import shown
from sealstone.x509.problems import Part, X509Problem


class UnknownKeyType(X509Problem):
    """No key of this type is made here."""

    def __init__(self, kind: str, known: str) -> None:
        super().__init__(Part.PRIVATE_KEY, f"there is no key type '{shown(kind)}'", f"use one of {known}")


class UnusableKey(X509Problem):
    """A private key that cannot sign."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            Part.PRIVATE_KEY, f"the private key cannot be used: {reason}", "take another, or have a new one made"
        )


class NameRefused(X509Problem):
    """A subject, a subject alternative name or a constraint that cannot be written into a certificate."""

    def __init__(self, text: str, reason: str, cure: str) -> None:
        super().__init__(Part.CERTIFICATE, f"the name '{shown(text)}' cannot be used: {reason}", cure)


class RequestRefused(X509Problem):
    """A certificate request that nothing is issued for."""

    def __init__(self, reason: str, cure: str = "have the request made anew") -> None:
        super().__init__(Part.FILE, f"the certificate request is refused: {reason}", cure)


class IssuerRefused(X509Problem):
    """A certificate and key that cannot issue, or cannot issue this."""

    def __init__(self, reason: str, cure: str) -> None:
        super().__init__(Part.CHAIN, f"the authority cannot issue this: {reason}", cure)


class WiderThanRoot(X509Problem):
    """An intermediate that is to issue for names that its root does not permit: verifiers would refuse them."""

    def __init__(self, permitted: str, wanted: str) -> None:
        """Both for people, as `host_limits.told` has them."""
        super().__init__(
            Part.CHAIN,
            f"authority_permitted_names asks for {wanted}, and the root permits {permitted} only; an intermediate "
            "cannot widen that",
            "make a new root with the setting as it is: sealstone ca rotate --root; or set what the root permits",
        )


class OutlivesIssuer(X509Problem):
    """The certificate would be valid longer than the one that issues it."""

    def __init__(self, not_after: datetime, limit: datetime, days: int) -> None:
        """`limit` is the end of the first authority above to expire, `days` the most that fits before it."""
        super().__init__(
            Part.CERTIFICATE,
            f"the certificate would be valid until {not_after:%Y-%m-%d}, and its authority only until {limit:%Y-%m-%d}",
            (f"ask for {days} days at most, or " if days > 0 else "")
            + "leave the number of days out to have all that is left, or renew the authority",
        )
        self.limit = limit

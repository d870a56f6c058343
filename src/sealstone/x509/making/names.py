"""The subject of a certificate: its distinguished name, and its alternative names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from sealstone.x509 import names as shown_names
from sealstone.x509.making import alternatives, distinguished
from sealstone.x509.making.problems import NameRefused

MOST_NAMES: Final = 1000
"""Alternative names of one certificate: with more it does not fit in IAM's 16,384 characters. ACM's quota is 100."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a certificate is for."""

    name: x509.Name
    alternatives: tuple[x509.GeneralName, ...] = ()

    @property
    def text(self) -> str:
        """The distinguished name for showing (RFC 4514)."""
        return shown_names.as_text(self.name.public_bytes())

    @property
    def alternative_texts(self) -> tuple[str, ...]:
        """The alternative names for showing, with their kinds: `DNS:build.example.com`."""
        return tuple(alternatives.as_text(name) for name in self.alternatives)

    @property
    def common_name(self) -> str:
        """The first common name, or nothing."""
        found = self.name.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[0].value) if found else ""


def server(text: str, names: Sequence[str]) -> Subject:
    """The subject of a server certificate, from its distinguished name and its alternative names. Raises NameRefused.

    Without a distinguished name the first alternative name becomes the common name. See `completed` too.
    """
    general = [alternatives.read(name) for name in names]
    if text:
        return completed(distinguished.read(text), general)
    if not general:
        raise NameRefused("", "there is no subject and no name", "say for which host the certificate is")
    first = next((name for name in general if isinstance(name, x509.DNSName)), general[0])
    common_name = distinguished.as_common_name(alternatives.as_text(first).partition(":")[2])
    return completed(distinguished.read(common_name) if common_name else x509.Name([]), general)


def authority(text: str) -> Subject:
    """The subject of an authority: a distinguished name, which must not be empty. Raises NameRefused."""
    return Subject(distinguished.read(text))


def completed(name: x509.Name, general: Sequence[x509.GeneralName]) -> Subject:
    """A subject with its common name first among the alternatives when that is a host's.

    No client looks at common names any more (RFC 9525 section 2). Raises NameRefused for a flood of names.
    """
    subject = Subject(name)
    host = alternatives.of_host(subject.common_name)
    every = dict.fromkeys([*([host] if host else []), *general])
    if len(every) > MOST_NAMES:
        raise NameRefused(
            subject.common_name, f"there are more than {MOST_NAMES:,} alternative names", "make several certificates"
        )
    return Subject(name, tuple(every))

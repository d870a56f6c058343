"""Which of an authority's revocation lists stands for all that it made: judges of certificates go by one list of each.

OpenSSL picks one list for each issuer and never looks into the others (X509_V_FLAG_CRL_CHECK), so several lists count
together only where one of them holds all that the others revoke. Where none does, that is said, and nothing chosen.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from sealstone.x509 import revocation, trust_bundle
from sealstone.x509.description import CertificateDescription
from sealstone.x509.problems import Part, X509Problem
from sealstone.x509.revocation import RevocationList


class ListsApart(X509Problem):
    """Two lists of one authority, and neither revokes all that the other does."""

    def __init__(self, authority: str) -> None:
        """`authority` is the name of the authority, as it is shown."""
        super().__init__(
            Part.FILE,
            f"two revocation lists of {authority} each revoke certificates that the other does not, and clients can be "
            "held to one list of an authority only",
            "have the authority make one list with the entries of both, or remove the other list first",
        )


@lru_cache(maxsize=64)
def standing(bundle: str, lists: tuple[str, ...]) -> tuple[str, ...]:
    """Of each authority in the bundle the list that stands for all of its, in PEM, in the order given.

    Of several that revoke the same the newest. Lists of authorities that are not in the bundle count by the name of
    their issuer. `bundle` is PEM that `trust_bundle.read` accepted. Raises ListsApart, and UnusableRevocationList.
    """
    if len(lists) < 2:
        return lists
    read = [(text, revocation.read(text.encode())) for text in lists]
    authorities = trust_bundle.stored(bundle).authorities
    chosen = {id(ordered[-1]) for _, ordered in _ordered([one for _, one in read], authorities)}
    return tuple(text for text, one in read if id(one) in chosen)


def check(lists: Sequence[RevocationList], authorities: Sequence[CertificateDescription]) -> None:
    """Whether of any two lists of one authority one holds all of the other, whichever is removed. Raises ListsApart."""
    for _ in _ordered(lists, authorities):
        pass


def _ordered(
    lists: Sequence[RevocationList], authorities: Sequence[CertificateDescription]
) -> Iterator[tuple[bytes, list[RevocationList]]]:
    """The lists of each authority, the one that holds least first."""
    by_authority: dict[bytes, list[RevocationList]] = {}
    names: dict[bytes, str] = {}
    for one in lists:
        made_by = next((found for found in authorities if one.is_of(found)), None)
        # Two authorities of one name differ by their keys, and so do the lists that count for them.
        key = made_by.key_info if made_by else one.issuer_name
        names.setdefault(key, made_by.subject[:200] if made_by else "an authority that is not in the bundle")
        by_authority.setdefault(key, []).append(one)
    for key, group in by_authority.items():
        ordered = sorted(group, key=lambda one: (len(one.serial_numbers), one.this_update))
        for less, more in pairwise(ordered):
            if not less.serial_numbers <= more.serial_numbers:
                raise ListsApart(names[key])
        yield key, ordered

"""Chains of the corpus: the path that is found, and how our verdict stands to that of `openssl verify`.

OpenSSL's verdicts were recorded when the corpus was made; `tests/clients/test_openssl_judges.py` holds them against
the OpenSSL that is installed. Ours is "there is a proven path to a root": `DIFFERENCES` says where OpenSSL judges
more, and why `paths` does not.
"""

from datetime import UTC, datetime
from typing import Final

import pytest
from tests.corpus import answers
from tests.corpus.answers import Case, Verdict

from sealstone.x509 import paths
from sealstone.x509.containers import reading
from sealstone.x509.description import CertificateDescription, describe
from sealstone.x509.material import Piece

AT: Final = datetime(2026, 11, 21, tzinfo=UTC)
CHAINS: Final = tuple(case for case in answers.read() if case.verdict)

# File: OpenSSL's error, and why there is a path for us all the same. The same table is in docs/workbench.md.
DIFFERENCES: Final = {
    "chain-expired-intermediate.pem": ("certificate has expired", "shown as expired; who signed whom does not age"),
    "chain-expired-leaf.pem": ("certificate has expired", "shown as expired; who signed whom does not age"),
    "chain-future-intermediate.pem": ("certificate is not yet valid", "shown as not yet valid"),
    "chain-issuer-may-not-sign.pem": ("invalid CA certificate", "keyUsage is the client's to enforce"),
    "chain-issuer-without-constraints.pem": (
        "invalid CA certificate",
        "version 1 has no BasicConstraints",
    ),
    "chain-path-length.pem": ("path length constraint exceeded", "a client checks it along the path of its choice"),
    "chain-names-violated.pem": ("permitted subtree violation", "a client checks it along the path of its choice"),
    "chain-unknown-critical.pem": ("unhandled critical extension", "shown; what it means only the client knows"),
}


def verdict_of(case: Case) -> Verdict:
    assert case.verdict is not None
    return case.verdict


def certificates_of(case: Case) -> list[CertificateDescription]:
    found = []
    for item in reading.contents(case.data, case.file):
        assert isinstance(item, Piece)
        told = describe(item)
        assert isinstance(told, CertificateDescription)
        found.append(told)
    return found


def path_of(case: Case) -> paths.Path:
    certificates = certificates_of(case)
    return paths.path(certificates[verdict_of(case).leaf], certificates, AT)


def test_there_are_chains_enough() -> None:
    assert len(CHAINS) >= 35
    assert {verdict_of(case).openssl for case in CHAINS} >= {"OK", "certificate has expired", "invalid CA certificate"}


@pytest.mark.parametrize("case", CHAINS, ids=lambda case: str(case.file))
def test_the_path(case: Case) -> None:
    found, wanted = path_of(case), verdict_of(case)
    assert tuple(issuer.subject for issuer in found.issuers) == wanted.path
    assert (found.root.subject if found.root else None) == wanted.root
    assert found.missing == wanted.missing
    assert sorted(other.subject for other in found.unrelated) == sorted(wanted.unrelated)


@pytest.mark.parametrize("case", CHAINS, ids=lambda case: str(case.file))
def test_the_verdict_is_that_of_openssl(case: Case) -> None:
    ours, theirs = path_of(case).root is not None, verdict_of(case).openssl
    if case.file in DIFFERENCES:
        assert (ours, theirs) == (True, DIFFERENCES[case.file][0])
    else:
        assert ours is (theirs == "OK"), theirs


def test_no_difference_is_left_over() -> None:
    assert DIFFERENCES.keys() <= {case.file for case in CHAINS}

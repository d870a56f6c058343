"""Everything about a set of files: numbers, repetitions, chains, pairs, dates."""

from base64 import b64decode
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from tests import forged
from tests.pki import NOW, Authority, Issued, ec_key, named
from tests.unit.x509.test_public_halves import explicit

from sealstone.model.secret import Secret
from sealstone.x509 import paths
from sealstone.x509.containers.problems import NotRecognised
from sealstone.x509.description import CertificateDescription
from sealstone.x509.inspection import Inspection, Validity, inspected
from sealstone.x509.material import Kind, Origin, Piece, Unreadable

ROOT = Authority("Root")
UPPER = ROOT.authority("Upper")
LEAF = UPPER.leaf("leaf.example")
FILE = Origin("file")
SECOND = timedelta(seconds=1)


def certificate(issued: Issued, *remarks: str) -> Piece:
    return Piece(Kind.CERTIFICATE, FILE, issued.certificate_der, label="CERTIFICATE", remarks=remarks)


def key(issued: Issued) -> Piece:
    return Piece(Kind.PRIVATE_KEY, FILE, secret=Secret(issued.private_key_der))


def request(issued: Issued) -> Piece:
    builder = x509.CertificateSigningRequestBuilder().subject_name(named("leaf.example"))
    signed = builder.sign(issued.key, hashes.SHA256())
    return Piece(Kind.REQUEST, FILE, signed.public_bytes(Encoding.DER))


def test_certificates_beyond_the_most_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert inspection(certificate(LEAF), certificate(UPPER)).not_looked_at == 0
    monkeypatch.setattr(paths, "MOST", 1)
    found = inspection(certificate(LEAF), certificate(LEAF), certificate(UPPER), certificate(ROOT))
    assert found.not_looked_at == 2
    assert len(found.entries) == 4
    assert len(found.branches) == 1


def inspection(*items: Piece | Unreadable) -> Inspection:
    return inspected(["file"], items, NOW)


def test_entries_are_numbered_as_found() -> None:
    unread = Unreadable(Origin("other"), NotRecognised("it is a cat", "give another"))
    found = inspection(
        certificate(LEAF, "text stands before"), key(LEAF), unread, certificate(LEAF), Piece(Kind.PARAMETERS, FILE)
    )
    assert [entry.number for entry in found.entries] == [1, 2, 3, 4, 5]
    assert [entry.same_as for entry in found.entries] == [None, None, None, 1, None]
    kinds = ["certificate", "private key", "unreadable", "certificate", "parameters"]
    assert [entry.kind for entry in found.entries] == kinds
    first, _, third, *_ = found.entries
    assert (first.label, first.remarks, first.faults, first.origin) == (
        "CERTIFICATE",
        ("text stands before",),
        (),
        FILE,
    )
    assert (third.label, third.remarks, third.faults, third.origin.file) == ("", (), (), "other")
    assert [entry.is_unreadable for entry in found.entries] == [False, False, True, False, False]
    assert (found.files, found.at) == (("file",), NOW)


def test_a_curve_in_numbers_is_a_fault_of_what_has_it() -> None:
    (told,) = inspection(Piece(Kind.PUBLIC_KEY, FILE, der=explicit())).entries
    assert told.faults[0].startswith("its curve is written out in numbers (explicit EC parameters) instead of named")
    assert "openssl ec -in KEY -param_enc named_curve" in told.faults[0]


def test_what_has_a_kind_and_makes_no_sense_is_unreadable() -> None:
    (entry,) = inspection(Piece(Kind.CERTIFICATE, FILE, b"\x30\x00")).entries
    assert entry.kind == "unreadable"
    assert entry.is_unreadable


def test_chains_go_up_from_every_end() -> None:
    other = Authority("Other")
    lost = Authority("Gone").leaf("lost.example")
    again = UPPER.leaf("second.example")
    found = inspection(*map(certificate, (LEAF, again, UPPER, ROOT, other, lost)))
    outlines = [
        ([found.number_of(one) for one in chain.certificates], chain.is_rooted, chain.missing_issuer)
        for chain in found.chains
    ]
    assert sorted(outlines, key=str) == [
        ([1, 3, 4], True, None),
        ([2, 3, 4], True, None),
        ([5], True, None),
        ([6], False, "CN=Gone,O=Example"),
    ]
    assert [len(chain.links) for chain in found.chains] == [len(chain.certificates) - 1 for chain in found.chains]


def test_pairs() -> None:
    found = inspection(certificate(LEAF), key(LEAF), request(LEAF), certificate(LEAF), key(ROOT), certificate(ROOT))
    assert [(pair.key, pair.certificates, pair.requests) for pair in found.pairs] == [(2, (1,), (3,)), (5, (6,), ())]
    lonely = inspection(key(Authority("Nobody", key=ec_key())), certificate(LEAF))
    assert [(pair.certificates, pair.requests) for pair in lonely.pairs] == [((), ())]


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        (timedelta(days=-30), Validity.VALID),
        (timedelta(days=-30) - SECOND, Validity.NOT_YET_VALID),
        (timedelta(days=365), Validity.VALID),
        (timedelta(days=365, milliseconds=999), Validity.VALID),
        (timedelta(days=365) + SECOND, Validity.EXPIRED),
    ],
)
def test_both_ends_belong_to_the_validity(shift: timedelta, expected: Validity) -> None:
    found = inspected([], [certificate(LEAF)], NOW + shift)
    told = found.entries[0].description
    assert isinstance(told, CertificateDescription)
    assert found.validity(told) is expected


def test_dates_that_cannot_be_read() -> None:
    pem = forged.forged(LEAF, UPPER.key, validity=forged.sequence())
    der = b64decode("".join(pem.split("\n")[1:-2]))
    found = inspection(Piece(Kind.CERTIFICATE, FILE, der))
    told = found.entries[0].description
    assert isinstance(told, CertificateDescription)
    assert found.validity(told) is Validity.UNKNOWN
    assert found.entries[0].faults == told.faults != ()

"""`sealstone inspect`, as a person sees it and as a script reads it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AttributeOID, ExtendedKeyUsageOID
from tests import forged
from tests.pki import EC_PARAMETERS_PEM, NOW, Authority, chain_of, ec_key, named, rsa_key, self_signed
from tests.unit.x509.test_public_halves import ON_SECT163K1

from sealstone.cli import inspect_document, main
from sealstone.x509.material import Form, Kind, Origin, Piece

ROOT = Authority("Root")
UPPER = ROOT.authority("Upper")
LEAF = UPPER.leaf("leaf.example")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sealstone.cli.inspect.system_clock", lambda: NOW)


class Desk:
    """Files in a folder, and the command."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.status = 0

    def shown(self, *texts: str | bytes, options: tuple[str, ...] = ()) -> str:
        """What the command prints about files with these contents."""
        names = []
        for number, text in enumerate(texts, start=1):
            names.append(f"{number}.pem")
            (self.folder / names[-1]).write_bytes(text.encode() if isinstance(text, str) else text)
        self.status = int(main(["inspect", *options, *names]))
        captured = self.capsys.readouterr()
        assert captured.err == ""
        out: str = captured.out
        return out

    def document(self, *texts: str | bytes) -> Any:
        """The JSON document about them."""
        return json.loads(self.shown(*texts, options=("--json",)))


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, capsys)


def request(*, challenge: bool = False) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(named("leaf.example"))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("leaf.example")]), critical=False)
    if challenge:
        builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, b"open sesame")
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(LEAF.key, hashes.SHA256()).public_bytes(Encoding.DER)


def revocation_list(next_update: timedelta, count: int) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(ROOT.certificate.subject)
    builder = builder.last_update(NOW - 30 * DAY).next_update(NOW + next_update)
    for number in range(1, count + 1):
        revoked = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(NOW - 30 * DAY)
        builder = builder.add_revoked_certificate(revoked.build())
    return builder.sign(ROOT.key, hashes.SHA256()).public_bytes(Encoding.DER)


# --- for a person ---


def test_a_mixture(desk: Desk) -> None:
    out = desk.shown(UPPER.certificate_pem + LEAF.private_key_pem + ROOT.certificate_pem + LEAF.certificate_pem)
    lines = out.splitlines()
    assert lines[:4] == [
        "[1] Certificate  1.pem, block 1 (PEM)",
        "  Subject       CN=Upper,O=Example",
        "  Issuer        CN=Root,O=Example",
        f"  Serial        {desk.document(UPPER.certificate_pem)['items'][0]['serial']}",
    ]
    assert "  Valid         2026-10-22 12:00 to 2027-11-21 12:00, 365 days left" in lines
    assert "[2] Private key  1.pem, block 2 (PEM)" in lines
    assert "  Names         DNS:leaf.example" in lines
    assert "  Issuer        itself" in lines
    assert "\n".join(lines[lines.index("Chain") :]) == (
        "Chain\n"
        "CN=Root,O=Example [3]\n"
        "self-signed, 365 days left\n"
        "└── CN=Upper,O=Example [1]\n"
        "    signature verified, 365 days left\n"
        "    └── CN=leaf.example,O=Example [4]\n"
        "        signature verified, 365 days left\n"
        "\n"
        "Keys\n"
        "[2] private key, EC P-256, belongs to [4] CN=leaf.example,O=Example\n"
    )
    assert all(len(line) <= 80 for line in lines)
    assert desk.status == 0


def test_two_chains_one_without_its_issuer(desk: Desk) -> None:
    gone = Authority("Gone")
    out = desk.shown(chain_of([LEAF, UPPER, gone.leaf("lost.example"), gone.leaf("stray.example"), ROOT]))
    assert out.partition("Chains\n")[2] == (
        "CN=Root,O=Example [5]\n"
        "self-signed, 365 days left\n"
        "└── CN=Upper,O=Example [2]\n"
        "    signature verified, 365 days left\n"
        "    └── CN=leaf.example,O=Example [1]\n"
        "        signature verified, 365 days left\n"
        "\n"
        "CN=Gone,O=Example\n"
        "not in these files\n"
        "├── CN=lost.example,O=Example [3]\n"
        "│   365 days left\n"
        "└── CN=stray.example,O=Example [4]\n"
        "    365 days left\n"
        "\n"
    )


def test_dates_that_are_over_or_to_come(desk: Desk) -> None:
    over = self_signed("over.example", not_before=NOW - 90 * DAY, not_after=NOW - 3 * DAY)
    later = self_signed("later.example", not_before=NOW + 3 * DAY)
    no_dates = forged.forged(LEAF, UPPER.key, validity=forged.sequence())
    out = desk.shown(over.certificate_pem, later.certificate_pem, no_dates)
    assert "2026-11-18 12:00, expired 3 days ago\n" in out
    assert "2027-11-21 12:00, begins in 3 days\n" in out
    assert "  Valid         dates cannot be read\n" in out
    assert "  Fault         its dates cannot be read: its validity is not a pair of dates\n" in out


def test_links_that_do_not_hold(desk: Desk) -> None:
    out = desk.shown(chain_of([LEAF, UPPER.again()]))
    assert "BROKEN: its signature does not fit its issuer's key" in out
    stolen = Authority("Stolen", signing_key=ec_key())
    out = desk.shown(stolen.certificate_pem)
    assert "BROKEN: it names itself as its issuer, but its own key did not sign it" in " ".join(out.split())


def test_weak_signatures(desk: Desk) -> None:
    root = Authority("RSA Root", key=rsa_key())
    leaf = root.leaf("weak.example")
    weak_root = forged.forged(root, rsa_key(), signature=forged.RSA_SHA1)
    weak_leaf = forged.forged(leaf, rsa_key(), signature=forged.RSA_SHA1)
    out = desk.shown(weak_root, weak_leaf)
    assert "  Signature     SHA-1 with RSA\n" in out
    assert "  Signature     SHA-1 with RSA, which proves nothing any more\n" in out
    assert "self-signed with SHA-1 with RSA, 365 days left" in out
    assert "not proven: SHA-1 with RSA proves nothing any more, 365 days left" in out


def test_everything_that_a_certificate_may_say(desk: Desk) -> None:
    access = [
        x509.AccessDescription(x509.ObjectIdentifier(f"1.3.6.1.5.5.7.48.{kind}"), uri(f"http://{kind}.example"))
        for kind in (1, 2)
    ]
    point = x509.DistributionPoint([uri("http://crl.example")], None, None, None)
    leaf = ROOT.leaf(
        "a.example",
        alternative_names=[f"{number}.example" for number in range(14)],
        extensions=[
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
            x509.AuthorityInformationAccess(access),
            x509.CRLDistributionPoints([point]),
            x509.InhibitAnyPolicy(0),
        ],
        is_authority=False,
    )
    out = " ".join(desk.shown(leaf.certificate_pem).split())
    assert "DNS:11.example and 2 more Issuer" in out
    assert "Usage serverAuth Authority no " in out
    assert "Issuer at http://2.example OCSP at http://1.example CRL at http://crl.example" in out
    assert "Also has inhibitAnyPolicy" in out


def uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


def test_authorities_and_old_versions(desk: Desk) -> None:
    short = forged.extension("551d13", forged.sequence(b"\x01\x01\xff", forged.integer(0)))
    out = desk.shown(forged.forged(LEAF, UPPER.key, extensions=forged.extensions(short)))
    assert "  Authority     yes, 0 more below it at most\n" in out
    out = desk.shown(forged.version_1(LEAF, UPPER.key), ROOT.certificate_pem)
    assert "  Version       1\n" in out
    assert "  Authority     does not say\n" in out
    assert "  Authority     yes\n" in out


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        (forged.name(b"evil\x00.example"), "CN=evil\\00.example"),
        (forged.name("\u202egnp.exe\x1b[31m".encode()), "CN=\\E2\\80\\AEgnp.exe\\1B[31m"),
        (forged.name(b"[red]x[/red]"), "CN=[red]x[/red]"),
        (forged.name(b"x" * 60_000), "CN=" + "x" * 61),
    ],
)
def test_odd_subjects(desk: Desk, subject: bytes, line: str) -> None:
    out = desk.shown(forged.forged(LEAF, UPPER.key, subject=subject))
    assert f"  Subject       {line}\n" in out
    assert out.replace("\n", "").isprintable()
    assert len(out) < 3000


def test_requests(desk: Desk) -> None:
    out = desk.shown(request(challenge=True), LEAF.private_key_pem, LEAF.certificate_pem)
    assert "  Signature     SHA-256 with ECDSA, verified\n" in out
    assert "  Authority     yes\n" in out
    assert "  Note          it holds a challenge password, in plain text\n" in out
    assert "open sesame" not in out
    expected = "belongs to [3] CN=leaf.example,O=Example and [1] the request of CN=leaf.example,O=Example\n"
    assert " ".join(expected.split()) in " ".join(out.split())
    assert "ECDSA, BROKEN\n" in desk.shown(request().replace(b"leaf.", b"lead."))
    part, _, signature = forged.split(request())
    unknown = forged.sequence(part, forged.sequence(forged.tlv(6, b"\x2a\x03")), signature)
    assert "algorithm 1.2.3, not checked\n" in desk.shown(unknown)


def test_revocation_lists(desk: Desk) -> None:
    out = desk.shown(revocation_list(DAY, 2))
    assert "  Next update   2026-11-22 12:00\n  Revoked       2 certificates\n" in out
    assert "12:00, which is over\n  Revoked       1 certificate\n" in desk.shown(revocation_list(-DAY, 1))
    fields = forged.split(forged.split(revocation_list(DAY, 0))[0])
    without = forged.sequence(*(fields[:4]))
    out = desk.shown(forged.sequence(without, forged.ECDSA_SHA256, forged.bits(b"")))
    assert "Next update" not in out
    assert "  Revoked       0 certificates\n" in out


def test_the_rest(desk: Desk) -> None:
    out = desk.shown("no certificate", "note\n" + LEAF.certificate_pem, LEAF.private_key_with_parameters_pem)
    assert out.startswith("[1] Unreadable  1.pem\n  Why ")
    assert "  Cure          " in out
    assert "  Note          text stands before its BEGIN line\n" in out
    assert "[3] Parameters  3.pem, block 1 (PEM)\n" in out
    assert desk.status == 0
    out = desk.shown(LEAF.certificate_pem * 2)
    assert "  Same as       [1]\n" in out
    assert out.count("  Subject ") == 1
    assert "belongs to nothing in these files\n" in desk.shown(LEAF.private_key_pem)


def test_aliases_in_containers(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    alias = Piece(Kind.CERTIFICATE, Origin("a.p12", "entry", (Form.PKCS12,)), LEAF.certificate_der, label="t\u202em")
    monkeypatch.setattr("sealstone.cli.inspect.material_of", lambda _files, _passwords: (alias,))
    assert "  Alias         t\\E2\\80\\AEm\n" in desk.shown("")


def test_nothing_readable_is_status_1(desk: Desk) -> None:
    desk.shown("no certificate", "neither")
    assert desk.status == 1


# --- for a script ---


def test_the_document(desk: Desk) -> None:
    document = desk.document(LEAF.certificate_pem + LEAF.private_key_pem, UPPER.certificate_pem, request())
    assert list(document) == ["files", "items", "chains", "pairs", "not_linked"]
    assert document["files"] == ["1.pem", "2.pem", "3.pem"]
    leaf, key, upper, asked = document["items"]
    assert {name: leaf[name] for name in ("number", "kind", "file", "place", "forms", "same_as")} == {
        "number": 1,
        "kind": "certificate",
        "file": "1.pem",
        "place": "block 1",
        "forms": ["PEM"],
        "same_as": None,
    }
    assert (leaf["not_before"], leaf["not_after"]) == ("2026-10-22T12:00:00Z", "2027-11-21T12:00:00Z")
    assert (leaf["days_left"], leaf["validity"], leaf["self_issued"]) == (365, "valid", False)
    assert leaf["public_key_fingerprint"] == key["public_key_fingerprint"] == asked["public_key_fingerprint"]
    assert (asked["kind"], asked["signature_holds"]) == ("certificate request", True)
    assert upper["authority"] is True
    assert document["chains"] == [
        {
            "certificates": [1, 3],
            "links": [{"state": "verified", "reason": ""}],
            "root": False,
            "missing_issuer": "CN=Root,O=Example",
        }
    ]
    assert document["pairs"] == [{"key": 2, "certificates": [1], "requests": [4]}]


def test_every_key_is_documented(desk: Desk) -> None:
    document = desk.document(
        LEAF.certificate_pem, LEAF.private_key_pem, request(), revocation_list(DAY, 1), "nothing", EC_PARAMETERS_PEM
    )

    def names(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value).union(*map(names, value.values()))
        return set().union(*map(names, value)) if isinstance(value, list) else set()

    assert inspect_document.__doc__
    assert not [name for name in names(document) if f"`{name}`" not in inspect_document.__doc__]
    assert all(name == name.lower() and name.isidentifier() for name in names(document))


def test_no_key_is_in_the_document(desk: Desk) -> None:
    out = desk.shown(LEAF.private_key_pem, options=("--json",))
    assert not any(line in out for line in LEAF.private_key_pem.splitlines()[1:-1])


def test_odd_values_in_the_document(desk: Desk) -> None:
    no_dates = forged.forged(LEAF, UPPER.key, validity=forged.sequence(), serial=forged.integer(2**80_000))
    item = desk.document(no_dates)["items"][0]
    assert (item["not_before"], item["not_after"], item["days_left"], item["validity"]) == (None, None, None, "unknown")
    assert item["serial"].endswith("…")
    assert len(item["faults"]) == 2
    listed = desk.document(revocation_list(DAY, 3))["items"][0]
    assert (listed["revoked"], listed["next_update"]) == (3, "2026-11-22T12:00:00Z")
    unread = desk.document("nothing")["items"][0]
    assert unread["cause"]
    assert unread["cure"]
    assert desk.status == 1


def test_the_chain_of_a_broken_link(desk: Desk) -> None:
    (chain,) = desk.document(chain_of([LEAF, UPPER.again(), ROOT]))["chains"][:1]
    assert chain["links"][0]["state"] == "broken"
    assert chain["links"][0]["reason"]


def test_a_key_without_a_public_half_belongs_to_nobody_known(desk: Desk) -> None:
    told = " ".join(desk.shown(ON_SECT163K1, LEAF.certificate_pem).split())
    assert "what it belongs to is not known" in told
    assert "belongs to nothing" not in told

"""Authorities: what they make, what they refuse, and that strict verifiers take it."""

import os
import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store
from tests import pki
from tests.pki import NOW

from sealstone.model.secret import Secret
from sealstone.x509 import writing
from sealstone.x509.making import authority, certificates, constraints, keys, names
from sealstone.x509.making.authority import Authority, Issued
from sealstone.x509.making.certificates import Period, Usage
from sealstone.x509.making.problems import IssuerRefused, OutlivesIssuer, UnusableKey

HOST = "build.example.com"


Kind = TypeVar("Kind", bound=x509.ExtensionType)


class House:
    """A root, the authorities below it, and what they issue."""

    def __init__(self, kind: str = "p256", at: datetime = NOW, **options: Any) -> None:
        self.at, self.key = at, keys.new(kind)
        self.made = authority.root(names.authority("CN=Root,O=Example"), self.key, at=at, random=os.urandom, **options)

    @property
    def opened(self) -> Authority:
        return authority.opened((self.made.certificate, *self.made.above), self.key)

    def below(self, kind: str = "p256", **options: Any) -> "House":
        under = House.__new__(House)
        under.at, under.key = self.at, keys.new(kind)
        chosen: Any = {"at": self.at, "random": os.urandom} | options
        under.made = authority.intermediate(self.opened, names.authority("CN=Below"), under.key, **chosen)
        return under

    def issue(self, *hosts: str, key: Secret | None = None, **options: Any) -> Issued:
        public_key = keys.loaded(key or keys.new("p256")).public_key()
        chosen: Any = {"at": self.at, "random": os.urandom} | options
        return authority.issue(self.opened, names.server("", hosts or [HOST]), public_key, **chosen)


def loaded(data: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(data)


def value_of(data: bytes, kind: type[Kind]) -> x509.Extension[Kind]:
    return loaded(data).extensions.get_extension_for_class(kind)


# --- what is made ---


def test_a_root_is_an_authority_that_signed_itself() -> None:
    made = House().made
    root = loaded(made.certificate)
    root.verify_directly_issued_by(root)
    basic, usage = value_of(made.certificate, x509.BasicConstraints), value_of(made.certificate, x509.KeyUsage)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, None)
    assert (usage.critical, usage.value.key_cert_sign, usage.value.crl_sign) == (True, True, True)
    assert not usage.value.digital_signature
    assert made.period == Period.of(NOW, 3650)
    assert made.chain(with_root=True) == ()


def test_one_below_another_issues_no_authorities_by_itself() -> None:
    root = House()
    made = root.below().made
    assert value_of(made.certificate, x509.BasicConstraints).value.path_length == 0
    assert made.period == Period.of(NOW, 1825)
    assert made.above == (root.made.certificate,)
    assert loaded(made.certificate).issuer == loaded(root.made.certificate).subject


def test_what_is_issued_names_its_issuer_by_key_too() -> None:
    root = House()
    made = root.below().issue()
    above = value_of(made.above[0], x509.SubjectKeyIdentifier).value
    assert value_of(made.certificate, x509.AuthorityKeyIdentifier).value.key_identifier == above.digest
    loaded(made.certificate).verify_directly_issued_by(loaded(made.above[0]))


def test_the_chain_leaves_the_root_out_unless_it_issued_itself() -> None:
    root = House()
    made = root.below(path_length=0).issue()
    assert made.chain(with_root=False) == made.above[:1]
    assert made.chain(with_root=True) == made.above
    assert len(made.above) == 2
    direct = root.issue()
    assert direct.chain(with_root=False) == (root.made.certificate,)


def test_a_chain_without_its_root_is_sent_whole() -> None:
    under = House().below(path_length=1)
    cut = authority.opened((under.made.certificate,), under.key)
    lower = names.authority("CN=Lower")
    made = authority.intermediate(cut, lower, keys.new("p256"), at=NOW, random=os.urandom)
    assert not made.has_root
    assert made.chain(with_root=False) == (under.made.certificate,)


def test_an_authority_without_key_identifier_is_named_by_its_key() -> None:
    old = pki.Authority("Old Root")  # has none
    made = authority.issue(
        authority.opened((old.certificate_der,), Secret(old.private_key_der)),
        names.server("", [HOST]),
        keys.loaded(keys.new("p256")).public_key(),
        at=NOW,
        random=os.urandom,
    )
    expected = x509.SubjectKeyIdentifier.from_public_key(old.key.public_key()).digest
    assert value_of(made.certificate, x509.AuthorityKeyIdentifier).value.key_identifier == expected


def test_a_client_s_certificate_is_for_clients() -> None:
    made = House().issue(usages=(Usage.CLIENT,))
    assert list(value_of(made.certificate, x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]


# --- strict verifiers ---


@pytest.mark.parametrize("kind", ["rsa:2048", "p256", "p384"])
def test_the_verifier_of_the_web_takes_it(kind: str) -> None:
    """`cryptography`'s verifier keeps to the Baseline Requirements; it knows no P-521."""
    root = House(kind, names=constraints.read(["DNS:example.com"], ["DNS:secret.example.com"]))
    made = root.below(kind).issue("*.a.example.com", key=keys.new(kind))
    verifier = PolicyBuilder().store(Store([loaded(root.made.certificate)])).time(NOW).build_server_verifier
    chain = [loaded(each) for each in made.chain(with_root=False)]
    assert len(verifier(x509.DNSName("b.a.example.com")).verify(loaded(made.certificate), chain)) == 3


@pytest.mark.parametrize("kind", ["rsa:2048", "p256", "p521"])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_strict_client_shakes_hands(tmp_path: Path, kind: str, depth: int) -> None:
    """Flags as Python 3.13 sets them by default."""
    house = House(kind, at=datetime.now(NOW.tzinfo))  # noqa: TID251  (OpenSSL looks at the clock)
    top = house.made.certificate
    for length in range(depth, 0, -1):
        house = house.below(kind, path_length=length - 1)
    key = keys.new(kind)
    made = house.issue("localhost", key=key)
    shake_hands(tmp_path, (made.certificate, *made.chain(with_root=False)), key, top)


def shake_hands(folder: Path, chain: Sequence[bytes], key: Secret, trusted: bytes) -> None:
    (folder / "chain.pem").write_text(writing.certificates_pem(chain))
    (folder / "key.pem").write_bytes(writing.private_key_pem(key).reveal())
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    asking = ssl.create_default_context(cadata=trusted)
    asking.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(down, up, server_hostname="localhost")
    server = serving.wrap_bio(up, down, server_side=True)
    for end in (client, server, client, server):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert client.version() == "TLSv1.3"
    assert client.getpeercert()


def test_a_certificate_that_signed_itself_is_taken_by_who_trusts_it(tmp_path: Path) -> None:
    key = keys.new("p256")
    holder = names.server("", ["localhost"])
    made = self_signed_now(holder, key)
    shake_hands(tmp_path, [made], key, made)


def self_signed_now(holder: names.Subject, key: Secret) -> bytes:
    now = datetime.now(NOW.tzinfo)  # noqa: TID251  (OpenSSL looks at the clock)
    return certificates.self_signed(holder, key, at=now, usages=(Usage.SERVER,), random=os.urandom)


# --- what is refused ---


@pytest.mark.parametrize(
    ("limit", "asked", "told"),
    [(0, 0, "no authorities below it"), (1, 1, "a path length of 0 at most"), (2, 5, "a path length of 1 at most")],
)
def test_a_path_length_is_kept(limit: int, asked: int, told: str) -> None:
    with pytest.raises(IssuerRefused, match=told):
        House(path_length=limit).below(path_length=asked)


def test_a_path_length_is_kept_from_the_root_down() -> None:
    root = House(path_length=2)
    assert root.opened.authorities_below == 2
    under = root.below(path_length=1)
    assert under.opened.authorities_below == 1
    assert under.below().opened.authorities_below == 0
    assert House().opened.authorities_below is None
    assert House().below(path_length=3).opened.authorities_below == 3


def test_an_authority_above_that_allows_less_counts() -> None:
    """Another tool made the lower one with more than it can have."""
    narrow = x509.BasicConstraints(ca=True, path_length=0)
    root = pki.Authority("Root", extensions=[narrow], is_authority=None)
    lower = root.authority("Lower", extensions=[x509.BasicConstraints(ca=True, path_length=5)], is_authority=None)
    found = authority.opened((lower.certificate_der, root.certificate_der), Secret(lower.private_key_der))
    assert found.authorities_below == 0


@pytest.mark.parametrize("where", ["root", "below"])
def test_constraints_hold_wherever_they_are(where: str) -> None:
    limits = constraints.read(["DNS:example.com"], [])
    root = House(names=limits if where == "root" else None)
    under = root.below(names=limits if where == "below" else None)
    assert under.issue("a.example.com").above
    with pytest.raises(IssuerRefused, match=r"DNS:a.example.org is not among the names"):
        under.issue("a.example.org")
    assert value_of((root if where == "root" else under).made.certificate, x509.NameConstraints).critical


def test_nothing_outlives_its_issuer() -> None:
    root = House(days=100)
    assert root.issue(days=100).period.not_after == root.made.period.not_after
    with pytest.raises(OutlivesIssuer, match=r"until 2027-03-01; ask for 100 days at most, or") as refused:
        root.issue(days=101)
    assert refused.value.limit == root.made.period.not_after


def test_without_a_number_it_is_as_long_as_can_be() -> None:
    root = House(days=100)
    assert root.issue().period == root.made.period
    assert root.below().made.period == root.made.period


def test_the_first_to_expire_above_counts() -> None:
    root = pki.Authority("Root", not_after=NOW + timedelta(days=10))
    lower = root.authority("Lower", not_after=NOW + timedelta(days=300))
    found = authority.opened((lower.certificate_der, root.certificate_der), Secret(lower.private_key_der))
    public_key = keys.loaded(keys.new("p256")).public_key()
    with pytest.raises(OutlivesIssuer, match="ask for 10 days at most"):
        authority.issue(found, names.server("", [HOST]), public_key, at=NOW, days=20, random=os.urandom)


def test_an_authority_with_no_day_left_says_so() -> None:
    with pytest.raises(OutlivesIssuer, match="; leave the number of days out"):
        House(days=1).issue(at=NOW + timedelta(hours=22), days=1)


def test_nothing_begins_before_its_issuer() -> None:
    root = House()
    made = root.issue(at=NOW - timedelta(minutes=30))
    assert made.period.not_before == root.made.period.not_before


@pytest.mark.parametrize("days", [-1, 4000])
def test_an_authority_that_is_not_valid_issues_nothing(days: int) -> None:
    with pytest.raises(IssuerRefused, match="valid from 2026-11-21 until 2036-11-18 only, which is not now"):
        House().issue(at=NOW + timedelta(days=days))


NO_SIGNING = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@pytest.mark.parametrize(
    "issued",
    [pki.self_signed(), pki.self_signed(is_authority=False), pki.Authority("Root", extensions=[NO_SIGNING])],
    ids=["unmarked", "marked-as-none", "may-not-sign"],
)
def test_only_authorities_are_opened(issued: pki.Issued) -> None:
    with pytest.raises(IssuerRefused, match="no authority's"):
        authority.opened((issued.certificate_der,), Secret(issued.private_key_der))


def test_what_does_not_belong_together_is_not_opened() -> None:
    root, other = House(), House()
    with pytest.raises(IssuerRefused, match="private key is not the one"):
        authority.opened((root.made.certificate,), other.key)
    under = root.below()
    with pytest.raises(IssuerRefused, match="do not follow one from the other"):
        authority.opened((under.made.certificate, other.made.certificate), under.key)
    with pytest.raises(IssuerRefused, match="cannot be read"):
        authority.opened((b"0",), root.key)
    with pytest.raises(IssuerRefused, match="there are 0 certificates"):
        authority.opened((), root.key)
    with pytest.raises(UnusableKey, match="damaged"):
        authority.opened((root.made.certificate,), Secret(b"0"))
    assert root.opened.key.public_key() == loaded(root.made.certificate).public_key()


def test_nothing_secret_is_shown() -> None:
    root = House()
    assert root.key.reveal().hex() not in repr(root.opened) + repr(root.issue())
    assert "RSAPrivateKey" not in repr(root.opened)
    assert loaded(root.made.certificate).public_bytes(Encoding.DER) == root.made.certificate

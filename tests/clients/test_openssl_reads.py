"""What `x509.making` makes, judged by the real `openssl` and `keytool`: keys, requests, chains, and their limits.

Both ways: what we issue OpenSSL verifies strictly, and what we refuse to issue OpenSSL would refuse to verify. How
files are written is judged in test_openssl_judges.py, the commands in test_openssl_twins.py.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from unittest.mock import patch

import pytest
from cryptography import x509
from tests.corpus.judges import KEYTOOL, OPENSSL, openssl, run

from sealstone.model.secret import Secret
from sealstone.server.clock import system_clock
from sealstone.x509 import writing
from sealstone.x509.making import authority, certificates, constraints, keys, names, requests
from sealstone.x509.making.authority import Authority, Issued
from sealstone.x509.making.certificates import Usage
from sealstone.x509.making.names import Subject
from sealstone.x509.making.problems import IssuerRefused

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl is not on the PATH")
in_java = pytest.mark.skipif(KEYTOOL is None, reason="keytool is not on the PATH")

HOST: Final = "build.example.com"
PASSWORD: Final = "correct_horse"
NOW: Final = system_clock()  # OpenSSL looks at the clock
EVERY_NAME: Final = (HOST, "*.example.com", "10.0.0.1", "2001:db8::1", "https://example.com/a", "admin@example.com")


@dataclass(frozen=True)
class House:
    """An authority with its certificate and those above it."""

    made: Issued
    key: Secret

    @classmethod
    def root(
        cls, kind: str = "p256", path_length: int | None = None, limits: x509.NameConstraints | None = None
    ) -> "House":
        key = keys.new(kind)
        subject = names.authority("CN=Root,O=Example")
        made = authority.root(subject, key, at=NOW, path_length=path_length, names=limits, random=os.urandom)
        return cls(made, key)

    @property
    def opened(self) -> Authority:
        return authority.opened((self.made.certificate, *self.made.above), self.key)

    def below(self, kind: str = "p256", *, path_length: int = 0, limits: x509.NameConstraints | None = None) -> "House":
        key = keys.new(kind)
        subject = names.authority(f"/O=Example/CN=Authority {len(self.made.above) + 1}")
        made = authority.intermediate(
            self.opened, subject, key, at=NOW, path_length=path_length, names=limits, random=os.urandom
        )
        return House(made, key)

    def issue(self, subject: Subject, kind: str = "p256", usages: Sequence[Usage] = (Usage.SERVER,)) -> Issued:
        public_key = keys.loaded(keys.new(kind)).public_key()
        return authority.issue(self.opened, subject, public_key, at=NOW, usages=usages, random=os.urandom)


def verdict(folder: Path, issued: Issued, *options: str) -> str:
    """What `openssl verify -x509_strict` says, with the last of those above as the only one trusted."""
    for name, ders in (("leaf", [issued.certificate]), ("between", issued.above[:-1]), ("root", issued.above[-1:])):
        (folder / f"{name}.pem").write_text(writing.certificates_pem(ders))
    between = ("-untrusted", "between.pem") if len(issued.above) > 1 else ()
    line = ("-no-CApath", "-no-CAstore", "-x509_strict", "-CAfile", "root.pem", *between, *options, "leaf.pem")
    script = 'openssl verify "$@" 2>&1 || true'
    return run("sh", "-c", script, "verify", *line, cwd=folder).decode()


# --- keys and requests ---


@pytest.mark.parametrize("kind", keys.KINDS)
def test_keys(kind: str) -> None:
    key = keys.new(kind)
    plain = writing.private_key_pem(key).reveal()
    assert b"Key is valid" in openssl("pkey -check -noout", plain)
    locked = writing.encrypted_key_pem(key, Secret(PASSWORD.encode()), os.urandom).reveal()
    assert openssl(f"pkey -passin pass:{PASSWORD}", locked) == plain


@pytest.mark.parametrize("kind", keys.KINDS)
def test_requests(kind: str) -> None:
    made = requests.new(names.server("CN=build.example.com,O=Bücher,C=DE", EVERY_NAME), keys.new(kind))
    text = openssl("req -inform DER -verify -noout -text -nameopt utf8,sep_comma_plus,dn_rev", made).decode()
    assert "verify OK" in text
    assert "Subject: CN=build.example.com,O=Bücher,C=DE" in text
    assert "DNS:build.example.com, DNS:*.example.com, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1" in text
    assert "URI:https://example.com/a, email:admin@example.com" in text


@in_java
def test_requests_and_certificates_in_java(tmp_path: Path) -> None:
    subject = names.server("", EVERY_NAME)
    (tmp_path / "csr").write_text(writing.pem(writing.REQUEST, requests.new(subject, keys.new("rsa:2048"))))
    assert b"build.example.com" in run("keytool", "-printcertreq", "-v", "-file", tmp_path / "csr")
    issued = (
        House.root().below(limits=constraints.read(["DNS:example.com", "IP:::/0", "IP:0.0.0.0/0"], [])).issue(subject)
    )
    (tmp_path / "pem").write_text(writing.certificates_pem([issued.certificate, *issued.above]))
    printed = run("keytool", "-printcert", "-v", "-file", tmp_path / "pem").decode()
    assert printed.count("Owner:") == 3
    assert "NameConstraints" in printed
    assert "IPAddress: 10.0.0.1" in printed


# --- chains ---


@pytest.mark.parametrize("kind", keys.KINDS)
def test_chains_of_every_kind_of_key(kind: str, tmp_path: Path) -> None:
    issued = House.root(kind).below(kind).issue(names.server("", EVERY_NAME), kind)
    for wanted in (f"-verify_hostname {HOST}", "-verify_hostname a.example.com", "-verify_ip 2001:db8::1"):
        assert verdict(tmp_path, issued, "-purpose", "sslserver", *wanted.split()) == "leaf.pem: OK\n"
    assert "hostname mismatch" in verdict(tmp_path, issued, "-verify_hostname", "a.b.example.com")
    assert "unsuitable certificate purpose" in verdict(tmp_path, issued, "-purpose", "sslclient")


def test_kinds_of_keys_mix(tmp_path: Path) -> None:
    issued = (
        House.root("p521").below("rsa:3072", path_length=1).below("p384").issue(names.server("", [HOST]), "rsa:2048")
    )
    assert len(issued.above) == 3
    assert verdict(tmp_path, issued, "-purpose", "sslserver") == "leaf.pem: OK\n"


def test_clients_too(tmp_path: Path) -> None:
    issued = House.root().issue(names.server("CN=Build Agent 1", ["agent@example.com"]), usages=(Usage.CLIENT,))
    assert verdict(tmp_path, issued, "-purpose", "sslclient", "-verify_email", "agent@example.com") == "leaf.pem: OK\n"
    assert "unsuitable certificate purpose" in verdict(tmp_path, issued, "-purpose", "sslserver")


def test_names_without_a_subject(tmp_path: Path) -> None:
    """RFC 5280 4.1.2.6: the names must be critical then, which -x509_strict looks at."""
    long = "a." * 40 + "example.com"
    issued = House.root().below().issue(names.server("", [long]))
    assert verdict(tmp_path, issued, "-verify_hostname", long) == "leaf.pem: OK\n"


@pytest.mark.parametrize("kind", keys.KINDS)
def test_self_signed(kind: str, tmp_path: Path) -> None:
    random = os.urandom
    made = certificates.self_signed(
        names.server("", EVERY_NAME), keys.new(kind), at=NOW, usages=(Usage.SERVER,), random=random
    )
    (tmp_path / "alone.pem").write_text(writing.certificates_pem([made]))
    line = f"verify -x509_strict -purpose sslserver -CAfile alone.pem -verify_hostname {HOST} alone.pem"
    assert openssl(line, cwd=tmp_path) == b"alone.pem: OK\n"
    # Whoever trusts it trusts nothing that it might sign.
    assert b"CA:FALSE" in openssl("x509 -in alone.pem -noout -text", cwd=tmp_path)


def test_dates(tmp_path: Path) -> None:
    """Valid from its first second to its last. That one belongs to it (RFC 5280 4.1.2.5), but not for OpenSSL."""
    issued = House.root().issue(names.server("", [HOST]))
    second = timedelta(seconds=1)
    first, last = issued.period.not_before, issued.period.not_after
    for moment, said in (
        (first, ": OK"),
        (last - second, ": OK"),
        (first - second, "not yet valid"),
        (last + second, "has expired"),
    ):
        assert said in verdict(tmp_path, issued, "-attime", str(int(moment.timestamp())))


# --- limits: what we refuse, OpenSSL refuses ---

LIMITS: Final = {
    "hosts": (
        ["DNS:example.com"],
        ["DNS:secret.example.com"],
        ["example.com", "a.b.EXAMPLE.com", "*.a.example.com"],
        ["example.org", "badexample.com", "secret.example.com", "x.secret.example.com", "10.0.0.1", "2001:db8::1"],
    ),
    "addresses": (
        ["IP:10.0.0.0/8", "IP:2001:db8::/32"],
        ["IP:10.66.0.0/16"],
        ["10.0.0.1", "2001:db8::1"],
        ["11.0.0.1", "10.66.0.1", "2001:db9::1", "a.example.com"],
    ),
    "mail": (
        ["email:example.com", "email:.example.org", "email:one@example.net"],
        [],
        ["a@example.com", "a@b.example.org", "one@example.net"],
        ["a@b.example.com", "a@example.org", "two@example.net"],
    ),
    "uri": (
        ["URI:example.com", "URI:.example.org"],
        [],
        ["https://example.com/a", "https://a.example.org/"],
        ["https://a.example.com/", "https://example.org/"],
    ),
    "excluded": ([], ["DNS:bad.example"], ["good.example", "10.0.0.1"], ["bad.example", "a.bad.example"]),
}


@pytest.mark.parametrize("kind", LIMITS)
def test_name_constraints(kind: str, tmp_path: Path) -> None:
    permit, exclude, allowed, refused = LIMITS[kind]
    under = House.root().below(limits=constraints.read(permit, exclude))
    for name in allowed:
        assert verdict(tmp_path, under.issue(names.server("O=Example", [name]))) == "leaf.pem: OK\n", name
    for name in refused:
        subject = names.server("O=Example", [name])
        with pytest.raises(IssuerRefused):
            under.issue(subject)
        with patch.object(constraints, "check"):
            issued = under.issue(subject)
        assert "subtree violation" in verdict(tmp_path, issued), name


def test_common_names_under_name_constraints(tmp_path: Path) -> None:
    """OpenSSL takes a common name for a host's when there is no other: we refuse what it would."""
    under = House.root().below(limits=constraints.read(["IP:10.0.0.0/8"], []))
    for subject, taken in (("CN=10.0.0.1", False), ("CN=Build 1.0 of Example", True), ("O=Example", True)):
        holder = names.server(subject, ["10.0.0.1"])
        with patch.object(constraints, "check"):
            issued = under.issue(holder)
        assert ("leaf.pem: OK" in verdict(tmp_path, issued)) is taken
        if taken:
            assert under.issue(holder).above
        else:
            with pytest.raises(IssuerRefused):
                under.issue(holder)


@pytest.mark.parametrize("limit", [0, 1])
def test_path_lengths(limit: int, tmp_path: Path) -> None:
    house = House.root(path_length=limit)
    for length in range(limit - 1, -1, -1):
        house = house.below(path_length=length)
    assert verdict(tmp_path, house.issue(names.server("", [HOST]))) == "leaf.pem: OK\n"
    with pytest.raises(IssuerRefused, match="path length"):
        house.below()
    with patch.object(Authority, "authorities_below", None):
        longer = house.below()
    assert "path length constraint exceeded" in verdict(tmp_path, longer.issue(names.server("", [HOST])))

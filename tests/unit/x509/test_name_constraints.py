"""Name constraints of every kind, and that `openssl verify` says the same of each of them."""

import shutil
import subprocess
from base64 import b64decode
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from tests import forged
from tests.forged import octets, sequence, tlv
from tests.pki import NOW, Authority, Issued, chain_of, named

from sealstone.x509 import name_constraints
from sealstone.x509.description import CertificateDescription
from sealstone.x509.name_constraints import Violated
from sealstone.x509.served_path import described

ROOT = Authority("Root")
HOST: Final = "build.example.com"
CONSTRAINTS: Final = x509.ObjectIdentifier("2.5.29.30")


def directory(**parts: str) -> x509.DirectoryName:
    kinds = {"C": NameOID.COUNTRY_NAME, "O": NameOID.ORGANIZATION_NAME, "CN": NameOID.COMMON_NAME}
    return x509.DirectoryName(x509.Name([x509.NameAttribute(kinds[kind], text) for kind, text in parts.items()]))


def limited(
    permitted: Sequence[x509.GeneralName] | None = None,
    excluded: Sequence[x509.GeneralName] | None = None,
    name: str = "Intermediate",
) -> Authority:
    return ROOT.authority(name, extensions=[x509.NameConstraints(permitted, excluded)])


def descriptions(*path: Issued) -> list[CertificateDescription]:
    found = [described(one.certificate_der, at) for at, one in enumerate(path)]
    return [one for one in found if one]


def violation(*path: Issued) -> str:
    """Empty when all names are allowed."""
    try:
        name_constraints.check(descriptions(*path))
    except Violated as violated:
        return f"{violated.at}: {violated}"
    return ""


def openssl_takes(folder: Path, leaf: Issued, *path: Issued) -> bool:
    """At the time of the tests, with names and chain as here."""
    files = {"root.pem": chain_of([path[-1]]), "chain.pem": chain_of(path[:-1]), "leaf.pem": leaf.certificate_pem}
    for name, text in files.items():
        (folder / name).write_text(text)
    at = ("-attime", str(int(NOW.timestamp())))
    given = ("-CAfile", "root.pem", "-untrusted", "chain.pem", "leaf.pem")
    command = ("openssl", "verify", *at, *given)
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 0


DNS, MAIL, URI = x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier
EXAMPLE = directory(O="Example")
MAILBOX = x509.Name([x509.NameAttribute(NameOID.EMAIL_ADDRESS, "Admin@Mail.example.com")])
SEVERAL = x509.Name(
    [x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example")]
)


def network(text: str) -> x509.IPAddress:
    return x509.IPAddress(ip_network(text))


CASES: list[tuple[str, list[x509.GeneralName], list[x509.GeneralName], dict[str, Any], bool]] = [
    # what, permitted, excluded, the leaf, whether it is allowed
    ("directory", [EXAMPLE], [], {}, True),
    ("directory, other case and blanks", [directory(O="  eXAMPLE ")], [], {}, True),
    ("directory, whole name", [directory(O="Example", CN=HOST)], [], {}, True),
    ("directory, longer than the name", [directory(O="Example", CN=HOST, C="DE")], [], {}, False),
    ("directory, other", [directory(O="Other")], [], {}, False),
    ("directory, one of two", [directory(O="Other"), EXAMPLE], [], {}, True),
    ("directory, not at the front", [directory(CN=HOST)], [], {}, False),
    ("directory, front of several", [directory(C="DE")], [], {"subject": SEVERAL}, True),
    ("directory, order matters", [directory(O="Example", C="DE")], [], {"subject": SEVERAL}, False),
    ("directory, the empty name", [x509.DirectoryName(x509.Name([]))], [], {}, True),
    ("directory, excluded", [], [EXAMPLE], {}, False),
    ("directory, other excluded", [], [directory(O="Other")], {}, True),
    ("directory, excluded below permitted", [EXAMPLE], [directory(O="Example", CN=HOST)], {}, False),
    ("host", [DNS("example.com")], [], {}, True),
    ("host, case", [DNS("EXAMPLE.com")], [], {}, True),
    ("host, dot in front", [DNS(".example.com")], [], {}, True),
    ("host, the domain itself below a dot", [DNS(f".{HOST}")], [], {}, False),
    ("host, any", [DNS("")], [], {}, True),
    ("host, other", [DNS("other.org")], [], {}, False),
    ("host, only an ending", [DNS("ample.com")], [], {}, False),
    ("host, excluded", [], [DNS("example.com")], {}, False),
    ("host, all excluded", [], [DNS("")], {}, False),
    ("host, other kinds permitted", [MAIL("example.com")], [], {}, True),
    ("address", [network("10.0.0.0/8")], [], {"alternative_names": ["10.1.2.3"]}, True),
    ("address, other", [network("10.0.0.0/8")], [], {"alternative_names": ["11.1.2.3"]}, False),
    ("address, excluded", [], [network("10.0.0.0/8")], {"alternative_names": ["10.1.2.3"]}, False),
    ("address, IPv6", [network("2001:db8::/32")], [], {"alternative_names": ["2001:db8::1"]}, True),
    ("address, of the other version", [network("10.0.0.0/8")], [], {"alternative_names": ["2001:db8::1"]}, False),
    ("common name as host", [DNS("other.org")], [], {"alternative_names": ["10.0.0.1"]}, False),
    ("common name beside a host", [DNS("other.org")], [], {"alternative_names": ["a.other.org"]}, True),
    ("common name without a dot", [DNS("other.org")], [], {"subject": named("build"), "alternative_names": []}, True),
    ("mailbox in the subject", [MAIL("mail.example.com")], [], {"subject": MAILBOX}, True),
    ("mailbox, whole", [MAIL("Admin@mail.example.com")], [], {"subject": MAILBOX}, True),
    ("mailbox, case before the @", [MAIL("admin@mail.example.com")], [], {"subject": MAILBOX}, False),
    ("mailbox, below a domain", [MAIL(".example.com")], [], {"subject": MAILBOX}, True),
    ("mailbox, the domain is not its hosts", [MAIL("example.com")], [], {"subject": MAILBOX}, False),
    ("mailbox, excluded", [], [MAIL("mail.example.com")], {"subject": MAILBOX}, False),
]


def with_names(*names: x509.GeneralName) -> dict[str, Any]:
    return {"alternative_names": [], "extensions": [x509.SubjectAlternativeName(names)]}


def utf8(mailbox: str) -> x509.OtherName:
    """A SmtpUTF8Mailbox (RFC 9598)."""
    text = mailbox.encode()
    return x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9"), tlv(0x0C, text))


CASES += [
    ("mailbox among the names", [MAIL("mail.example.com")], [], with_names(MAIL("a@mail.example.com")), True),
    ("mailbox without an @", [MAIL("mail.example.com")], [], with_names(MAIL("mail.example.com")), False),
    ("URI", [URI("a.example.com")], [], with_names(URI("https://A.example.com:8443/path")), True),
    ("URI, below a dot", [URI(".example.com")], [], with_names(URI("https://a.example.com/")), True),
    ("URI, the domain itself", [URI(".example.com")], [], with_names(URI("https://example.com/")), False),
    ("URI, other", [URI("a.example.com")], [], with_names(URI("https://b.example.com")), False),
    ("URI, excluded", [], [URI("a.example.com")], with_names(URI("https://a.example.com")), False),
    ("URI without a host, permitted", [URI("a.example.com")], [], with_names(URI("urn:example:a")), False),
    ("URI without a host, excluded", [], [URI("a.example.com")], with_names(URI("urn:example:a")), False),
    ("URI without constraints", [EXAMPLE], [], with_names(URI("urn:example:a")), True),
    ("directory among the names", [EXAMPLE], [], with_names(directory(O="Example", CN="a")), True),
    ("directory among the names, other", [EXAMPLE], [], with_names(directory(O="Other", CN="a")), False),
    (
        "a kind that nobody compares",
        [x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))],
        [],
        with_names(x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))),
        False,
    ),
    ("a kind that is not there", [x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))], [], {}, True),
    ("mailbox in UTF-8, permitted", [MAIL("mail.example.com")], [], with_names(utf8("ä@mail.example.com")), True),
    ("mailbox in UTF-8, other", [MAIL("mail.example.com")], [], with_names(utf8("ä@evil.example")), False),
    ("mailbox in UTF-8, excluded", [], [MAIL("evil.example")], with_names(utf8("ä@evil.example")), False),
    ("mailbox in UTF-8, of another host", [], [MAIL("evil.example")], with_names(utf8("ä@mail.example.com")), True),
    (
        "other names of another kind",
        [x509.OtherName(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")],
        [],
        with_names(x509.OtherName(x509.ObjectIdentifier("1.2.3.5"), b"\x05\x00")),
        True,
    ),
    (
        "other names of one kind",
        [x509.OtherName(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")],
        [],
        with_names(x509.OtherName(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")),
        False,
    ),
]


@pytest.mark.parametrize(("what", "permitted", "excluded", "leaf", "allowed"), CASES, ids=[case[0] for case in CASES])
def test_each_kind_as_openssl_has_it(
    tmp_path: Path,
    what: str,
    permitted: list[x509.GeneralName],
    excluded: list[x509.GeneralName],
    leaf: dict[str, Any],
    allowed: bool,
) -> None:
    issuer = limited(permitted or None, excluded or None)
    issued = issuer.leaf(HOST, **leaf)
    found = violation(issued, issuer, ROOT)
    assert (found == "") is allowed, (what, found)
    assert openssl_takes(tmp_path, issued, issuer, ROOT) is allowed, what


def test_openssl_is_there() -> None:
    assert shutil.which("openssl")


def test_all_authorities_above_count_and_all_certificates_below(tmp_path: Path) -> None:
    upper = limited([EXAMPLE], name="Upper")
    for subject, allowed in ((named("Lower"), True), (named("Lower", organization="Other"), False)):
        lower = upper.authority("Lower", subject=subject)
        leaf = lower.leaf(HOST)
        path = (leaf, lower, upper, ROOT)
        assert (violation(*path) == "") is allowed
        assert allowed or violation(*path).startswith("1: CN=Lower,O=Other is not among what CN=Upper")
        assert openssl_takes(tmp_path, *path) is allowed


def test_a_trusted_authority_is_no_exception(tmp_path: Path) -> None:
    root = Authority("Own Root", extensions=[x509.NameConstraints([DNS("other.org")], None)])
    leaf = root.leaf(HOST)
    assert violation(leaf, root) == f"0: DNS:{HOST} is not among what CN=Own Root,O=Example may issue for"
    assert not openssl_takes(tmp_path, leaf, root)


def test_who_names_itself_is_free_but_for_the_last() -> None:
    """RFC 5280 6.1.3 (b): an authority that rolls its key over."""
    upper = limited(None, [directory(O="Example", CN="Upper")], name="Upper")
    again = Authority("Upper", signed_by=upper)
    assert violation(again.leaf(HOST), again, upper) == ""
    assert violation(again, upper) == "0: CN=Upper,O=Example is excluded from what CN=Upper,O=Example may issue for"


def test_a_wildcard_stands_for_an_excluded_host() -> None:
    """CVE-2025-61727; OpenSSL does not look so closely."""
    issuer = limited(None, [DNS("a.example.com")])
    assert "DNS:*.example.com is excluded" in violation(issuer.leaf("*.example.com"), issuer)
    assert violation(issuer.leaf("*.example.org"), issuer) == ""


@pytest.mark.parametrize("uri", ["https://10.0.0.1/", "https://[::1/", "https:///path"])
def test_uris_whose_host_has_no_name(uri: str) -> None:
    issuer = limited(None, [URI("a.example.com")])
    assert "has no host with a name" in violation(issuer.leaf(HOST, **with_names(URI(uri))), issuer)


# --- what no decent builder makes ---


def raw(value: bytes) -> Authority:
    return ROOT.authority("Intermediate", extensions=[x509.UnrecognizedExtension(CONSTRAINTS, value)])


BASE = tlv(0x82, b"example.com")


@pytest.mark.parametrize(
    ("bounds", "allowed"),
    [(b"", True), (tlv(0x80, b"\x00"), True), (tlv(0x80, b"\x01"), False), (tlv(0x81, b"\x05"), False)],
)
def test_bounds_of_subtrees(tmp_path: Path, bounds: bytes, allowed: bool) -> None:
    issuer = raw(sequence(tlv(0xA0, sequence(BASE + bounds))))
    leaf = issuer.leaf(HOST)
    assert (violation(leaf, issuer, ROOT) == "") is allowed
    assert openssl_takes(tmp_path, leaf, issuer, ROOT) is allowed


@pytest.mark.parametrize("value", [b"", octets(b""), sequence(tlv(0xA0, sequence())), sequence(tlv(0xA0, b"\x02"))])
def test_constraints_that_cannot_be_read(value: bytes) -> None:
    issuer = raw(value)
    assert "1: the name constraints of CN=Intermediate,O=Example cannot be read" in violation(issuer.leaf(HOST), issuer)


def test_names_that_cannot_be_read() -> None:
    issuer = limited([DNS("example.com")])
    names = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), octets(b""))
    leaf = issuer.leaf(HOST, alternative_names=[], extensions=[names])
    assert f"0: the names of CN={HOST},O=Example cannot be read" in violation(leaf, issuer)


def test_names_of_odd_bytes_are_shown() -> None:
    issuer = limited([EXAMPLE, network("10.0.0.0/8")])
    names = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), sequence(tlv(0x87, b"\x0a\x00\x00")))
    leaf = issuer.leaf(HOST, alternative_names=[], extensions=[names])
    assert violation(leaf, issuer).startswith("0: IP:#0a0000 cannot be held against the constraints of CN=Intermediate")
    broken = raw(sequence(tlv(0xA0, sequence(tlv(0xA4, tlv(0x30, b"\x01\x01\x00"))))))
    assert "cannot be held against the constraints of" in violation(broken.leaf(HOST), broken)


def test_an_empty_other_name() -> None:
    issuer = raw(sequence(tlv(0xA0, sequence(tlv(0xA0, b"")))))
    names = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), sequence(tlv(0xA0, b"")))
    leaf = issuer.leaf(HOST, alternative_names=[], extensions=[names])
    assert "[0]: is nothing that clients know" in violation(leaf, issuer)


def test_comparisons_are_bounded() -> None:
    """Attack X6: thousands of names under thousands of constraints."""
    issuer = limited(None, [DNS(f"{number}.example.org") for number in range(1100)])
    names = [f"{number}.example.com" for number in range(1000)]
    assert "too many names and constraints" in violation(issuer.leaf(HOST, alternative_names=names), issuer)
    assert violation(issuer.leaf(HOST, alternative_names=names[:90]), issuer) == ""


def changed(leaf: Issued, issuer: Issued, **parts: bytes) -> str:
    """What is said of the leaf with some parts changed."""
    text = forged.forged(leaf, issuer.key, **parts)
    found = described(b64decode("".join(text.splitlines()[1:-1])), 0)
    assert found
    try:
        name_constraints.check([found, *descriptions(issuer)])
    except Violated as violated:
        return str(violated)
    return ""


def test_an_empty_subject_is_no_name() -> None:
    issuer = limited([directory(O="Other")])
    assert changed(issuer.leaf(HOST), issuer) != ""
    assert changed(issuer.leaf(HOST), issuer, subject=sequence()) == ""


def test_extensions_without_form_are_left_to_other_rules() -> None:
    """The common name is within the constraints, and the alternative names are as if they were not there."""
    issuer = limited([DNS("example.com")])
    leaf = issuer.leaf(HOST, alternative_names=["other.org"])
    assert changed(leaf, issuer) != ""
    for extensions in (tlv(0xA3, b"\x30\x05"), tlv(0xA3, sequence(sequence())), b""):
        assert changed(leaf, issuer, extensions=extensions) == ""


_UNREADABLE: Final = (b"\x05\x00", sequence(b""), tlv(0x0C, b"a@\xff"), tlv(0x0C, b"a@" + b"b" * 70))


@pytest.mark.parametrize("content", _UNREADABLE)
def test_a_mailbox_that_cannot_be_read_is_refused(content: bytes) -> None:
    issuer = limited([MAIL("example.com")])
    other = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9"), content)
    assert violation(issuer.leaf(HOST, **with_names(other)), issuer, ROOT)


@pytest.mark.parametrize(("permitted", "excluded"), [(True, False), (False, True)])
@pytest.mark.parametrize("base", [b"\x0a\x00\x00\x00\xff", b"", b"\x00" * 9])
def test_a_network_of_no_length_fails_closed(tmp_path: Path, permitted: bool, excluded: bool, base: bytes) -> None:
    subtree = sequence(sequence(tlv(0x87, base)))[2:]
    value = sequence(tlv(0xA0 if permitted else 0xA1, subtree))
    issuer = ROOT.authority("Odd", extensions=[x509.UnrecognizedExtension(CONSTRAINTS, value)])
    leaf = issuer.leaf(HOST, alternative_names=["10.0.0.1"])
    assert "cannot be held against" in violation(leaf, issuer, ROOT)
    assert not openssl_takes(tmp_path, leaf, issuer, ROOT)


@pytest.mark.parametrize("rest", [b"", tlv(0xA0, b""), tlv(0xA0, tlv(0x0C, b"a@b") * 2)])
def test_a_mailbox_without_one_text_is_refused(rest: bytes) -> None:
    issuer = limited([MAIL("example.com")])
    other = tlv(0xA0, bytes.fromhex("06082b06010505070809") + rest)
    names = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), sequence(other))
    assert "cannot be read" in violation(issuer.leaf(HOST, alternative_names=[], extensions=[names]), issuer, ROOT)

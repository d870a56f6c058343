"""Certificates come, change and go without a failed handshake and without new processes."""

from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from tests.dataplane.rig import Backend, Load, certificate, client, free_port, listener, pool, presented, shaken
from tests.pki import Authority, Leaf, rsa_key

from sealstone.dataplane.certificate_files import LARGEST, certificate_file
from sealstone.dataplane.data_plane import Outcome
from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.processes import running
from sealstone.dataplane.wanted import Certificate, Wanted


def wanted(port: int, one: Backend, *certificates: Certificate, generation: int = 1) -> Wanted:
    """The first is the default, the others go by SNI."""
    first, *others = (found.certificate_id for found in certificates)
    sni = tuple(others)
    made = listener(port, protocol="HTTPS", default_certificate_id=first, sni_certificate_ids=sni)
    return Wanted(generation, (made,), (pool(one),), {found.certificate_id: found for found in certificates})


def test_a_certificate_is_swapped_under_load(plane: HAProxy, one: Backend, root: Authority, leaf: Leaf) -> None:
    port = free_port()
    assert plane.apply(wanted(port, one, certificate("c1", leaf))).reloaded
    with Load(port) as load:
        for number in range(6):
            renewed = root.leaf("a.example.com")
            outcome = plane.apply(wanted(port, one, certificate(f"c{number}", renewed)))
            assert (outcome.applied, outcome.reloaded, dict(outcome.failed)) == (True, False, {})
            assert presented(port) == renewed.certificate
            load.go_on(20)
    assert not load.failures
    assert len(load.seen) == 7


def test_names_are_added_and_removed_while_it_runs(
    plane: HAProxy, place: Path, one: Backend, root: Authority, leaf: Leaf
) -> None:
    port = free_port()
    other = root.leaf("b.example.com")
    default, added = certificate("c1", leaf), certificate("c2", other)
    plane.apply(wanted(port, one, default))
    processes = running(place)
    with Load(port) as load:
        assert not plane.apply(wanted(port, one, default, added)).reloaded
        assert presented(port, "b.example.com") == other.certificate
        assert presented(port, "nobody.example.com") == presented(port) == leaf.certificate
        load.go_on(20)
        assert not plane.apply(wanted(port, one, default)).reloaded
        assert presented(port, "b.example.com") == leaf.certificate
        load.go_on(20)
    assert not load.failures
    assert running(place) == processes
    assert [path.name for path in (place / "certificates").iterdir()] == ["l1.default.pem"]
    assert not [
        path for path in place.rglob("*") if path.is_file() and other.private_key_pem[60:120] in path.read_text()
    ]


def test_the_default_is_for_those_only_whom_no_name_fits(
    plane: HAProxy, one: Backend, root: Authority, leaf: Leaf
) -> None:
    """AWS looks into the list first, even where the default has the very name and the list a wildcard."""
    port = free_port()
    wildcard = root.leaf("*.example.com")
    plane.apply(wanted(port, one, certificate("c1", leaf), certificate("c2", wildcard)))
    assert presented(port, "a.example.com") == wildcard.certificate
    assert presented(port, "a.b.example.com") == leaf.certificate


def test_twins_of_one_name_go_by_what_the_client_can(plane: HAProxy, one: Backend, root: Authority, leaf: Leaf) -> None:
    port = free_port()
    with_rsa, with_ec = root.leaf("t.example.com", key=rsa_key()), root.leaf("t.example.com")
    twins = certificate("rsa", with_rsa), certificate("ec", with_ec)
    plane.apply(wanted(port, one, certificate("c1", leaf), *twins))
    assert isinstance(presented(port, "t.example.com").public_key(), ec.EllipticCurvePublicKey)
    old = client()
    old.maximum_version = old.maximum_version.TLSv1_2
    old.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
    with shaken(port, old, "t.example.com") as connection:
        assert connection.getpeercert(binary_form=True) == with_rsa.certificate.public_bytes(Encoding.DER)
    assert isinstance(with_rsa.certificate.public_key(), rsa.RSAPublicKey)


def test_another_kind_of_key_in_the_same_place(plane: HAProxy, one: Backend, root: Authority, leaf: Leaf) -> None:
    port = free_port()
    plane.apply(wanted(port, one, certificate("c1", leaf)))
    other = root.leaf("a.example.com", key=rsa_key())
    assert not plane.apply(wanted(port, one, certificate("c1", other))).reloaded
    assert presented(port) == other.certificate


def test_the_chain_is_sent_with_it(plane: HAProxy, one: Backend, root: Authority) -> None:
    port = free_port()
    deep = root.authority("Data plane intermediate").leaf("a.example.com")
    plane.apply(wanted(port, one, certificate("c1", deep)))
    with shaken(port, client(root), "a.example.com") as connection:
        assert connection.version() == "TLSv1.3"


def test_one_too_large_for_the_control_socket_comes_by_a_reload(
    plane: HAProxy, one: Backend, root: Authority, leaf: Leaf
) -> None:
    """As large as goes by the socket, one more, and large ones in the list; handshakes go on."""
    port = free_port()
    plane.apply(wanted(port, one, certificate("c1", leaf)))
    room = LARGEST - len(certificate_file(certificate("c1", leaf)).reveal())
    with Load(port) as load:
        for size, reloaded in ((room - 4096, False), (room + 2048, True), (2 * room, True)):
            large = of_size(root, size)
            assert plane.apply(wanted(port, one, large)) == Outcome(applied=True, reloaded=reloaded)
            assert presented(port).public_bytes(Encoding.PEM).decode() == large.body
            load.go_on(10)
        listed = replace(of_size(root, 2 * room), certificate_id="c2")
        assert plane.apply(wanted(port, one, certificate("c1", leaf), listed)) == Outcome(applied=True, reloaded=True)
    assert not load.failures


def of_size(root: Authority, size: int) -> Certificate:
    """With so many bytes, or a little more, in an extension of its own."""
    filler = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.998"), bytes(size * 3 // 4))
    return certificate("c1", root.leaf("a.example.com", extensions=[filler]))


def test_the_largest_that_goes_by_the_socket(plane: HAProxy, one: Backend, root: Authority, leaf: Leaf) -> None:
    port = free_port()
    plane.apply(wanted(port, one, certificate("c1", leaf)))
    size = LARGEST
    while len(certificate_file(largest := of_size(root, size)).reveal()) > LARGEST:
        size -= 16
    assert plane.apply(wanted(port, one, largest)) == Outcome(applied=True, reloaded=False)
    assert presented(port).public_bytes(Encoding.PEM).decode() == largest.body

"""Bombs and damage in containers, through the real child: each costs one clear message, and little time."""

import hashlib
from typing import Final

import pytest
from tests.unit.x509.containers.samples import (
    SECRET,
    algorithm,
    explicit,
    identifier,
    number,
    octets,
    of,
    recorded,
    sequence,
)

from sealstone.isolation import opening
from sealstone.isolation.opening import Limits
from sealstone.isolation.problems import ReaderStopped
from sealstone.x509.containers import ber, reading
from sealstone.x509.containers.problems import (
    ContainerUnreadable,
    FileProblem,
    TooManyRounds,
    TooMuchMemory,
    WrongPassword,
)
from sealstone.x509.material import Container, Form, Unreadable

AES: Final = algorithm("2.16.840.1.101.3.4.1.2", octets(bytes(16)))
DATA: Final = identifier("1.2.840.113549.1.7.1")


def pbes2(derivation: bytes) -> bytes:
    return sequence(algorithm("1.2.840.113549.1.5.13", sequence(derivation, AES)), octets(bytes(16)))


def pbkdf2(rounds: int) -> bytes:
    return pbes2(algorithm("1.2.840.113549.1.5.12", sequence(octets(b"salt"), number(rounds))))


def scrypt(n: int, r: int, p: int) -> bytes:
    return pbes2(algorithm("1.3.6.1.4.1.11591.4.11", sequence(octets(b"salt"), number(n), number(r), number(p))))


def pkcs12(safe: bytes, *mac: bytes) -> bytes:
    return sequence(number(3), sequence(DATA, explicit(0, octets(safe))), *mac)


def mac(rounds: int) -> bytes:
    info = sequence(algorithm("1.3.14.3.2.26"), octets(bytes(20)))
    return sequence(info, octets(b"salt"), number(rounds))


def jceks(rounds: int) -> bytes:
    key = sequence(algorithm("1.3.6.1.4.1.42.2.19.1", sequence(octets(bytes(8)), number(rounds))), octets(bytes(16)))
    data = b"\xce\xce\xce\xce" + bytes((0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1)) + b"k" + bytes(8)
    data += len(key).to_bytes(4, "big") + key + bytes(4)
    return data + hashlib.sha1("secret".encode("utf-16-be") + b"Mighty Aphrodite" + data).digest()  # noqa: S324


@pytest.mark.parametrize(
    ("form", "data", "kind"),
    [
        (Form.ENCRYPTED_PKCS8, pbkdf2(2**31), TooManyRounds),
        (Form.ENCRYPTED_PKCS8, pbkdf2(2**80_000), TooManyRounds),
        (Form.ENCRYPTED_PKCS8, scrypt(2**30, 8, 1), TooMuchMemory),
        (Form.ENCRYPTED_PKCS8, scrypt(2**33, 2**30, 2**30), TooMuchMemory),
        (Form.ENCRYPTED_PKCS8, scrypt(2, 1, 2**31), TooManyRounds),
        (Form.PKCS12, pkcs12(sequence(), mac(2**31)), TooManyRounds),
        (Form.JCEKS, jceks(2**31), TooManyRounds),
        (Form.PKCS12, b"\x30\x80" * 1_000_000, ContainerUnreadable),
        (Form.PKCS7, b"\x30\x80\x06\x09" * 1_000_000, ContainerUnreadable),
        (Form.PKCS12, recorded("modern.p12")[:600], ContainerUnreadable),
        (Form.PKCS7, recorded("stream.p7m")[:600], ContainerUnreadable),
        (Form.JKS, recorded("store.jks")[:600], ContainerUnreadable),
    ],
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else None,
)
def test_bombs_and_damage_are_told(form: Form, data: bytes, kind: type[FileProblem]) -> None:
    with pytest.raises(kind):
        opening.opened(of(form, data), SECRET)


def test_a_flood_of_values_ends() -> None:
    """Two million values in 4 MB: more than are read of anything."""
    safe = ber.written(0x30, b"\x05\x00" * 2_000_000)
    with pytest.raises(ContainerUnreadable, match="too many"):
        opening.opened(of(Form.PKCS12, pkcs12(safe)), SECRET)


def test_many_derivations_end_by_the_processor_s_time() -> None:
    """Each is under the cap, and together they would take minutes."""
    scheme = algorithm("1.2.840.113549.1.12.1.3", sequence(octets(b"salt"), number(9_000_000)))
    key = sequence(scheme, octets(bytes(16)))
    bag = sequence(identifier("1.2.840.113549.1.12.10.1.2"), explicit(0, key))
    part = sequence(DATA, explicit(0, octets(sequence(*[bag] * 50))))
    certificate = sequence(identifier("1.2.840.113549.1.12.10.1.6"), explicit(0, sequence()))
    safe = sequence(sequence(DATA, explicit(0, octets(sequence(certificate)))), part)
    with pytest.raises(ReaderStopped, match="processor's time"):
        opening.opened(of(Form.PKCS12, pkcs12(safe)), SECRET, limits=Limits(cpu_seconds=1))


def test_memory_is_bounded() -> None:
    megabytes = of(Form.PKCS12, pkcs12(ber.written(0x30, bytes(15_000_000))))
    with pytest.raises(ReaderStopped, match=r"64 MiB of memory|crashed"):
        opening.opened(megabytes, SECRET, limits=Limits(memory=64 * 2**20))


def test_a_wrong_password_is_no_damage_and_damage_no_crash() -> None:
    data = recorded("modern.p12")
    for at in range(0, len(data), 97):
        damaged = of(Form.PKCS12, data[:at] + bytes([data[at] ^ 0x80]) + data[at + 1 :])
        try:
            found = opening.opened(damaged, SECRET)
        except ReaderStopped as problem:
            pytest.fail(f"at {at}: {problem}")
        except (ContainerUnreadable, WrongPassword, FileProblem):
            continue
        assert found


@pytest.mark.parametrize(
    "text",
    [
        b"-----BEGIN CERTIFICATE-----\n" * 100_000,
        b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" * 100_000,
        b"-" * 5_000_000,
        b" " * 5_000_000 + b"x",
        b"-----BEGIN CERTIFICATE-----\n" + b"A" * 5_000_000,
        b"-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n" + b" x\n" * 1_000_000 + b"-----END X-----\n",
        b"\x30\x80" * 2_500_000,
        b"\x30\x00" * 2_500_000,
        b"\xfe\xed\xfe\xed\0\0\0\2\xff\xff\xff\xff" + bytes(5_000_000),
    ],
    ids=lambda text: repr(text[:20]),
)
def test_bombs_of_text_are_read_in_one_go(text: bytes) -> None:
    """No child is needed: `contents` takes time in proportion to the size, and stops at a thousand pieces."""
    found = reading.contents(text, "file")
    assert 1 <= len(found) <= 1001
    assert all(isinstance(one, Unreadable | Container) or one.remarks for one in found)

"""What `x509.presentable` says of signatures is what HAProxy does with them."""

import subprocess
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from tests import forged
from tests.pki import rsa_key, self_signed
from tests.signature_kinds import LEAF, LOADED, REFUSED, SHA_1, of_others, signed_with

from sealstone.x509 import presentable

_CONFIGURATION: Final = """
defaults
  mode http
  timeout client 1s
  timeout server 1s
  timeout connect 1s
frontend one
  bind 127.0.0.1:9 ssl crt {}
  http-request return status 200
"""


def _loads(place: Path, binary: Path, body: str, key: str, chain: str = "") -> bool:
    pem, configuration = place / "one.pem", place / "haproxy.cfg"
    pem.write_text(body + key + chain, encoding="ascii")
    configuration.write_text(_CONFIGURATION.format(pem), encoding="ascii")
    told = subprocess.run([binary, "-c", "-f", configuration], capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == 0 or "ca md too weak" in told.stderr, told.stderr
    return told.returncode == 0


@pytest.mark.parametrize("algorithm", [*LOADED.values(), *REFUSED.values()], ids=[*LOADED, *REFUSED])
def test_of_an_authority(algorithm: bytes, tmp_path: Path, haproxy_binary: Path) -> None:
    body = signed_with(algorithm)
    loads = _loads(tmp_path, haproxy_binary, body, LEAF.private_key_pem)
    assert loads is (presentable.problem_of_texts(body, None) is None)


@pytest.mark.parametrize("algorithm", [SHA_1, forged.RSA_MD5, forged.RSA_UNKNOWN, forged.ECDSA_SHA1])
def test_of_itself(algorithm: bytes, tmp_path: Path, haproxy_binary: Path) -> None:
    alone = self_signed("alone.example.com", key=rsa_key())
    body = forged.forged(alone, alone.key, signature=algorithm)
    loads = _loads(tmp_path, haproxy_binary, body, alone.private_key_pem)
    assert loads is (presentable.problem_of_texts(body, None) is None)


NAMELESS: Final = [x509.DirectoryName(x509.Name([]))]


@pytest.mark.parametrize(
    "named",
    [x509.AuthorityKeyIdentifier(b"1" * 20, None, None), x509.AuthorityKeyIdentifier(None, NAMELESS, 77)],
    ids=["another's key", "another's serial number"],
)
def test_of_itself_by_identifiers(named: x509.AuthorityKeyIdentifier, tmp_path: Path, haproxy_binary: Path) -> None:
    """Of which it has no identifier of its own."""
    alone = self_signed("alone.example.com", key=rsa_key(), extensions=[named])
    body = forged.forged(alone, alone.key, signature=SHA_1)
    loads = _loads(tmp_path, haproxy_binary, body, alone.private_key_pem)
    assert loads is (presentable.problem_of_texts(body, None) is None)


@pytest.mark.parametrize("algorithm", [SHA_1, forged.RSA_UNKNOWN, forged.RSA_SHA256])
def test_within_a_chain(algorithm: bytes, tmp_path: Path, haproxy_binary: Path) -> None:
    middle, root, leaf = of_others(algorithm)
    for chain in (middle, middle + root):
        loads = _loads(tmp_path, haproxy_binary, leaf.certificate_pem, leaf.private_key_pem, chain)
        assert loads is (presentable.problem_of_texts(leaf.certificate_pem, chain) is None)

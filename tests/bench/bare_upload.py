"""The cryptography that an upload cannot do without, in a loop and nothing else: what an upload's CPU is held against.

    python -m tests.bench.bare_upload < material.json > taken.json

Parse the certificate, two chain certificates and the key (its RSA validation left out), check two links by name and
signature, make one RSA signature with the key, encrypt the key once with AES-256-GCM.
"""

import json
import os
import sys
import time
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_PROOF = b"this private key belongs to this certificate"


def once(certificate: bytes, chain: bytes, private_key: bytes) -> None:
    """One upload's worth."""
    leaf = x509.load_pem_x509_certificate(certificate)
    intermediate, root = x509.load_pem_x509_certificates(chain)
    key = cast("RSAPrivateKey", load_pem_private_key(private_key, None, unsafe_skip_rsa_key_validation=True))
    leaf.verify_directly_issued_by(intermediate)
    intermediate.verify_directly_issued_by(root)
    key.sign(_PROOF, PKCS1v15(), SHA256())
    AESGCM(AESGCM.generate_key(256)).encrypt(os.urandom(12), private_key, None)


def main() -> None:
    """Seconds of CPU and of wall time for each."""
    material = json.load(sys.stdin)
    texts = [material[name].encode() for name in ("certificate", "chain", "private_key")]
    for _ in range(20):
        once(*texts)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(material["count"]):
        once(*texts)
    taken = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    sys.stdout.write(json.dumps({name: value / material["count"] for name, value in taken.items()}))


if __name__ == "__main__":
    main()

"""No byte of a key of ACM's in anything stored, logged or answered: imported, issued, renewed, put back, the CA's own.

Keys of issued certificates are made by the server, so the test opens the store at the end, as the server does, to know
what to look for. The one way out is ExportCertificate, and what comes out there is encrypted.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key
from sqlalchemy import text
from tests.faults import needles
from tests.pki import self_signed
from tests.server import Server

from sealstone.model.secret import Sealed
from sealstone.server import settings as server_settings
from sealstone.server.vault import open_vault
from sealstone.store import authorities, certificates

_PASSWORD: Final = "correct horse"
_WITHIN: Final = 60.0
_KEYS: Final = text("SELECT account_id, region, unique_id FROM certificates")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("acm"), settings={"log_level": "debug"}) as made:
        yield made


def settled(acm: Any, arn: str, status: str = "ISSUED", renewals: str | None = None) -> dict[str, Any]:
    """The description, once it is so."""
    deadline = time.monotonic() + _WITHIN
    while True:
        found: dict[str, Any] = acm.describe_certificate(CertificateArn=arn)["Certificate"]
        if found["Status"] == status and found.get("RenewalSummary", {}).get("RenewalStatus") == renewals:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def test_keys_of_acm_are_nowhere(server: Server) -> None:
    answers: dict[str, bytes] = {}
    wanted: set[bytes] = set()
    authority = json.loads(server.done("ca", "show", "--json"))["Arns"][0]
    imported = self_signed("imported.example.com")
    with server.client("acm", server.credentials()) as acm:
        acm.meta.events.register(
            "after-call", lambda http_response, **_: answers.update({f"{len(answers)}": http_response.content})
        )
        acm.import_certificate(Certificate=imported.certificate_pem, PrivateKey=imported.private_key_pem)
        wanted |= set(needles.of_key(imported.key, imported.private_key_pem))
        for wrong in (imported.private_key_pem, imported.private_key_pem.replace("\n", " ")):
            with pytest.raises(acm.exceptions.ValidationException):
                acm.import_certificate(Certificate=wrong, PrivateKey=imported.private_key_pem)
        arns = [
            acm.request_certificate(
                DomainName=f"c{number}.example.com", CertificateAuthorityArn=authority, KeyAlgorithm=algorithm
            )["CertificateArn"]
            for number, algorithm in enumerate(("RSA_2048", "EC_prime256v1", "EC_secp384r1"))
        ]
        exported: list[str] = []
        for arn in arns:
            settled(acm, arn)
            exported.append(acm.export_certificate(CertificateArn=arn, Passphrase=_PASSWORD)["PrivateKey"])
            for call in (acm.get_certificate, acm.describe_certificate, acm.list_tags_for_certificate):
                call(CertificateArn=arn)
        for pem in exported:
            key: Any = load_pem_private_key(pem.encode(), _PASSWORD.encode())
            wanted |= set(needles.of_key(key))
        acm.renew_certificate(CertificateArn=arns[0])
        settled(acm, arns[0], renewals="SUCCESS")
        acm.revoke_certificate(CertificateArn=arns[1], RevocationReason="SUPERSEDED")
        acm.delete_certificate(CertificateArn=arns[2])
        acm.list_certificates(Includes={"keyTypes": ["RSA_2048", "EC_prime256v1", "EC_secp384r1"]})
        acm.search_certificates()
    server.done("ca", "rotate", "--root")
    server.done("events", "tail", "--json")
    server.kill()
    opened = _opened(server)
    assert len(opened) >= 7, "two roots, two intermediates, and three certificates of ACM"
    for der in opened:
        found: Any = load_der_private_key(der, None)
        wanted |= set(needles.of_key(found))
    places = needles.files_below(server.directory) | answers
    assert needles.found(wanted, places) == []
    assert _PASSWORD.encode() not in b"".join(places.values())


def _opened(server: Server) -> list[bytes]:
    """Every key that the store holds, as the server would open it."""
    settings = server_settings.read({"data": str(server.data)}, {})
    keys: list[bytes] = []
    with open_vault(settings, create=False) as vault, vault.store.reading() as tx:
        for account, region, unique_id in tx.connection.execute(_KEYS).fetchall():
            found = certificates.find(tx, account, region, unique_id)
            assert found is not None
            sealed = certificates.sealed_key(tx, found)
            assert isinstance(sealed, Sealed)
            keys.append(vault.keyring.unseal(sealed, bound_to=found.bound_to).reveal())
        for row in authorities.every(tx):
            own = authorities.sealed_key(tx, row.certificate_id)
            if own is not None:
                keys.append(vault.keyring.unseal(own, bound_to=row.bound_to).reveal())
    return keys


def test_the_search_finds_what_leaks(tmp_path: Path) -> None:
    leaf = self_signed("leak.example.com")
    (tmp_path / "log").write_bytes(os.urandom(64) + leaf.private_key_pem.encode())
    assert needles.found(set(needles.of_key(leaf.key, leaf.private_key_pem)), needles.files_below(tmp_path))

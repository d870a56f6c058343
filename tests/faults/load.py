"""Writers that keep a ledger of what was acknowledged, and the one assertion: nothing lost, nothing half-written.

Every acknowledged write is there byte for byte with its id, path and tags; every acknowledged delete stays deleted;
an unanswered write is wholly there or wholly absent; of a rename exactly one of the two names exists; nothing exists
that nobody wrote; list and get agree; every stored private key still opens and is its certificate's; every
acknowledged call is in the audit log, whose chains are whole.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import botocore.exceptions
import botocore.parsers
from cryptography.hazmat.primitives.serialization import load_der_private_key
from cryptography.x509 import load_pem_x509_certificate
from tests.pki import Leaf
from tests.server import Credentials, Server
from tests.uploads import Scene

from sealstone.server import settings
from sealstone.server.vault import open_vault
from sealstone.store import server_certificates

ClientError = botocore.exceptions.ClientError
WRITERS: Final = 4
_KEPT: Final = 4


@dataclass(frozen=True)
class Expected:
    """A certificate as it must be."""

    name: str
    path: str
    leaf: Leaf
    tags: dict[str, str]
    unique_id: str | None = None
    """None while no answer told it."""


@dataclass
class Ledger:
    """What one writer knows: what must be there, and the one call whose answer never came."""

    there: dict[str, Expected] = field(default_factory=dict)
    unanswered: tuple[Expected | None, Expected | None] | None = None
    """Before and after: (None, x) an upload, (x, y) a rename, (x, None) a delete."""
    request_ids: list[str] = field(default_factory=list)

    def acknowledged(self, answer: dict[str, Any]) -> None:
        """The call was answered with success."""
        self.request_ids.append(answer["ResponseMetadata"]["RequestId"])
        assert self.unanswered is not None
        before, after = self.unanswered
        self.unanswered = None
        if before:
            del self.there[before.name]
        if after:
            if "ServerCertificateMetadata" in answer:
                unique_id = answer["ServerCertificateMetadata"]["ServerCertificateId"]
                after = replace(after, unique_id=unique_id)
            self.there[after.name] = after


class Writer:
    """Uploads, renames and deletes in turn, until told to stop or the server is gone."""

    def __init__(self, number: int, scene: Scene) -> None:
        self.number = number
        self.ledger = Ledger()
        self.fault: BaseException | None = None
        self._scene = scene
        self._count = 0

    def run(self, iam: Any, stop: threading.Event, acknowledged: Callable[[], None]) -> None:
        """In a thread of its own. Connection errors end it; a refusal is a failure of the test."""
        try:
            while not stop.is_set():
                self.step(iam)
                acknowledged()
        except (botocore.exceptions.HTTPClientError, botocore.exceptions.EndpointConnectionError):
            return
        except botocore.parsers.ResponseParserError as fault:
            # Killed between the head of the answer and its body: nothing of the body came, so nothing was answered.
            if not str(fault).endswith("b''"):
                self.fault = fault
        except BaseException as fault:  # noqa: BLE001 - handed to the thread that asserts
            self.fault = fault

    def step(self, iam: Any) -> None:
        """One write."""
        self._count += 1
        there = list(self.ledger.there.values())
        if len(there) < _KEPT:
            self.upload(iam)
        elif self._count % 2:
            self.rename(iam, there[-1])
        else:
            self.delete(iam, there[0])

    def upload(self, iam: Any) -> None:
        name = f"w{self.number}-{self._count}"
        leaf = self._scene.lower.leaf(f"{name}.example.com")
        made = Expected(name, f"/w{self.number}/", leaf, {"count": str(self._count)})
        self.ledger.unanswered = (None, made)
        answer = iam.upload_server_certificate(
            ServerCertificateName=name,
            Path=made.path,
            CertificateBody=leaf.certificate_pem,
            CertificateChain=leaf.chain_pem,
            PrivateKey=leaf.private_key_pem,
            Tags=[{"Key": key, "Value": value} for key, value in made.tags.items()],
        )
        self.ledger.acknowledged(answer)

    def rename(self, iam: Any, old: Expected) -> None:
        new = replace(old, name=f"{old.name.partition('.')[0]}.{self._count}", path=f"/moved/{self._count}/")
        self.ledger.unanswered = (old, new)
        names = {"ServerCertificateName": old.name, "NewServerCertificateName": new.name, "NewPath": new.path}
        self.ledger.acknowledged(iam.update_server_certificate(**names))

    def delete(self, iam: Any, old: Expected) -> None:
        self.ledger.unanswered = (old, None)
        self.ledger.acknowledged(iam.delete_server_certificate(ServerCertificateName=old.name))


class Load:
    """All writers, over several lives of one server."""

    def __init__(self, server: Server, who: Credentials, scene: Scene) -> None:
        self.server = server
        self.who = who
        self.writers = [Writer(number, scene) for number in range(WRITERS)]

    @property
    def acknowledged(self) -> int:
        """Writes that were answered with success, in all lives."""
        return sum(len(writer.ledger.request_ids) for writer in self.writers)

    @contextmanager
    def running(self, after: int = 1) -> Iterator[None]:
        """Writers at work; the block is entered after so many acknowledged writes of this life."""
        stop, reached = threading.Event(), threading.Event()
        target = self.acknowledged + after
        if after == 0:
            reached.set()

        def count() -> None:
            if self.acknowledged >= target:
                reached.set()

        with self.server.client("iam", self.who, connect_timeout=20, read_timeout=20) as iam:
            threads = [threading.Thread(target=writer.run, args=(iam, stop, count)) for writer in self.writers]
            for thread in threads:
                thread.start()
            try:
                reached.wait(timeout=30)
                yield
            finally:
                stop.set()
                for thread in threads:
                    thread.join(timeout=60)
        for writer in self.writers:
            if writer.fault:
                raise writer.fault
        assert reached.is_set(), "the writers came to nothing"

    def settle(self) -> None:
        """Learn what became of the calls that were not answered: wholly done or not at all, nothing between."""
        with self.server.client("iam", self.who) as iam:
            for writer in self.writers:
                self._settle(iam, writer.ledger)

    def _settle(self, iam: Any, ledger: Ledger) -> None:
        if ledger.unanswered is None:
            return
        before, after = ledger.unanswered
        ledger.unanswered = None
        found = {item.name: _get(iam, item.name) for item in (before, after) if item}
        there = [name for name, answer in found.items() if answer]
        if before and after:
            assert len(there) == 1, f"of a rename exactly one name exists, not {there}"
        if before and before.name not in there:
            unique_id = ledger.there.pop(before.name).unique_id
            after = after and replace(after, unique_id=unique_id)
        if after and after.name in there:
            ledger.there[after.name] = after

    def check(self) -> None:
        """Nothing lost, as the clients see it."""
        expected = {name: item for writer in self.writers for name, item in writer.ledger.there.items()}
        with self.server.client("iam", self.who) as iam:
            pages = iam.get_paginator("list_server_certificates").paginate(PaginationConfig={"PageSize": 50})
            listed = {item["ServerCertificateName"]: item for page in pages for item in page[_LIST]}
            assert listed.keys() == expected.keys()
            for name, item in expected.items():
                found = iam.get_server_certificate(ServerCertificateName=name)["ServerCertificate"]
                assert found["ServerCertificateMetadata"] == listed[name]
                assert listed[name]["Path"] == item.path
                assert item.unique_id in {None, listed[name]["ServerCertificateId"]}
                assert found["CertificateBody"] == item.leaf.certificate_pem.strip()
                assert found["CertificateChain"] == item.leaf.chain_pem.strip()
                assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == item.tags
            summary = iam.get_account_summary()["SummaryMap"]
            assert summary["ServerCertificates"] == len(expected)

    def check_at_rest(self) -> None:
        """Nothing lost, as the stopped server's files have it."""
        lines = self.server.done("audit", "tail", "--json", "-n", "1000000").splitlines()
        recorded = {json.loads(line)["request_id"] for line in lines}
        wanted = {request_id for writer in self.writers for request_id in writer.ledger.request_ids}
        assert wanted <= recorded
        assert "broken" not in self.server.done("audit", "verify")
        expected = {name: item for writer in self.writers for name, item in writer.ledger.there.items()}
        assert stored_keys(self.server) == {name: item.leaf.key.public_key() for name, item in expected.items()}


_LIST: Final = "ServerCertificateMetadataList"


def stored_keys(server: Server) -> dict[str, Any]:
    """The public key of every stored private key, by the certificate's name; each is its certificate's."""
    found = {}
    with open_vault(settings.read({"data": str(server.data)}, {}), create=False) as vault, vault.store.reading() as tx:
        for certificate in list(server_certificates.every(tx)):
            sealed = server_certificates.sealed_key(tx, certificate.account_id, certificate.unique_id)
            assert sealed is not None, f"{certificate.name} has lost its key"
            secret = vault.keyring.unseal(sealed, bound_to=certificate.bound_to)
            public = load_der_private_key(secret.reveal(), None).public_key()
            assert public == load_pem_x509_certificate(certificate.certificate_body.encode()).public_key()
            found[certificate.name] = public
    return found


def _get(iam: Any, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = iam.get_server_certificate(ServerCertificateName=name)
    except iam.exceptions.NoSuchEntityException:
        return None
    return found

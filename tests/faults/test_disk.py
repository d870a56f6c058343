"""The disk is full, or the database is held by somebody else: writes are refused in AWS's words, reads go on."""

import resource
import sqlite3
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import botocore.exceptions
import pytest
from tests.faults.load import Load
from tests.server import Credentials, Server
from tests.uploads import Scene

ClientError = botocore.exceptions.ClientError
FULL: Final = 65_536
UNLIMITED: Final = resource.RLIM_INFINITY


def upload(iam: Any, scene: Scene, name: str) -> Any:
    return iam.upload_server_certificate(
        ServerCertificateName=name,
        CertificateBody=scene.leaf.certificate_pem,
        PrivateKey=scene.leaf.private_key_pem,
    )


def refusal(iam: Any, scene: Scene, name: str) -> tuple[int, str]:
    """Status and code of an upload that must fail."""
    with pytest.raises(ClientError) as refused:
        upload(iam, scene, name)
    response: Any = refused.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def until_full(iam: Any, scene: Scene, prefix: str) -> list[str]:
    """Upload until no more can be: the log may have begun anew at its start a moment ago. The names that went in."""
    done: list[str] = []
    for number in range(60):
        try:
            upload(iam, scene, f"{prefix}-{number}")
        except ClientError:
            return done
        done.append(f"{prefix}-{number}")
    raise AssertionError("the log never grew to the size that no file may have")


def test_disk_full(server: Server, load: Load, scene: Scene) -> None:
    """No file may grow past a size that the write-ahead log has passed, as when a disk is full; then it may again."""
    with server.client("iam", load.who) as iam:
        for round_ in range(3):
            with load.running(after=60):
                pass
            upload(iam, scene, f"before-{round_}")
            assert (server.data / "sealstone.db-wal").stat().st_size > FULL
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (FULL, UNLIMITED))
            filled = until_full(iam, scene, f"filled-{round_}")
            for attempt in range(10):
                status, code = refusal(iam, scene, f"full-{round_}-{attempt}")
                assert status in {500, 503}, code
                assert code in {"ServiceUnavailable", "ServiceFailure", "InternalFailure"}
                asked = time.monotonic()
                iam.get_server_certificate(ServerCertificateName=f"before-{round_}")
                iam.list_server_certificates()
                assert time.monotonic() - asked < 1.0
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (UNLIMITED, UNLIMITED))
            upload(iam, scene, f"after-{round_}")
            for name in (f"before-{round_}", f"after-{round_}", *filled):
                iam.delete_server_certificate(ServerCertificateName=name)
    load.check()
    server.stop()
    load.check_at_rest()


@pytest.mark.parametrize("writers", [1, 12])
def test_database_held_by_somebody_else(server: Server, administrator: Credentials, scene: Scene, writers: int) -> None:
    """Longer than anyone waits: 503 within seconds; meanwhile reads are answered, however many writers wait."""
    with server.client("iam", administrator) as iam, server.client("iam", administrator) as reader:
        upload(iam, scene, "there")
        holder = sqlite3.connect(server.data / "sealstone.db", isolation_level=None)
        try:
            holder.execute("BEGIN EXCLUSIVE")
            began = time.monotonic()
            with ThreadPoolExecutor(writers) as pool:
                waiting = [pool.submit(refusal, iam, scene, f"blocked-{number}") for number in range(writers)]
                threading.Event().wait(0.3)
                reads: list[float] = []
                while time.monotonic() - began < 4:
                    asked = time.monotonic()
                    reader.get_server_certificate(ServerCertificateName="there")
                    reads.append(time.monotonic() - asked)
                refused = [future.result() for future in waiting]
            waited = time.monotonic() - began
            assert set(refused) == {(503, "ServiceUnavailable")}
            # Nine reads of ten: one that waited for a writer would be among a handful, for all four seconds.
            usual = statistics.quantiles(reads, n=10)[-1]
            assert usual < 1.0, f"reads waited {usual:.1f} s behind {writers} blocked writers"
            assert waited <= 8.0 * -(-writers // 4), f"the writers waited {waited:.1f} s"
            holder.execute("ROLLBACK")
        finally:
            holder.close()
        upload(iam, scene, "free-again")
    server.stop()

"""What must not be started: refused in one clear line, nothing on the disk changed, nothing listening."""

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.server import Server
from tests.uploads import Scene


@pytest.fixture
def stopped(tmp_path: Path, scene: Scene) -> Iterator[Server]:
    """A server with a few certificates, stopped in good order."""
    with Server(tmp_path / "one") as server:
        with server.client("iam", server.credentials()) as iam:
            for number in range(10):
                iam.upload_server_certificate(
                    ServerCertificateName=f"kept-{number}",
                    CertificateBody=scene.leaf.certificate_pem,
                    CertificateChain=scene.leaf.chain_pem,
                    PrivateKey=scene.leaf.private_key_pem,
                )
        server.stop()
        yield server


def tree(directory: Path) -> dict[str, str]:
    """Every file below and the digest of its bytes."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def refused(server: Server, *words: str) -> None:
    """One line with the words; no byte changed."""
    before = tree(server.directory)
    said = server.refused_start()
    after = tree(server.directory)
    (line,) = said.strip().splitlines()
    assert line.startswith("Error: ")
    assert all(word in line for word in words), line
    assert {**after, "server.log": ""} == {**before, "server.log": ""}


def works(server: Server) -> None:
    server.start()
    with server.client("iam", server.credentials()) as iam:
        assert len(iam.list_server_certificates()["ServerCertificateMetadataList"]) == 10
    server.stop()


def test_wrong_master_key(stopped: Server, tmp_path: Path) -> None:
    """The key of another installation; afterwards the right one opens everything as before."""
    with Server(tmp_path / "two", measured=False) as other:
        other.stop()
    key = stopped.private("master.key")
    right = key.read_text()
    key.write_text(other.private("master.key").read_text())
    refused(stopped, "master key", "nothing was changed")
    key.write_text(right)
    works(stopped)


def test_missing_master_key(stopped: Server, tmp_path: Path) -> None:
    """None is made in its place."""
    key = stopped.private("master.key")
    shutil.move(key, tmp_path / "away")
    refused(stopped, "master key file", "missing")
    assert not key.exists()
    shutil.move(tmp_path / "away", key)
    works(stopped)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda key: key.write_text(""), "not a master key file"),
        (lambda key: key.write_text(key.read_text()[:-20]), "not a master key file"),
        (lambda key: key.chmod(0o644), "open to others"),
    ],
    ids=["empty", "cut off", "readable by others"],
)
def test_unusable_master_key(stopped: Server, spoil: Callable[[Path], object], words: str) -> None:
    spoil(stopped.private("master.key"))
    refused(stopped, words)


def test_damaged_page(stopped: Server) -> None:
    """Bytes in the middle of the database, where pages of tables and indexes lie."""
    database = stopped.data / "sealstone.db"
    content = bytearray(database.read_bytes())
    page = 4096
    for number in range(2, len(content) // page):
        content[number * page : number * page + 16] = b"\xde\xad\xbe\xef" * 4
    database.write_bytes(content)
    refused(stopped, "database")


def test_no_database_at_all(stopped: Server) -> None:
    (stopped.data / "sealstone.db").write_bytes(b"This is a text file.\n" * 1000)
    refused(stopped, "database")


def test_newer_schema(stopped: Server) -> None:
    """An older version leaves a newer one's data alone."""
    connection = sqlite3.connect(stopped.data / "sealstone.db")
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    refused(stopped, "schema 9999", "nothing was changed")


def test_address_in_use(stopped: Server, tmp_path: Path) -> None:
    with Server(tmp_path / "two", measured=False) as other:
        taken = other.endpoint.removeprefix("http://")
        result = stopped.command("up", "--listen", taken)
        assert result.returncode == 1
        assert result.stderr.strip().startswith(f"Error: cannot listen on {taken}")


def test_not_loopback_without_tls(stopped: Server) -> None:
    result = stopped.command("up", "--listen", "0.0.0.0:0")
    assert result.returncode == 1
    assert "without TLS is refused" in result.stderr


def test_an_altered_secret_counts_for_nobody_else(stopped: Server, scene: Scene) -> None:
    """One access key's sealed secret is altered: that key gets an error, never an answer; all others work."""
    bad = stopped.account()
    connection = sqlite3.connect(stopped.data / "sealstone.db")
    with connection:
        of_key = (bad.access_key_id,)
        statement = "SELECT sealed_secret FROM access_keys WHERE access_key_id = ?"
        ((sealed,),) = connection.execute(statement, of_key)
        altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
        connection.execute("UPDATE access_keys SET sealed_secret = ? WHERE access_key_id = ?", (altered, *of_key))
    connection.close()
    stopped.start()
    with stopped.client("sts", bad) as sts, pytest.raises(sts.exceptions.ClientError) as refused_call:
        sts.get_caller_identity()
    assert refused_call.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    stopped.stop()
    works(stopped)

"""Certificates and keys of the whole world (`cryptography_vectors`) through the public API: never a 5xx, never a hang.

Each file goes where it may be meant and where it is not: as certificate body, as private key, as chain. What is not
PEM is sent as PEM of its kind, so that it reaches the parsers.
"""

import base64
import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cryptography_vectors
import pytest
from tests.clients.wire import Answer, Line
from tests.server import Server
from tests.uploads import Scene

ROOT: Final = Path(cryptography_vectors.__file__).parent
SUFFIXES: Final = frozenset({".pem", ".der", ".crt", ".cer", ".key", ".p8", ".pk8", ".pub", ".p7b", ".p12"})
LONGEST: Final = 12_000
SECONDS: Final = 2.0
"""That no upload may take; one that did is sent again, since a busy machine is slow once and a hard file always."""


def vectors(*folders: str) -> Iterator[Path]:
    """Files of the folders, in an order that is the same everywhere."""
    for folder in folders:
        yield from sorted(path for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES)


def as_pem(content: bytes, label: str) -> str | None:
    """PEM as it is, all else under the label; None when no field could hold it."""
    if len(content) > LONGEST:
        return None
    if b"-----BEGIN" in content:
        return content.decode("latin-1")
    lines = base64.encodebytes(content).decode()
    return f"-----BEGIN {label}-----\n{lines}-----END {label}-----\n"


@pytest.fixture(scope="module")
def line(server: Server) -> Iterator[Line]:
    with Line(server.endpoint, server.account(certificates=100_000)) as opened:
        yield opened


class Campaign:
    """Sends, watches every answer, and counts."""

    def __init__(self, line: Line, scene: Scene, label: str) -> None:
        self.line = line
        self.label = label
        self.good = {
            "CertificateBody": scene.leaf.certificate_pem,
            "PrivateKey": scene.leaf.private_key_pem,
            "CertificateChain": scene.leaf.chain_pem,
        }
        self.counts: dict[str, int] = {}
        self.numbers = itertools.count()
        self.slowest = 0.0

    def send(self, path: Path, *fields: str) -> None:
        """The file in each of the fields at once, all else good."""
        text = as_pem(path.read_bytes(), self.label)
        if text is None:
            return
        answer, seconds = self.sent(self.good | dict.fromkeys(fields, text))
        if seconds >= SECONDS:
            answer, seconds = self.sent(self.good | dict.fromkeys(fields, text))
        self.slowest = max(self.slowest, seconds)
        outcome = "accepted" if answer.status == 200 else answer.code
        self.counts[outcome] = self.counts.get(outcome, 0) + 1
        self.judge(answer, outcome, seconds, path)

    def sent(self, parameters: dict[str, str]) -> tuple[Answer, float]:
        """The answer to one upload under a name of its own, and the seconds it took."""
        name = f"v-{next(self.numbers)}"
        asked = time.monotonic()
        answer = self.line.call("UploadServerCertificate", ServerCertificateName=name, **parameters)
        return answer, time.monotonic() - asked

    @staticmethod
    def judge(answer: Answer, outcome: str, seconds: float, path: Path) -> None:
        where = (path.relative_to(ROOT), answer)
        assert answer.status in {200, 400}, where
        assert outcome in {"accepted", "MalformedCertificate", "KeyPairMismatch", "ValidationError"}, where
        assert outcome == "accepted" or answer.message.isprintable(), where
        assert seconds < SECONDS, where

    def report(self, files: int) -> str:
        """One line for the summary of `tests.run`."""
        sent = sum(self.counts.values())
        assert sent >= 200
        return f"{sent} uploads of {files} {self.label} vectors, slowest {self.slowest:.3f} s: {self.counts}"


def test_certificates(line: Line, scene: Scene, record_property: Callable[[str, object], None]) -> None:
    campaign = Campaign(line, scene, "CERTIFICATE")
    files = list(vectors("x509"))
    for path in files:
        campaign.send(path, "CertificateBody")
        campaign.send(path, "CertificateChain")
        campaign.send(path, "CertificateBody", "CertificateChain")
    record_property("summary", campaign.report(len(files)))


def test_private_keys(line: Line, scene: Scene, record_property: Callable[[str, object], None]) -> None:
    campaign = Campaign(line, scene, "PRIVATE KEY")
    files = list(vectors("asymmetric"))
    for path in files:
        campaign.send(path, "PrivateKey")
        campaign.send(path, "CertificateBody", "PrivateKey")
    record_property("summary", campaign.report(len(files)))

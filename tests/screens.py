"""The screens of the workbench as docs/screens.md shows them: commands run on files of the corpus, the clock standing.

They run in this process, at 80 columns and without colours, as they print into a pipe. `check` is given what a server
sent instead of a server, so that no port and no cipher of this machine stands in the document.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from unittest import mock

from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sealstone import cli
from sealstone.probe import handshake
from sealstone.probe.guard import Address
from sealstone.probe.handshake import Served

CORPUS: Final = Path(__file__).parent / "corpus" / "files"
NOW: Final = datetime(2026, 12, 1, 12, tzinfo=UTC)
_CLOCKS: Final = ("inspect", "explain", "check", "convert")
_HOST: Final = "127.0.0.1:8443"


@dataclass(frozen=True)
class Screen:
    """One command line, the corpus files it is run on under the names that a person would give them."""

    title: str
    files: tuple[tuple[str, str], ...]
    arguments: tuple[str, ...]
    sent: str = ""
    """The corpus file with the chain that the server sends, for `check`."""

    @property
    def line(self) -> str:
        """As it is typed."""
        return " ".join(("sealstone", *self.arguments))


SCREENS: Final = (
    Screen(
        "What is in these files?",
        (("chain-no-upper.pem", "bundle.pem"), ("key-ec-p-256.pem", "key.pem")),
        ("inspect", "bundle.pem", "key.pem"),
    ),
    Screen(
        "Would it be accepted?",
        (
            ("chain-reversed.pem", "chain.pem"),
            ("certificate-rsa-1024.pem", "site.pem"),
            ("key-ec-p-256.pem", "key.pem"),
        ),
        ("explain", "site.pem", "key.pem", "chain.pem"),
    ),
    Screen(
        "What does this server really serve?",
        (("chain-root-alone.pem", "root.pem"),),
        ("check", _HOST, "--sni", "leaf.example", "--ca", "root.pem"),
        sent="chain-no-lower.pem",
    ),
)


def shown(screen: Screen) -> str:
    """What the command prints, behind the line that was typed."""
    with tempfile.TemporaryDirectory(prefix="sealstone-screens-") as name, _in(Path(name)), _standing_still(screen):
        for found, given in screen.files:
            shutil.copy(CORPUS / found, Path(name) / given)
        done = CliRunner().invoke(cli.root, screen.arguments, catch_exceptions=False, terminal_width=80)
    return f"$ {screen.line}\n{done.output.rstrip()}\n$ echo $?\n{done.exit_code}"


def screens_text() -> str:
    """One heading and one block a screen."""
    return "\n\n".join(f"## {screen.title}\n\n```text\n{shown(screen)}\n```" for screen in SCREENS)


@contextmanager
def _in(directory: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _standing_still(screen: Screen) -> Iterator[None]:
    patches: list[Any] = [mock.patch(f"sealstone.cli.{name}.system_clock", return_value=NOW) for name in _CLOCKS]
    patches.append(mock.patch.object(handshake, "served", return_value=_served(screen) if screen.sent else None))
    patches.append(mock.patch.dict(os.environ, {"COLUMNS": "80", "NO_COLOR": "1"}))  # noqa: TID251
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


def _served(screen: Screen) -> Served:
    ders = _ders((CORPUS / screen.sent).read_bytes())
    return Served(Address("127.0.0.1", 8443), tuple(ders), "TLSv1.3", "TLS_AES_256_GCM_SHA384", "", "")


def _ders(pem: bytes) -> Sequence[bytes]:
    return [found.public_bytes(Encoding.DER) for found in x509.load_pem_x509_certificates(pem)]

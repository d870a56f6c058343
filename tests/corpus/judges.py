"""The real `openssl`, `keytool` and `sealstone` commands, run by tests that let one judge the other.

Nothing here looks into what Sealstone does: files go in, files and words come out.
"""

import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Final

from tests.corpus.answers import PASSWORD
from tests.corpus.workshop import blocks
from tests.server import child_environment
from tests.warm import warm

OPENSSL: Final = shutil.which("openssl")
KEYTOOL: Final = shutil.which("keytool")

PASSWORD_VARIABLE: Final = "PASSWORD_OF_FILES"


def run(*command: str | Path, given: bytes = b"", fails: int = 0, cwd: Path | None = None) -> bytes:
    """What a command writes on standard output, with standard error behind it; `fails` is the status expected."""
    line = [str(part) for part in command]
    done = subprocess.run(line, input=given, capture_output=True, check=False, env=_environment(), cwd=cwd, timeout=60)
    said = done.stdout + done.stderr
    assert done.returncode == fails, f"{' '.join(line)}: {said.decode('utf-8', 'replace')}"
    return said


def _environment() -> dict[str, str]:
    return child_environment() | {PASSWORD_VARIABLE: PASSWORD, "COLUMNS": "80"}


def openssl(line: str, given: bytes = b"", *, fails: int = 0, cwd: Path | None = None) -> bytes:
    """`openssl LINE`."""
    return run("openssl", *line.split(), given=given, fails=fails, cwd=cwd)


def sealstone(*arguments: str | Path, fails: int = 0, cwd: Path | None = None) -> str:
    """`sealstone ARGUMENTS`, which finds the password of the corpus in the variable `PASSWORD_OF_FILES`."""
    done = warm("sealstone").run([str(part) for part in arguments], _environment(), cwd)
    said = done.stdout + done.stderr
    assert done.returncode == fails, f"{' '.join(done.args)}: {said.decode('utf-8', 'replace')}"
    return said.decode()


def fingerprints(text: str) -> list[str]:
    """SHA-256 of each certificate of a text, in lower-case hex."""
    found = (openssl("x509 -noout -fingerprint -sha256", block.encode()).decode() for block in blocks(text))
    return [one.partition("=")[2].strip().replace(":", "").lower() for one in found]


def public_half(private_key: bytes, options: str = "") -> str:
    """SHA-256 of the SubjectPublicKeyInfo of a private key, PEM unless the options say otherwise."""
    return sha256(openssl(f"pkey -pubout -outform DER {options}", private_key)).hexdigest()

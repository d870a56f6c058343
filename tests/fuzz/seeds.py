"""What the fuzzers start from: the corpus, and for each reader the bytes that reach it.

`python -m tests.fuzz.seeds TARGET FOLDER` writes them, one file each.
"""

import hashlib
import sys
from pathlib import Path
from typing import Final

from tests.corpus import answers

from sealstone.x509.containers import reading
from sealstone.x509.material import Container, Form

_FORMS: Final = {
    "pkcs12": {Form.PKCS12},
    "pkcs7": {Form.PKCS7},
    "keystores": {Form.JKS, Form.JCEKS},
    "encrypted_keys": {Form.ENCRYPTED_PKCS8, Form.ENCRYPTED_PEM},
    "openssh": {Form.OPENSSH},
}
_LARGEST: Final = 20_000


def of(target: str) -> list[bytes]:
    """The seeds of one target."""
    files = [case.data for case in answers.read()]
    if target == "structures":
        return [data for data in files if data[:1] == b"0"]
    if target not in _FORMS:
        return [data for data in files if len(data) <= _LARGEST]
    items = [item for data in files for item in reading.contents(data, "")]
    return [item.data for item in items if isinstance(item, Container) and item.form in _FORMS[target]]


def write(target: str, folder: Path) -> int:
    """Write the seeds of a target into a folder, one file each; how many."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = of(target)
    for seed in seeds:
        (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    return len(seeds)


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]))

"""Makes the corpus anew with the real openssl and keytool: `python -m tests.corpus.make` (about half a minute).

Not part of any test: the files are committed, with new keys each time they are made. What each file must be read as
is stated beside the command that makes it, in `singles`, `private_keys`, `containers`, `chains` and `damaged`; the
verdicts about chains are those of `openssl verify`.
"""

import sys
import tempfile
from pathlib import Path

from tests.corpus import answers, chains, containers, damaged, keystores, mixtures, private_keys, singles
from tests.corpus.workshop import Workshop


def main() -> int:
    """Empty the folder, fill it again, write the answers."""
    answers.FILES.mkdir(exist_ok=True)
    for file in answers.FILES.iterdir():
        file.unlink()
    with tempfile.TemporaryDirectory(prefix="sealstone-corpus-") as folder:
        shop = Workshop(Path(folder))
        for room in (singles, private_keys, containers, keystores, chains, mixtures, damaged):
            room.make(shop)
        answers.EXPECTED.write_text(answers.written(shop.cases), encoding="utf-8")
    size = sum(file.stat().st_size for file in answers.FILES.iterdir())
    sys.stdout.write(f"{len(shop.cases)} files, {size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

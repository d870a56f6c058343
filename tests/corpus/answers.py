"""What each file of the corpus must be read as: the records, and `expected.json` as they are kept.

The answers are stated in `make.py` and its neighbours beside the command that made the file, never asked of the
reader under test. The digests beside them are OpenSSL's.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
FILES: Final = HERE / "files"
EXPECTED: Final = HERE / "expected.json"

PASSWORD: Final = "sealstone-test"
"""The password of every protected file, unless the case is about passwords."""
OTHER_PASSWORD: Final = "another-password"
"""That of a key which has one of its own."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One piece that must be found."""

    kind: str
    """As `material.Kind` has it."""
    forms: tuple[str, ...]
    """As `material.Form` has them, from the outside in."""
    key: str = ""
    """`RSA 2048`, `EC P-256`, `Ed25519`; empty where there is none."""
    subject: str = ""
    """RFC 4514; the issuer for a revocation list; empty for keys."""
    digest: str = ""
    """SHA-256: of the DER for a certificate or revocation list, else of the SubjectPublicKeyInfo; by OpenSSL."""
    label: str = ""
    """Alias or friendly name that must be found; empty when there is none to speak of."""
    remark: str = ""
    """A word that one of the remarks must have."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing of which nothing can be made: the class of the problem and a word of its cause; empty for any."""

    problem: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `openssl verify` says of the chain in a file, and what the search for a path must find."""

    leaf: int
    """The position of the certificate in question, from 0, among the certificates of the file."""
    trusted: tuple[int, ...]
    """The positions of what OpenSSL is told to trust, the self-signed ones; everything is given as untrusted."""
    openssl: str
    """`OK`, or OpenSSL's first error in its own words."""
    path: tuple[str, ...]
    """Subjects of the issuers that must be found, the immediate one first, without the root."""
    root: str | None
    """Subject of the root that must be found."""
    missing: str | None
    """Name of the issuer that is not there."""
    unrelated: tuple[str, ...] = ()
    """Subjects of certificates that do not belong to the path."""


@dataclass(frozen=True, slots=True)
class Case:
    """One file."""

    file: str
    made: str
    """The command, or what was done to which file."""
    pieces: tuple[Thing, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    password: str | None = None
    """What is given to open it; None: nothing is given."""
    verdict: Verdict | None = None
    others: tuple[str, ...] = ()
    """Further passwords, of parts that have their own."""

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return (FILES / self.file).read_bytes()


def written(cases: list[Case]) -> str:
    """The text of `expected.json`, by file name; what is empty is left out."""
    plain = [_without_empty(asdict(case)) for case in sorted(cases, key=lambda case: case.file)]
    return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"


def read() -> tuple[Case, ...]:
    """All cases as committed."""
    return tuple(_case(plain) for plain in json.loads(EXPECTED.read_text(encoding="utf-8")))


def _without_empty(plain: dict[str, Any]) -> dict[str, Any]:
    """Empty texts and lists have their defaults; a password may be empty and say something."""
    kept: dict[str, Any] = {}
    for name, value in plain.items():
        if isinstance(value, tuple | list) and value and isinstance(value[0], dict):
            kept[name] = [_without_empty(item) for item in value]
        elif value or (name == "password" and value is not None):
            kept[name] = value
    return kept


def _case(plain: dict[str, Any]) -> Case:
    verdict = plain.pop("verdict", None)
    others = tuple(plain.pop("others", ()))
    pieces = tuple(Thing(**{**thing, "forms": tuple(thing["forms"])}) for thing in plain.pop("pieces", ()))
    refusals = tuple(Refusal(**refusal) for refusal in plain.pop("refusals", ()))
    judged = _verdict(verdict) if verdict else None
    return Case(**plain, pieces=pieces, refusals=refusals, verdict=judged, others=others)


def _verdict(plain: dict[str, Any]) -> Verdict:
    lists = {name: tuple(plain[name]) for name in ("trusted", "path", "unrelated")}
    return Verdict(**{**plain, **lists})

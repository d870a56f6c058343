"""The corpus made by OpenSSL and keytool: every file is read as its maker states, or refused for the cause it states.

The files and answers are in `tests/corpus`, made by `tests/corpus/make.py`; nothing here runs OpenSSL. Chains are
held against the recorded verdicts of `openssl verify`; where ours differs, `DIFFERENCES` says why.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

import pytest
from tests.corpus import answers
from tests.corpus.answers import Case, Refusal, Thing

from sealstone.model.secret import Secret
from sealstone.x509.containers import reading
from sealstone.x509.description import (
    CertificateDescription,
    KeyDescription,
    RequestDescription,
    RevocationListDescription,
    describe,
)
from sealstone.x509.material import Container, Kind, Piece, Unreadable
from sealstone.x509.problems import X509Problem

CASES: Final = answers.read()


def by_file(case: Case) -> str:
    return case.file


def found_in(case: Case) -> tuple[Piece | Unreadable, ...]:
    """Everything in the file, with its containers opened by the password of the case."""
    found: list[Piece | Unreadable] = []
    for item in reading.contents(case.data, case.file):
        if isinstance(item, Container):
            found += opened(item, case)
        else:
            found.append(item)
    return tuple(found)


def opened(container: Container, case: Case) -> Iterable[Piece | Unreadable]:
    password = None if case.password is None else Secret(case.password.encode())
    try:
        return reading.opened(container, password, [Secret(other.encode()) for other in case.others])
    except X509Problem as problem:
        return [Unreadable(container.origin, problem)]


def digest_of(piece: Piece) -> str:
    """As `Thing.digest` has it."""
    told = describe(piece)
    if isinstance(told, KeyDescription | RequestDescription):
        return told.public_key_fingerprint
    return "" if piece.kind is Kind.PARAMETERS else sha256(piece.der).hexdigest()


def pieces_of(found: Iterable[Piece | Unreadable]) -> list[Piece]:
    return [item for item in found if isinstance(item, Piece)]


def problems_of(found: Iterable[Piece | Unreadable]) -> list[X509Problem]:
    return [item.problem for item in found if isinstance(item, Unreadable)]


def outline(piece: Piece) -> tuple[str, tuple[str, ...], str]:
    return piece.kind.value, tuple(form.value for form in piece.origin.forms), digest_of(piece)


def outline_of(thing: Thing) -> tuple[str, tuple[str, ...], str]:
    return thing.kind, thing.forms, thing.digest


def test_the_corpus_is_large_and_small() -> None:
    files = sorted(path.name for path in answers.FILES.iterdir())
    assert files == sorted(case.file for case in CASES)
    assert len(files) >= 120
    assert sum(path.stat().st_size for path in answers.FILES.iterdir()) < 1_000_000


@pytest.mark.parametrize("case", CASES, ids=by_file)
def test_every_piece_is_found(case: Case) -> None:
    found = pieces_of(found_in(case))
    assert sorted(map(outline, found)) == sorted(map(outline_of, case.pieces))
    # An order is kept where the file has one: keystores list their entries as their hash table had them.
    if not case.file.endswith(".jks"):
        assert [outline(piece)[0] for piece in found] == [thing.kind for thing in case.pieces]


@pytest.mark.parametrize("case", CASES, ids=by_file)
def test_what_cannot_be_read_is_refused_with_its_cause(case: Case) -> None:
    problems = problems_of(found_in(case))
    said = [(type(problem).__name__, str(problem)) for problem in problems]
    assert len(problems) == len(case.refusals), said
    for refusal in case.refusals:
        assert any(fits(refusal, problem) for problem in problems), said
    for problem in problems:
        assert problem.cause
        assert problem.cure
        assert str(problem).isprintable()


def fits(refusal: Refusal, problem: X509Problem) -> bool:
    named = not refusal.problem or type(problem).__name__ == refusal.problem
    return named and refusal.word.lower() in problem.cause.lower()


@pytest.mark.parametrize("case", [case for case in CASES if case.pieces], ids=by_file)
def test_every_piece_is_described(case: Case) -> None:
    """Its key and its subject, as OpenSSL was told to make them."""
    told = sorted((*outline(piece), *key_and_subject(piece)) for piece in pieces_of(found_in(case)))
    assert told == sorted((*outline_of(thing), thing.key, thing.subject) for thing in case.pieces)


def key_and_subject(piece: Piece) -> tuple[str, str]:
    told = describe(piece)
    if isinstance(told, CertificateDescription):
        # A broken one is told of all the same, and what is wrong with it is in its faults.
        assert told.fingerprint == digest_of(piece)
        return told.key, told.subject
    if isinstance(told, RequestDescription):
        return told.key, told.subject
    if isinstance(told, RevocationListDescription):
        return "", told.issuer
    return (told.key, "") if isinstance(told, KeyDescription) else ("", "")


@pytest.mark.parametrize("case", [case for case in CASES if any(thing.label for thing in case.pieces)], ids=by_file)
def test_aliases_are_kept(case: Case) -> None:
    found = {(outline(piece), piece.label) for piece in pieces_of(found_in(case))}
    assert {(outline_of(thing), thing.label) for thing in case.pieces if thing.label} <= found


@pytest.mark.parametrize("case", [case for case in CASES if any(thing.remark for thing in case.pieces)], ids=by_file)
def test_oddities_are_remarked(case: Case) -> None:
    remarks = {outline(piece): " / ".join(piece.remarks) for piece in pieces_of(found_in(case))}
    for thing in case.pieces:
        assert thing.remark.lower() in remarks[outline_of(thing)].lower()


@pytest.mark.parametrize("case", CASES, ids=by_file)
def test_nothing_shows_a_key_or_a_password(case: Case) -> None:
    shown = repr(reading.contents(case.data, case.file)) + repr(found_in(case))
    for password in filter(None, (case.password, *case.others)):
        assert password not in shown.replace(case.file, "")
    for piece in pieces_of(found_in(case)):
        if piece.secret is not None:
            assert repr(piece.secret.reveal())[2:40] not in shown
            assert piece.der == b""

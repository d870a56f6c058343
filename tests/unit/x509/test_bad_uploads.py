"""Every row of the upload tables through `bundle.read`: the finding's class, its place and its words."""

import pytest
from tests.bad_uploads import bad_uploads
from tests.good_uploads import good_uploads
from tests.pki import NOW
from tests.uploads import Upload, broken_chain

from sealstone.x509 import bundle
from sealstone.x509.acceptance import IAM
from sealstone.x509.problems import X509Problem

BAD = bad_uploads()
GOOD = good_uploads()


def read(upload: Upload) -> bundle.CertificateBundle:
    return bundle.read(upload.certificate_body, upload.private_key, upload.certificate_chain, at=NOW, acceptance=IAM)


@pytest.mark.parametrize("upload", BAD, ids=repr)
def test_refused_with_the_right_finding(upload: Upload) -> None:
    assert upload.problem is not None
    with pytest.raises(X509Problem) as caught:
        read(upload)
    problem = caught.value
    assert type(problem) is upload.problem
    assert all(word in str(problem) for word in upload.words), str(problem)
    if upload.message.startswith("Unable to validate"):
        assert upload.message == broken_chain(getattr(problem, "at", -1))


@pytest.mark.parametrize("upload", BAD, ids=repr)
def test_shows_no_secret_and_no_flood(upload: Upload) -> None:
    """No line of the private key field, nothing unprintable, and never a long piece of what was sent."""
    with pytest.raises(X509Problem) as caught:
        read(upload)
    text = str(caught.value)
    assert text.isprintable()
    assert len(text) < 700
    assert caught.value.cause
    assert caught.value.cure
    lines = [line for line in upload.private_key.splitlines() if len(line) > 20 and "-----" not in line]
    assert not any(line[:20] in text for line in lines)


@pytest.mark.parametrize("upload", GOOD, ids=repr)
def test_accepted(upload: Upload) -> None:
    accepted = read(upload)
    assert accepted.certificate_body == _as_returned(upload.certificate_body)
    chain = upload.certificate_chain
    assert accepted.certificate_chain == (None if chain is None else _as_returned(chain))


def _as_returned(text: str) -> str:
    """What GetServerCertificate answers: LF, and no white space around."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def test_rows_have_names_of_their_own() -> None:
    names = [upload.id for upload in (*BAD, *GOOD)]
    assert len(names) == len(set(names))


def test_there_are_enough_of_them() -> None:
    assert len(BAD) >= 70
    assert len(GOOD) >= 25

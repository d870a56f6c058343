"""Every row of the upload tables over the wire: IAM's code and sentence for the bad ones, the good ones accepted."""

from collections.abc import Iterator

import pytest
from tests.bad_uploads import bad_uploads
from tests.clients.wire import Answer, Line
from tests.good_uploads import good_uploads
from tests.server import Server
from tests.uploads import Upload

from sealstone.server.clock import system_clock

NAME = "row"


@pytest.fixture(scope="module")
def line(server: Server) -> Iterator[Line]:
    """An account that stays empty: each row takes the same name."""
    with Line(server.endpoint, server.account()) as opened:
        yield opened


def sent(line: Line, upload: Upload) -> Answer:
    chain = {} if upload.certificate_chain is None else {"CertificateChain": upload.certificate_chain}
    pair = {"CertificateBody": upload.certificate_body, "PrivateKey": upload.private_key}
    return line.call("UploadServerCertificate", ServerCertificateName=NAME, **pair, **chain)


def test_bad_uploads(line: Line) -> None:
    rows = bad_uploads(system_clock())
    assert len(rows) >= 60
    for upload in rows:
        answer = sent(line, upload)
        assert answer.status == 400, (upload, answer)
        assert answer.code == upload.code, (upload, answer)
        assert answer.message.startswith(upload.message), (upload, answer)
        if answer.code != "ValidationError":
            assert all(word.casefold() in answer.message.casefold() for word in upload.words), (upload, answer)
    listed = line.call("ListServerCertificates")
    assert listed.status == 200
    assert b"<member>" not in listed.body


def test_good_uploads(line: Line) -> None:
    rows = good_uploads(system_clock())
    assert len(rows) >= 25
    for upload in rows:
        answer = sent(line, upload)
        assert answer.status == 200, (upload, answer)
        assert line.call("DeleteServerCertificate", ServerCertificateName=NAME).status == 200


def test_no_private_key_comes_back(line: Line, server: Server) -> None:
    """What every read answers of a stored certificate, and what the audit log says of its upload."""
    upload = next(row for row in good_uploads(system_clock()) if row.id == "whole-chain")
    assert sent(line, upload).status == 200
    answers = [
        line.call("GetServerCertificate", ServerCertificateName=NAME).body,
        line.call("ListServerCertificates").body,
        line.call("ListServerCertificateTags", ServerCertificateName=NAME).body,
        server.done("audit", "tail", "--json").encode(),
    ]
    secret = [text.encode() for text in upload.private_key.splitlines()[1:-1]]
    assert not any(piece in answer for piece in secret for answer in answers)
    line.call("DeleteServerCertificate", ServerCertificateName=NAME)

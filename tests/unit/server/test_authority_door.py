"""What stands below /ca/: kinds, caching, methods, and nothing that is not public."""

from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from tests.authority import Installation, as_path, loaded, question

from sealstone.endpoint.request import Request, Response
from sealstone.model.authority import Role
from sealstone.server.authority_door import LONGEST_BODY
from sealstone.store.engine import Store
from sealstone.store.faults import StoreFailed


@pytest.fixture
def made(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def answer(made: Installation, path: str, method: str = "GET", body: bytes = b"") -> Response:
    found = made.door.answer(method, path, body)
    assert found is not None
    return found


def header(response: Response, name: str) -> str:
    return dict(response.headers)[name]


@pytest.mark.parametrize("path", ["/", "/ca", "/car/root.pem", "/health", "//ca/root.pem"])
def test_what_is_elsewhere_is_not_answered(made: Installation, path: str) -> None:
    assert made.door.answer("GET", path, b"") is None


def test_the_root_is_pem(made: Installation) -> None:
    made.keeper.ensure()
    found = answer(made, "/ca/root.pem")
    assert (found.status, header(found, "content-type")) == (200, "application/x-pem-file")
    assert x509.load_pem_x509_certificate(found.body) == loaded(made.row(Role.ROOT).certificate)
    assert header(found, "date") == format_datetime(made.clock.now, usegmt=True)


def test_certificates_and_lists_are_der(made: Installation) -> None:
    made.keeper.ensure()
    for row in made.rows():
        certificate = answer(made, f"/ca/{row.certificate_id}.cer")
        assert header(certificate, "content-type") == "application/pkix-cert"
        assert certificate.body == row.certificate
        crl = answer(made, f"/ca/{row.certificate_id}.crl", "HEAD")
        assert header(crl, "content-type") == "application/pkix-crl"
        found = x509.load_der_x509_crl(crl.body)
        assert found.next_update_utc is not None
        assert header(crl, "expires") == format_datetime(found.next_update_utc, usegmt=True)
        assert header(crl, "cache-control") == "public, max-age=300"


@pytest.mark.parametrize("name", ["root.pem", "x.cer", "x.crl", "x.key", "", "root.key", "../health", "x"])
def test_nothing_is_made_for_whoever_asks(made: Installation, name: str) -> None:
    assert answer(made, f"/ca/{name}").status == 404
    assert made.rows() == ()


def test_there_is_no_way_to_a_key(made: Installation) -> None:
    made.keeper.ensure()
    for row in made.rows():
        for kind in ("key", "pem", "p12", "der"):
            assert answer(made, f"/ca/{row.certificate_id}.{kind}").status == 404


def test_a_cross_certificate_has_no_list(made: Installation) -> None:
    made.keeper.rotate(root=True)
    cross = made.row(Role.CROSS).certificate_id
    assert answer(made, f"/ca/{cross}.cer").status == 200
    assert answer(made, f"/ca/{cross}.crl").status == 404


def test_status_by_post_and_by_get(made: Installation) -> None:
    issued = made.issue()
    asked = question(issued.certificate, issued.chain[0])
    posted, got = answer(made, "/ca/ocsp", "POST", asked), answer(made, as_path(asked))
    assert posted.body == got.body
    assert header(got, "content-type") == "application/ocsp-response"
    response = ocsp.load_der_ocsp_response(got.body)
    assert response.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert response.next_update_utc is not None
    assert header(got, "expires") == format_datetime(response.next_update_utc, usegmt=True)
    assert header(got, "last-modified") == format_datetime(response.this_update_utc, usegmt=True)
    assert header(got, "cache-control") == "max-age=300, public, no-transform, must-revalidate"
    assert header(got, "etag") == header(posted, "etag")


@pytest.mark.parametrize("path", ["/ca/ocsp/", "/ca/ocsp/%%%", "/ca/ocsp/aGVsbG8%3D", "/ca/ocsp/a"])
def test_what_is_no_request_is_told_so(made: Installation, path: str) -> None:
    found = answer(made, path)
    assert found.status == 200
    assert ocsp.load_der_ocsp_response(found.body).response_status.name == "MALFORMED_REQUEST"
    assert header(found, "cache-control") == "no-store"


def test_an_answer_for_one_is_not_kept(made: Installation) -> None:
    issued = made.issue()
    found = answer(made, "/ca/ocsp", "POST", question(issued.certificate, issued.chain[0], bytes(8)))
    assert header(found, "cache-control") == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/ca/ocsp", "POST"),
        ("POST", "/ca/ocsp/aGVsbG8=", "GET, HEAD"),
        ("DELETE", "/ca/root.pem", "GET, HEAD"),
        ("POST", "/ca/x.crl", "GET, HEAD"),
    ],
)
def test_other_methods_are_refused(made: Installation, method: str, path: str, allowed: str) -> None:
    found = answer(made, path, method)
    assert (found.status, header(found, "allow")) == (405, allowed)


def test_an_unreadable_store_is_told(made: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_store: Store) -> object:
        raise StoreFailed("the disk failed")

    monkeypatch.setattr(Store, "reading", failing)
    assert answer(made, "/ca/root.pem").status == 503


def test_the_aws_door_gets_a_page_for_every_request(made: Installation) -> None:
    made.keeper.ensure()
    assert made.door.page(Request("GET", "/ca/root.pem", "", (), b"", "192.0.2.1")).status == 200
    assert made.door.page(Request("GET", "/ca", "", (), b"", "192.0.2.1")).status == 404
    long = made.door.page(Request("POST", "/ca/ocsp", "", (), bytes(LONGEST_BODY + 2), "192.0.2.1"))
    assert ocsp.load_der_ocsp_response(long.body).response_status.name == "MALFORMED_REQUEST"

"""Whatever is sent to /ca/ by whomever: an answer, never a fault, and never more work than is allowed."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import ocsp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.authority import Installation, as_path, loaded, question
from tests.pki import Authority

from sealstone.model.authority import Role
from sealstone.server.online_status import Budget, StatusAnswers
from sealstone.x509.making import online_status

MANY = 300
BURST = 20


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    installation = Installation(tmp_path_factory.mktemp("authority"))
    installation.issue()
    return installation


@pytest.fixture(scope="module")
def asked(made: Installation) -> bytes:
    issued = made.issue(order_id="asked")
    return question(issued.certificate, issued.chain[0], bytes(16))


QUICK = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(at=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.integers(0, 20))
def test_a_damaged_question_gets_an_answer(made: Installation, asked: bytes, at: int, byte: int, cut: int) -> None:
    damaged = bytearray(asked[: len(asked) - cut] if at % 5 == 0 else asked)
    damaged[at % len(damaged)] = byte
    made.clock.advance(1)
    answer = made.door.answer("POST", "/ca/ocsp", bytes(damaged))
    assert answer is not None
    assert answer.status == 200
    ocsp.load_der_ocsp_response(answer.body)


@QUICK
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "-"]), path=st.text(max_size=60), body=st.binary(max_size=50)
)
def test_any_path_gets_an_answer(made: Installation, method: str, path: str, body: bytes) -> None:
    text = path.encode("utf-8", "surrogatepass").decode("latin-1")
    for prefix in ("/ca/", "/ca/ocsp/", "/ca/ocsp"):
        answer = made.door.answer(method, prefix + text, body)
        assert answer is not None
        assert answer.status in (200, 404, 405)


def test_an_answer_is_proven_by_the_intermediate_alone(made: Installation, asked: bytes) -> None:
    answer = made.door.answer("GET", as_path(asked), b"")
    assert answer is not None
    response = ocsp.load_der_ocsp_response(answer.body)
    (responder,) = response.certificates
    responder.verify_directly_issued_by(loaded(made.row(Role.INTERMEDIATE).certificate))
    key = responder.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(SHA256()))


def test_a_flood_costs_no_more_signatures_than_allowed(
    made: Installation, asked: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half with nonces, so that nothing kept serves them; half with serial numbers that nobody issued."""
    signed: list[int] = []
    real = online_status.answered

    def counted(*arguments: object, **options: object) -> bytes:
        signed.append(1)
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(online_status, "answered", counted)
    answers = StatusAnswers(made.store, made.keeper, made.clock, lambda: Budget(burst=BURST, per_second=0.0))
    stranger = Authority("Other").leaf("x.example").certificate_der
    invented = question(stranger, made.row(Role.INTERMEDIATE).certificate)
    for _ in range(MANY):
        answers.answer(asked)
        answers.answer(invented)
    assert len(signed) == 2 * BURST


def test_a_question_without_a_nonce_costs_one_signature(made: Installation) -> None:
    issued = made.issue(order_id="calm")
    answers = StatusAnswers(made.store, made.keeper, made.clock, lambda: Budget(burst=1.0, per_second=0.0))
    bodies = {answers.answer(question(issued.certificate, issued.chain[0])).data for _ in range(MANY)}
    assert len(bodies) == 1

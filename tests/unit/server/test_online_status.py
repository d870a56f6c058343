"""Answers about status: true at once, bounded in signatures, and silent about everything else."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponseStatus
from tests.authority import Installation, loaded, question
from tests.forged import sequence
from tests.pki import Authority

from sealstone.model.authority import RevocationReason, Role, State
from sealstone.seal.envelope import Keyring
from sealstone.seal.faults import SealBroken
from sealstone.server import online_status
from sealstone.server.online_status import COUNTS, KEPT, Answer, Budget, StatusAnswers
from sealstone.store.engine import Store
from sealstone.store.faults import StoreFailed


@pytest.fixture
def made(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def answers_of(made: Installation, burst: float = 400.0) -> StatusAnswers:
    return StatusAnswers(made.store, made.keeper, made.clock, lambda: Budget(burst=burst, per_second=1.0))


def status_of(answer: Answer) -> str:
    response = ocsp.load_der_ocsp_response(answer.data)
    if response.response_status is not OCSPResponseStatus.SUCCESSFUL:
        return response.response_status.name
    return response.certificate_status.name


def test_good_then_revoked_at_once(made: Installation) -> None:
    issued = made.issue()
    asked = question(issued.certificate, issued.chain[0])
    answers = answers_of(made)
    first = answers.answer(asked)
    assert status_of(first) == "GOOD"
    assert answers.answer(asked) is first
    made.revoke(issued.certificate, RevocationReason.SUPERSEDED)
    response = ocsp.load_der_ocsp_response(answers.answer(asked).data)
    assert response.certificate_status is OCSPCertStatus.REVOKED
    assert response.revocation_reason is x509.ReasonFlags.superseded
    assert response.revocation_time_utc == made.clock.now


def test_an_unspecified_reason_is_not_told(made: Installation) -> None:
    issued = made.issue()
    made.revoke(issued.certificate)
    assert made.status(issued.certificate, issued.chain[0]).revocation_reason is None


def test_what_was_not_issued_is_unknown(made: Installation) -> None:
    issued = made.issue()
    stranger = Authority("Other").leaf("www.example.com").certificate_der
    root = made.row(Role.ROOT)
    answers = answers_of(made)
    assert status_of(answers.answer(question(stranger, issued.chain[0]))) == "UNKNOWN"
    # One of ours, asked of an issuer that did not issue it.
    assert status_of(answers.answer(question(issued.certificate, root.certificate))) == "UNKNOWN"
    assert status_of(answers.answer(question(issued.chain[0], root.certificate))) == "GOOD"


def test_a_negative_serial_number_is_unknown(made: Installation) -> None:
    issued = made.issue()
    asked = bytearray(question(issued.certificate, issued.chain[0]))
    number = loaded(issued.certificate).serial_number.to_bytes(20, "big")
    asked[asked.index(number)] |= 0x80
    assert status_of(answers_of(made).answer(bytes(asked))) == "UNKNOWN"


def test_of_strangers_nothing_is_said(made: Installation) -> None:
    root = Authority("Other")
    asked = question(root.leaf("a.example").certificate_der, root.certificate_der)
    answers = answers_of(made)
    assert status_of(answers.answer(asked)) == "UNAUTHORIZED"
    made.keeper.ensure()
    assert status_of(answers.answer(asked)) == "UNAUTHORIZED"
    assert status_of(answers.answer(b"hello")) == "MALFORMED_REQUEST"


def test_a_nonce_is_repeated_and_its_answer_kept_for_nobody(made: Installation) -> None:
    issued = made.issue()
    answers = answers_of(made)
    answers.answer(question(issued.certificate, issued.chain[0]))  # one that is kept
    for number in range(2):
        answer = answers.answer(question(issued.certificate, issued.chain[0], bytes([number]) * 16))
        response = ocsp.load_der_ocsp_response(answer.data)
        assert response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == bytes([number]) * 16
        assert answer.is_for_one


def test_an_answer_is_kept_for_minutes(made: Installation) -> None:
    issued = made.issue()
    asked = question(issued.certificate, issued.chain[0])
    answers = answers_of(made)
    first = answers.answer(asked)
    assert first.next_update == made.clock.now + COUNTS
    made.clock.advance(KEPT.total_seconds() - 1)
    assert answers.answer(asked) is first
    made.clock.advance(1)
    assert answers.answer(asked) is not first
    made.clock.advance(-3600)  # a clock that was set back
    assert answers.answer(asked) is not first


def test_not_more_answers_are_kept_than_there_is_room_for(made: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online_status, "_MOST_KEPT", 1)
    one, two = made.issue(order_id="1"), made.issue(order_id="2")
    answers = answers_of(made)
    first = answers.answer(question(one.certificate, one.chain[0]))
    answers.answer(question(two.certificate, two.chain[0]))
    assert answers.answer(question(one.certificate, one.chain[0])) is not first


def test_signatures_are_bounded_and_invented_numbers_take_none_from_real_ones(made: Installation) -> None:
    issued = made.issue()
    root = Authority("Other")
    invented = [question(root.leaf(f"{n}.example").certificate_der, issued.chain[0]) for n in range(3)]
    real = [question(one.certificate, one.chain[0]) for one in (made.issue(order_id=str(n)) for n in range(3))]
    answers = answers_of(made, burst=2.0)
    assert [status_of(answers.answer(one)) for one in invented] == ["UNKNOWN", "UNKNOWN", "TRY_LATER"]
    assert [status_of(answers.answer(one)) for one in real] == ["GOOD", "GOOD", "TRY_LATER"]
    made.clock.advance(1)
    assert [status_of(answers.answer(one)) for one in reversed(real)] == ["GOOD", "GOOD", "GOOD"]


def test_a_flood_of_nonces_takes_none_from_those_who_send_none(made: Installation) -> None:
    """Nor do questions about several certificates at once, of whose orders there is no end."""
    issued = [made.issue(order_id=str(n)) for n in range(2)]
    real = [question(one.certificate, one.chain[0]) for one in issued]
    endless = [question(issued[0].certificate, issued[0].chain[0], bytes([n]) * 16) for n in range(2)]
    endless.insert(0, together(real))
    answers = answers_of(made, burst=2.0)
    found = [ocsp.load_der_ocsp_response(answers.answer(one).data).response_status.name for one in endless]
    assert found == ["SUCCESSFUL", "SUCCESSFUL", "TRY_LATER"]
    assert [status_of(answers.answer(one)) for one in real] == ["GOOD", "GOOD"]


def together(questions: Sequence[bytes]) -> bytes:
    """One question about what each of these asks for."""
    # Each is a request, its content, its list, and then the element of that list: four headers, the last one kept.
    return sequence(sequence(sequence(*(one[6:] for one in questions))))


def test_a_responder_is_replaced_before_its_end(made: Installation) -> None:
    issued = made.issue()
    answers, seen = answers_of(made), set()
    for _ in range(5):
        answer = answers.answer(question(issued.certificate, issued.chain[0]))
        response = ocsp.load_der_ocsp_response(answer.data)
        assert answer.next_update is not None
        assert response.certificates[0].not_valid_after_utc >= answer.next_update
        seen.add(response.certificates[0])
        made.clock.advance(12 * 3600)
    assert len(seen) == 3


def test_retired_certificates_of_the_authority_answer_still(made: Installation) -> None:
    issued = made.issue()
    answers = answers_of(made)
    asked = question(issued.certificate, issued.chain[0])
    assert status_of(answers.answer(asked)) == "GOOD"
    made.keeper.rotate(root=True)
    made.clock.advance(KEPT.total_seconds())
    assert status_of(answers.answer(asked)) == "GOOD"
    old_root = made.row(Role.ROOT, State.RETIRED).certificate
    assert status_of(answers.answer(question(issued.chain[0], old_root))) == "GOOD"
    assert status_of(answers.answer(question(made.row(Role.CROSS).certificate, old_root))) == "GOOD"


def test_an_expired_one_answers_for_nothing(made: Installation) -> None:
    issued = made.issue()
    made.clock.now += timedelta(days=6 * 366)
    assert status_of(answers_of(made).answer(question(issued.certificate, issued.chain[0]))) == "UNAUTHORIZED"


def test_faults_are_answered_and_logged(made: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = made.issue()
    asked = question(issued.certificate, issued.chain[0])

    def broken(*_: object, **__: object) -> object:
        raise SealBroken("altered")

    monkeypatch.setattr(Keyring, "unseal", broken)
    assert status_of(answers_of(made).answer(asked)) == "INTERNAL_ERROR"
    monkeypatch.undo()

    def failing(_store: Store) -> object:
        raise StoreFailed("the disk failed")

    monkeypatch.setattr(Store, "reading", failing)
    assert status_of(answers_of(made).answer(asked)) == "TRY_LATER"

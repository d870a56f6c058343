"""Sessions as records: which of them are limited."""

from datetime import UTC, datetime

import pytest

from sealstone.model.session import Session, SessionKind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def session(kind: SessionKind, policies: tuple[str, ...] = (), policy_arns: tuple[str, ...] = ()) -> Session:
    ends = NOW.replace(hour=13)
    return Session("123456789012", "ASIA", kind, "AROA", "n", NOW, ends, policies=policies, policy_arns=policy_arns)


@pytest.mark.parametrize("kind", SessionKind)
def test_session_policies_limit(kind: SessionKind) -> None:
    assert session(kind, policies=("{}",)).limited
    assert session(kind, policy_arns=("arn",)).limited


def test_a_federated_user_without_policies_is_limited_to_nothing() -> None:
    assert session(SessionKind.FEDERATED).limited
    assert not session(SessionKind.ASSUMED_ROLE).limited
    assert not session(SessionKind.SESSION_TOKEN).limited


def test_a_user_s_session_with_a_name_is_a_certificate_s() -> None:
    assert session(SessionKind.SESSION_TOKEN).by_certificate
    assert not session(SessionKind.ASSUMED_ROLE).by_certificate
    assert not session(SessionKind.FEDERATED).by_certificate

"""What is said of operations that are not performed: all that AWS's models have, and none that they do not have."""

import pytest

from sealstone.operations import absent
from sealstone.operations.catalog import operations
from sealstone.operations.service_model import service as service_model


@pytest.mark.parametrize("service", absent.SERVICES)
def test_every_operation_is_performed_or_has_a_reason(service: str) -> None:
    performed = {one.name for one in operations() if one.service == service}
    for name in set(service_model(service).operation_names) - performed:
        told = absent.told(service, name)
        assert told.startswith(f": AWS has {name}, but it is ")
        assert absent.rule_for(service, name).remark in told
        assert told.endswith("See docs/operations.md.")


def test_what_aws_has_not_has_no_reason() -> None:
    assert absent.told("iam", "CreateSAMLProviders") == ""


def test_planned_is_another_word(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "is planned, and not performed yet (issuing over ACME)" in absent.told("acm", "CreateAcmeEndpoint")
    never = absent.Rule("acm", absent.NOT_PLANNED, "no protocol", ("*Acme*",))
    monkeypatch.setattr(absent, "RULES", (never,))
    assert "is not performed here (no protocol)" in absent.told("acm", "CreateAcmeEndpoint")
    monkeypatch.setattr(absent, "RULES", ())
    assert absent.told("acm", "CreateAcmeEndpoint") == (
        ": AWS has CreateAcmeEndpoint, but it is not performed here. See docs/operations.md."
    )

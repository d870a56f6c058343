"""RequestCertificate through the door: how many certificates of an authority, and names that nobody can validate."""

from typing import Any

import pytest
from tests.acm import asked, done, message
from tests.acm_requests import AUTHORITY_ARN, private, requested
from tests.house_fixture import World

FULL = "You have reached the maximum number of certificates."


def test_private_certificates_are_counted_apart(world: World) -> None:
    """Nobody who names an authority may keep the workers from everybody else's certificates."""
    world.quota("PrivateCertificatesPerRegion", 2)
    first = private(world)
    private(world)
    sent = {"DomainName": "a.example", "CertificateAuthorityArn": AUTHORITY_ARN}
    refused = asked(world, "RequestCertificate", sent)
    assert (refused.code, message(refused)[: len(FULL)]) == ("LimitExceededException", FULL)
    assert message(refused).endswith("The quota PrivateCertificatesPerRegion is 2.")
    requested(world)
    done(world, "DeleteCertificate", {"CertificateArn": first})
    private(world)


def test_a_name_without_room_for_its_record_is_validated_otherwise(world: World) -> None:
    long = ".".join(["a" * 54] * 4)
    names: dict[str, Any] = {"SubjectAlternativeNames": [f"{long}.example"]}
    refused = asked(world, "RequestCertificate", {"DomainName": "a.example", "ValidationMethod": "DNS", **names})
    assert refused.code == "ValidationException"
    assert "cannot be validated by DNS" in message(refused)
    for method in ("EMAIL", "HTTP"):
        requested(world, ValidationMethod=method, **names)
    private(world, **names)


@pytest.mark.parametrize(
    "sent",
    [
        {"DomainName": "*.com"},
        {"DomainName": "a.com", "SubjectAlternativeNames": ["*.com"]},
        {
            "DomainName": "a.com",
            "ValidationMethod": "EMAIL",
            "DomainValidationOptions": [{"DomainName": "a.com", "ValidationDomain": "com"}],
        },
    ],
)
def test_nobody_is_asked_about_a_top_level_domain(world: World, sent: dict[str, Any]) -> None:
    """The service model's pattern wants two labels at least."""
    refused = asked(world, "RequestCertificate", sent)
    assert refused.code == "ValidationException"
    assert "Member must satisfy regular expression pattern" in message(refused)

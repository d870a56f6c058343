"""Validation over HTTP where all load balancers share one address: what answers there is nobody's word."""

from pathlib import Path
from typing import Any

from tests.foreign_hosts import hosting, redirects
from tests.validating import PORT, REGION, House, house, settled

SHARED, FOREIGN = "127.88.2.1", "127.88.3.1"
NOTHING = f"leads to {SHARED}, and what answers there shows nothing: it is one of listener_addresses and not"
LEFT = f"leads to {SHARED}, and what answers there shows nothing: none of listener_addresses is left"


def looked(place: House, name: str, times: int = 2) -> None:
    """So many times more."""
    question = (f"{name}.", "A")
    enough = place.zone.asked.count(question) + times
    settled(lambda: place.zone.asked.count(question) >= enough)


def redirected(told: Any) -> str:
    """Where DescribeCertificate says that the owner of the name should redirect to."""
    (one,) = told["DomainValidationOptions"]
    return str(one["HttpRedirect"]["RedirectTo"])


def listen(place: House) -> None:
    """The administrator's listener has port 80 of the shared address, and answers the administrator's tokens."""
    fixed = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "nothing here"}
    with place.server.client("elbv2", place.server.credentials()) as elbv2:
        balancer = elbv2.create_load_balancer(Name="lb", Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
        elbv2.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}],
        )
    settled(lambda: '"serving"' in place.server.done("listeners", "--json"))


def test_an_address_that_accounts_share_shows_nothing(tmp_path: Path) -> None:
    with house(tmp_path, SHARED) as place:
        # One account alone is whose everything is.
        arn = place.requested("alone.example", "HTTP")
        place.zone.host("alone.example", SHARED)
        with hosting(SHARED, PORT, redirects(redirected(place.described(arn)))):
            place.until(arn, "ISSUED")

        stranger = place.server.account()
        place.zone.host("victim.example", SHARED)
        with place.server.client("acm", stranger, region=REGION) as acm:
            arn = acm.request_certificate(
                DomainName="victim.example", ValidationMethod="HTTP", KeyAlgorithm="EC_prime256v1"
            )["CertificateArn"]
            # As a target of the stranger's own would answer, behind a listener at that address.
            to = redirected(acm.describe_certificate(CertificateArn=arn)["Certificate"])
            with hosting(SHARED, PORT, redirects(to)) as target:
                looked(place, "victim.example")
            assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "PENDING_VALIDATION"
        assert target.asked == []
        assert NOTHING in place.told(arn)

        # Nor for whoever has its only load balancer: the next account's may come to the same address.
        listen(place)
        arn = place.requested("own.example", "HTTP")
        place.zone.host("own.example", SHARED)
        looked(place, "own.example")
        assert place.described(arn)["Status"] == "PENDING_VALIDATION"
        assert LEFT in place.told(arn)
        assert "; validate it by DNS, or give the setting listener_addresses a network " in place.told(arn)
        assert place.server.log_text().count(LEFT) == 1

        # Names that lead elsewhere are validated as ever.
        arn = place.requested("elsewhere.example", "HTTP")
        place.zone.host("elsewhere.example", FOREIGN)
        with hosting(FOREIGN, PORT, redirects(redirected(place.described(arn)))):
            place.until(arn, "ISSUED")

"""Certificates whose domains are really validated, in the DNS and over HTTP by our own listeners; with boto3."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from tests.foreign_hosts import drips, flooding, hangs, hosting, redirects, says
from tests.validating import PORT, REGION, House, house, settled

MARK = b"S3cret-of-the-network"
SUBNETS = ["subnet-1", "subnet-2"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("validations")) as made:
        yield made
        assert MARK.decode() not in made.server.log_text()
        assert MARK.decode() not in str(made.events())
        made.server.stop()


def wait(place: House, arn: str) -> Any:
    """As `aws acm wait certificate-validated` does, and then until it is issued."""
    waiter = place.acm.get_waiter("certificate_validated")
    waiter.wait(CertificateArn=arn, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return place.until(arn, "ISSUED")


# --- DNS ---


def test_one_record_validates_a_name_and_its_wildcard(place: House) -> None:
    arn = place.requested("dns.example", others=["*.dns.example", "other.example"])
    before = place.validations(arn)
    record = before["dns.example"]["ResourceRecord"]
    assert before["*.dns.example"]["ResourceRecord"] == record
    assert record["Name"].endswith(".dns.example.")
    asked = (record["Name"].lower(), "CNAME")
    settled(lambda: asked in place.zone.asked)
    assert {one["ValidationStatus"] for one in before.values()} == {"PENDING_VALIDATION"}
    with pytest.raises(place.acm.exceptions.RequestInProgressException):
        place.acm.get_certificate(CertificateArn=arn)

    place.zone.alias(record["Name"], "elsewhere.example.")
    place.zone.alias("elsewhere.example.", record["Value"].upper())
    settled(lambda: place.validations(arn)["dns.example"]["ValidationStatus"] == "SUCCESS")
    after = {name: one["ValidationStatus"] for name, one in place.validations(arn).items()}
    assert after == {"dns.example": "SUCCESS", "*.dns.example": "SUCCESS", "other.example": "PENDING_VALIDATION"}
    assert place.described(arn)["Status"] == "PENDING_VALIDATION"
    # The target is in a zone of somebody else's: nobody has to answer about it.
    assert (record["Value"].lower(), "CNAME") not in place.zone.asked

    place.grant(arn)
    told = wait(place, arn)
    assert {one["ValidationStatus"] for one in told["DomainValidationOptions"]} == {"SUCCESS"}
    assert sorted(told["SubjectAlternativeNames"]) == ["*.dns.example", "dns.example", "other.example"]
    assert place.acm.get_certificate(CertificateArn=arn)["Certificate"].startswith("-----BEGIN CERTIFICATE-----")
    again = place.requested("dns.example")
    assert wait(place, again)["Status"] == "ISSUED"  # the record is still there


@pytest.mark.parametrize(
    "name",
    [
        *("a b.example", "a_b.example", "-a.example", "a-.example", "a..example", "*.*.example", "a.*.example", "*"),
        *("a\n.example", "a\x00.example", "\u00e4.example", "a.example.", "a/b.example", "a@b.example", "a%20.example"),
        *("localhost", "[::1]", "a.example:80", "ab--c.example", "xn--a.example", "", "a" * 64 + ".example"),
    ],
)
def test_names_that_could_lead_elsewhere_are_not_requested(place: House, name: str) -> None:
    client = place.server.client("acm", place.server.credentials(), region=REGION, parameter_validation=False)
    with client as acm:
        for sent in ({"DomainName": name}, {"DomainName": "a.example", "SubjectAlternativeNames": [name]}):
            with pytest.raises(acm.exceptions.ClientError, match=r"ValidationException|ValidationError"):
                acm.request_certificate(**sent, ValidationMethod="HTTP")


# --- HTTP ---


def address_of(place: House, name: str) -> str:
    """Where a load balancer listens, once it serves port 80."""
    found: list[str] = []

    def serves() -> bool:
        told = json.loads(place.server.done("listeners", "--json"))
        found[:] = [
            one["address"] for one in told if (one["load_balancer"], one["port"], one["state"]) == (name, 80, "serving")
        ]
        return bool(found)

    settled(serves)
    return found[0].rpartition(":")[0]


@pytest.fixture(scope="module")
def balanced(place: House) -> dict[str, str]:
    """Kind -> the address of a load balancer for plain HTTP of that kind."""
    who = place.server.credentials()
    with place.server.client("elbv2", who) as elbv2, place.server.client("elb", who) as elb:
        arn = elbv2.create_load_balancer(Name="v2", Subnets=SUBNETS)["LoadBalancers"][0]["LoadBalancerArn"]
        fixed = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "nothing here"}
        elbv2.create_listener(
            LoadBalancerArn=arn,
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": fixed}],
        )
        elb.create_load_balancer(
            LoadBalancerName="classic",
            AvailabilityZones=["us-east-1a"],
            Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstanceProtocol": "HTTP", "InstancePort": 80}],
        )
    return {kind: address_of(place, kind) for kind in ("v2", "classic")}


@pytest.mark.parametrize("kind", ["v2", "classic"])
def test_our_own_listeners_answer_the_token(place: House, balanced: dict[str, str], kind: str) -> None:
    name = f"{kind}.http.example"
    arn = place.requested(name, "HTTP")
    told = place.validations(arn)[name]
    assert told["ValidationStatus"] == "PENDING_VALIDATION"
    url = told["HttpRedirect"]["RedirectFrom"]
    assert url.startswith(f"http://{name}/.well-known/pki-validation/")
    ((body,),) = place.rows("SELECT body FROM validation_tokens WHERE unique_id = ?", arn.rpartition("/")[2])
    curl = shutil.which("curl")
    assert curl
    command = [curl, "-sf", "--resolve", f"{name}:{PORT}:{balanced[kind]}", url.replace(name, f"{name}:{PORT}")]
    settled(lambda: subprocess.run(command, capture_output=True, check=False).stdout == body.encode())
    place.zone.host(name, balanced[kind])
    assert wait(place, arn)["DomainValidationOptions"][0]["ValidationStatus"] == "SUCCESS"


def test_a_name_that_leads_to_another_account_s_listener_shows_nothing(place: House, balanced: dict[str, str]) -> None:
    """Whoever it leads to has the certificate as soon as the same is asked; a listener of one's own is needed."""
    stranger = place.server.account()
    names = ["v2.stranger.example", "classic.stranger.example"]
    for kind, name in zip(("v2", "classic"), names, strict=True):
        place.zone.host(name, balanced[kind])
    with place.server.client("acm", stranger, region=REGION) as acm:
        arn = acm.request_certificate(
            DomainName=names[0],
            SubjectAlternativeNames=names[1:],
            ValidationMethod="HTTP",
            KeyAlgorithm="EC_prime256v1",
        )["CertificateArn"]
        mine = place.requested(names[0], "HTTP", others=names[1:])
        wait(place, mine)
        # The listeners know the stranger's tokens by now: theirs came before ours. Both names are looked at twice more.
        looks = place.zone.asked.count
        enough = {(f"{name}.", "A"): looks((f"{name}.", "A")) + 2 for name in names}

        def told() -> Any:
            return acm.describe_certificate(CertificateArn=arn)["Certificate"]

        settled(
            lambda: (
                all(looks(question) >= number for question, number in enough.items())
                or told()["Status"] != "PENDING_VALIDATION"
            )
        )
        statuses = [one["ValidationStatus"] for one in told()["DomainValidationOptions"]]
        assert (told()["Status"], statuses) == ("PENDING_VALIDATION", ["PENDING_VALIDATION"] * 2)
        acm.delete_certificate(CertificateArn=arn)


def test_the_owner_may_redirect_to_where_the_token_is(place: House) -> None:
    arn = place.requested("redirecting.example", "HTTP")
    place.zone.host("redirecting.example", "127.88.1.1")
    told = place.validations(arn)["redirecting.example"]["HttpRedirect"]
    with hosting("127.88.1.1", PORT, redirects(told["RedirectTo"])) as host:
        wait(place, arn)
    assert host.asked[0] == f"GET {told['RedirectFrom'].partition('example')[2]} HTTP/1.0"


def test_hosts_that_answer_otherwise_show_nothing_and_hold_up_nobody(place: House) -> None:
    """One certificate for all of them: the host that has the token is validated all the same."""
    ok = b"HTTP/1.1 200 OK\r\n\r\n"
    elsewhere = f"http://127.88.1.19:{PORT}/{MARK.decode()}"
    answers = {
        "foreign.example": says(ok + MARK),
        "flooding.example": flooding(MARK),
        "hanging.example": hangs,
        "dripping.example": drips,
        "away.example": redirects(elsewhere),
        "status.example": says(b"HTTP/1.1 500 " + MARK + b"\r\n\r\n"),
    }
    arn = place.requested("good.example", "HTTP", others=sorted(answers))
    told = place.validations(arn)
    place.zone.host("good.example", "127.88.1.9")
    hosts = {}
    for number, name in enumerate(sorted(answers), start=10):
        place.zone.host(name, f"127.88.1.{number}")
        hosts[name] = hosting(f"127.88.1.{number}", PORT, answers[name])
    good = redirects(told["good.example"]["HttpRedirect"]["RedirectTo"])
    with (
        hosting("127.88.1.9", PORT, good),
        hosting("127.88.1.19", PORT, good) as never,
        hosts["foreign.example"] as foreign,
        hosts["flooding.example"] as flood,
        hosts["hanging.example"] as hanging,
        hosts["dripping.example"] as dripping,
        hosts["away.example"] as away,
        hosts["status.example"] as status,
    ):
        others = (foreign, flood, hanging, dripping, away, status)
        settled(lambda: all(host.asked for host in others))
        settled(lambda: place.validations(arn)["good.example"]["ValidationStatus"] == "SUCCESS")
    after = {name: one["ValidationStatus"] for name, one in place.validations(arn).items()}
    assert after == dict.fromkeys(answers, "PENDING_VALIDATION") | {"good.example": "SUCCESS"}
    assert never.asked == []
    assert flood.sent < len(flood.asked) * 8_000_000
    assert MARK.decode() not in str(place.described(arn)) + place.told(arn)
    place.acm.delete_certificate(CertificateArn=arn)


def test_name_servers_that_misbehave_show_nothing(place: House) -> None:
    arn = place.requested("huge.example")
    record = place.validations(arn)["huge.example"]["ResourceRecord"]["Name"]
    for target in (".".join(["x" * 63] * 3 + ["y" * 61]) + ".", f"\\000{MARK.decode()}.example.", record):
        place.zone.alias(record, target)
        before = place.zone.asked.count((record.lower(), "CNAME"))
        settled(lambda before=before: place.zone.asked.count((record.lower(), "CNAME")) > before)  # type: ignore[misc]
    assert place.described(arn)["Status"] == "PENDING_VALIDATION"
    place.grant(arn)
    wait(place, arn)

"""Trust stores: bundles and revocation lists from files, who verifies by them, and what is handed out again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.request import urlopen

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.house_fixture import ACCOUNT, World, allow
from tests.pki import Authority, chain_of
from tests.protocol.classic import upload
from tests.protocol.pools import ADDRESSES, Ask, Done, asking, doing, forward, group, load_balancer, put, quota, refused
from tests.rest_json import revocation_list

from sealstone.model import balancing_quota
from sealstone.store import configuration, trust_files

ROOT = Authority("Clients")
OTHER = Authority("Others")
CERTIFICATE = f"arn:aws:iam::{ACCOUNT}:server-certificate/site"


@pytest.fixture
def ask(world: World) -> Ask:
    return asking(world)


@pytest.fixture
def done(world: World) -> Done:
    return doing(world)


@pytest.fixture
def trusted(world: World, done: Done) -> str:
    """The ARN of a trust store with one authority."""
    return str(made(done, **put(world, "root.pem", ROOT.certificate_pem))["TrustStoreArn"])


def made(done: Done, name: str = "clients", **form: str) -> Mapping[str, Any]:
    (found,) = done("CreateTrustStore", Name=name, **form)["TrustStores"]
    told: Mapping[str, Any] = found
    return told


def listed(world: World, name: str, content: str | bytes, number: int = 1) -> dict[str, str]:
    """A file as AddTrustStoreRevocations names it."""
    put(world, name, content)
    prefix = f"RevocationContents__{number}_"
    return {f"{prefix}S3Bucket": "ca", f"{prefix}S3Key": name, f"{prefix}RevocationType": "CRL"}


def verifying(world: World, done: Done, arn: str) -> str:
    """The ARN of a listener that verifies by the trust store."""
    upload(world)
    target = group(done, **ADDRESSES)["TargetGroupArn"]
    (listener,) = done(
        "CreateListener",
        LoadBalancerArn=load_balancer(done),
        Protocol="HTTPS",
        Port="443",
        Certificates__1_CertificateArn=CERTIFICATE,
        MutualAuthentication_Mode="verify",
        MutualAuthentication_TrustStoreArn=arn,
        **forward(target),
    )["Listeners"]
    return str(listener["ListenerArn"])


def content(location: str) -> bytes:
    """What a URL of the scheme data holds."""
    assert location.startswith("data:")
    with urlopen(location) as opened:  # noqa: S310 - of the scheme data, as just asserted
        read: bytes = opened.read()
    return read


# --- bundles ---


def test_a_trust_store_is_made_of_a_file(world: World, done: Done) -> None:
    text = f"# ours\n\n{ROOT.certificate_pem}\n{OTHER.certificate_pem}"
    told = made(done, **put(world, "sub/all.pem", text))
    assert told["TrustStoreArn"].startswith(f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:truststore/clients/")
    assert {name: told[name] for name in ("Name", "Status", "NumberOfCaCertificates", "TotalRevokedEntries")} == {
        "Name": "clients",
        "Status": "ACTIVE",
        "NumberOfCaCertificates": 2,
        "TotalRevokedEntries": 0,
    }
    put(world, "sub/all.pem", "gone")
    location = done("GetTrustStoreCaCertificatesBundle", TrustStoreArn=told["TrustStoreArn"])["Location"]
    assert content(location).decode() == chain_of([ROOT, OTHER])


@pytest.mark.parametrize(
    ("bucket", "key"),
    [
        ("ca", "none.pem"),
        ("ca", "../sealstone.db"),
        ("..", "sealstone.db"),
        (".", "ca/root.pem"),
        ("ca", "./root.pem"),
        ("ca", "/etc/passwd"),
        ("ca", "root.pem/"),
        ("ca", "a\0b"),
        ("ca", "x/" * 40 + "y"),
        ("ca/../ca", "root.pem"),
        ("ca", "root.pem/deeper"),
        ("ca", "link.pem"),
        ("linked", "root.pem"),
        ("ca", "folder"),
    ],
)
def test_no_name_leads_outside(world: World, ask: Ask, bucket: str, key: str) -> None:
    put(world, "root.pem", ROOT.certificate_pem)
    trust = world.path.parent / trust_files.DIRECTORY
    (trust / "ca" / "folder").mkdir()
    (trust / "ca" / "link.pem").symlink_to("root.pem")
    (trust / "linked").symlink_to("ca")
    form = {"CaCertificatesBundleS3Bucket": bucket, "CaCertificatesBundleS3Key": key}
    answer = ask("CreateTrustStore", Name="clients", **form)
    refused(answer, "CaCertificatesBundleNotFound", "The specified ca certificate bundle does not exist")
    assert str(world.path.parent) not in answer.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "in an invalid format, or corrupt"),
        (ROOT.leaf("client").certificate_pem, "certificate 1, CN=client,O=Example, is no certificate of an authority"),
        (ROOT.certificate_pem + ROOT.private_key_pem, "block 2 is something else than a certificate"),
        (ROOT.certificate_pem * 26, "there are more than 25 certificates"),
        ("a" * (trust_files.LARGEST + 1), "is too large"),
    ],
)
def test_what_is_no_bundle(world: World, ask: Ask, text: str, words: str) -> None:
    answer = ask("CreateTrustStore", Name="clients", **put(world, "root.pem", text))
    refused(answer, "InvalidCaCertificatesBundle", words)


def test_names_are_taken_once_and_versions_are_none(world: World, ask: Ask, trusted: str) -> None:
    file = put(world, "root.pem", ROOT.certificate_pem)
    words = "A trust store with the same name 'CLIENTS' exists"
    refused(ask("CreateTrustStore", Name="CLIENTS", **file), "DuplicateTrustStoreName", words)
    version = {"CaCertificatesBundleS3ObjectVersion": "1"}
    refused(ask("CreateTrustStore", Name="b", **file, **version), "InvalidInput", "S3ObjectVersion")
    quota(world, balancing_quota.TRUST_STORES, 1)
    refused(ask("CreateTrustStore", Name="b", **file), "TooManyTrustStores", "The quota of 1 trust stores")


def test_trust_stores_are_told_by_name_and_arn(world: World, ask: Ask, done: Done, trusted: str) -> None:
    more = made(done, "all", **put(world, "root.pem", ROOT.certificate_pem))
    first = done("DescribeTrustStores", PageSize="1")
    assert [one["Name"] for one in first["TrustStores"]] == ["all"]
    assert [one["Name"] for one in done("DescribeTrustStores", Marker=first["NextMarker"])["TrustStores"]] == [
        "clients"
    ]
    told = done("DescribeTrustStores", TrustStoreArns__1=trusted, Names__1="all", Names__2="clients")["TrustStores"]
    assert [one["TrustStoreArn"] for one in told] == [trusted, more["TrustStoreArn"]]
    refused(ask("DescribeTrustStores", Names__1="no"), "TrustStoreNotFound", "Trust store 'no' not found")
    for arn in (trusted[:-1] + "x", trusted.replace("/clients/", "/a/"), "x"):
        refused(
            ask("DescribeTrustStores", TrustStoreArns__1=arn), "TrustStoreNotFound", f"Trust store '{arn}' not found"
        )


def test_authorities_are_replaced(world: World, done: Done, trusted: str) -> None:
    both = put(world, "both.pem", chain_of([ROOT, OTHER]))
    (told,) = done("ModifyTrustStore", TrustStoreArn=trusted, **both)["TrustStores"]
    assert told["NumberOfCaCertificates"] == 2
    with world.store.reading() as tx:
        before = configuration.generation(tx)
    done("ModifyTrustStore", TrustStoreArn=trusted, **both)
    with world.store.reading() as tx:
        assert configuration.generation(tx) == before


# --- who uses it ---


def test_a_trust_store_in_use_stays(world: World, ask: Ask, done: Done, trusted: str) -> None:
    listener = verifying(world, done, trusted)
    classic = {"Listeners.member.1.Protocol": "HTTP", "Listeners.member.1.LoadBalancerPort": "81"}
    more = {"Listeners.member.1.InstancePort": "80", "AvailabilityZones.member.1": "a", "LoadBalancerName": "old"}
    world.done("elb", {"Action": "CreateLoadBalancer", **classic, **more})
    associated = done("DescribeTrustStoreAssociations", TrustStoreArn=trusted)
    assert associated["TrustStoreAssociations"] == [{"ResourceArn": listener}]
    words = f"Trust store '{trusted}' is currently in use by a listener"
    refused(ask("DeleteTrustStore", TrustStoreArn=trusted), "TrustStoreInUse", words)
    (told,) = done("DescribeListeners", ListenerArns__1=listener)["Listeners"]
    assert told["MutualAuthentication"] == {
        "Mode": "verify",
        "TrustStoreArn": trusted,
        "IgnoreClientCertificateExpiry": False,
        "AdvertiseTrustStoreCaNames": "off",
        "TrustStoreAssociationStatus": "active",
    }
    done("ModifyListener", ListenerArn=listener, MutualAuthentication_Mode="passthrough")
    (told,) = done("DescribeListeners", ListenerArns__1=listener)["Listeners"]
    assert told["MutualAuthentication"] == {"Mode": "passthrough"}
    assert done("DescribeTrustStoreAssociations", TrustStoreArn=trusted)["TrustStoreAssociations"] == []
    done("DeleteTrustStore", TrustStoreArn=trusted)
    assert done("DescribeTrustStores")["TrustStores"] == []
    refused(ask("DeleteTrustStore", TrustStoreArn=trusted), "TrustStoreNotFound", "not found")


@pytest.mark.parametrize(
    ("form", "code", "words"),
    [
        ({"Mode": "maybe"}, "ValidationError", "must be one of [off, passthrough, verify]"),
        ({"Mode": "verify"}, "ValidationError", "A trust store must be specified"),
        ({"Mode": "verify", "TrustStoreArn": "x"}, "TrustStoreNotFound", "Trust store 'x' not found"),
        ({"Mode": "passthrough", "TrustStoreArn": "x"}, "ValidationError", "TrustStoreArn cannot be specified"),
        ({"Mode": "off", "IgnoreClientCertificateExpiry": "true"}, "ValidationError", "IgnoreClientCertificateExpiry"),
        ({"Mode": "off", "AdvertiseTrustStoreCaNames": "on"}, "ValidationError", "AdvertiseTrustStoreCaNames"),
        ({"Mode": "off", "AdvertiseTrustStoreCaNames": "off"}, "", ""),
    ],
)
def test_what_a_listener_may_ask_for(
    world: World, ask: Ask, done: Done, trusted: str, form: dict[str, str], code: str, words: str
) -> None:
    listener = verifying(world, done, trusted)
    sent = {f"MutualAuthentication_{name}": value for name, value in form.items()}
    answer = ask("ModifyListener", ListenerArn=listener, **sent)
    if code:
        refused(answer, code, words)
    else:
        assert answer.status == 200, answer


# --- revocations ---


def test_lists_are_added_told_and_removed(world: World, ask: Ask, done: Done, trusted: str) -> None:
    one = listed(world, "one.pem", revocation_list(ROOT, 5, 6))
    two = listed(world, "two.crl", revocation_list(ROOT, 5, 6, 7, encoding=Encoding.DER), 2)
    added = done("AddTrustStoreRevocations", TrustStoreArn=trusted, **one, **two)["TrustStoreRevocations"]
    assert [(each["RevocationId"], each["NumberOfRevokedEntries"]) for each in added] == [(1, 2), (2, 3)]
    assert added[0] | {"TrustStoreArn": trusted, "RevocationType": "CRL"} == added[0]
    assert done("DescribeTrustStores")["TrustStores"][0]["TotalRevokedEntries"] == 5
    told = done("DescribeTrustStoreRevocations", TrustStoreArn=trusted, PageSize="1")
    assert told["TrustStoreRevocations"] == added[:1]
    rest = done("DescribeTrustStoreRevocations", TrustStoreArn=trusted, Marker=told["NextMarker"])
    assert rest["TrustStoreRevocations"] == added[1:]
    location = done("GetTrustStoreRevocationContent", TrustStoreArn=trusted, RevocationId="2")["Location"]
    assert content(location) == (world.path.parent / "trust" / "ca" / "two.crl").read_bytes()
    done("RemoveTrustStoreRevocations", TrustStoreArn=trusted, RevocationIds__1="1")
    words = f"Revocation id '1' not found in trust store '{trusted}'"
    for action in ("RemoveTrustStoreRevocations", "DescribeTrustStoreRevocations"):
        refused(ask(action, TrustStoreArn=trusted, RevocationIds__1="1"), "RevocationIdNotFound", words)
    named = done("DescribeTrustStoreRevocations", TrustStoreArn=trusted, RevocationIds__1="2", RevocationIds__2="2")
    assert named["TrustStoreRevocations"] == added[1:]
    again = done("AddTrustStoreRevocations", TrustStoreArn=trusted, **one)["TrustStoreRevocations"]
    assert [each["RevocationId"] for each in again] == [3]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no list", "neither DER nor"),
        (revocation_list(OTHER, 1), "no certificate of the trust store signed the revocation list"),
        (revocation_list(ROOT, 1, signed_by=OTHER), "no certificate of the trust store signed"),
        (ROOT.certificate_pem.encode(), "exactly one block X509 CRL"),
        (b"0" * (trust_files.LARGEST + 1), "too large"),
    ],
)
def test_what_is_no_list_of_the_authority(
    world: World, ask: Ask, done: Done, trusted: str, content: bytes, words: str
) -> None:
    good, bad = listed(world, "good.pem", revocation_list(ROOT, 1)), listed(world, "bad.pem", content, 2)
    refused(ask("AddTrustStoreRevocations", TrustStoreArn=trusted, **good, **bad), "InvalidRevocationContent", words)
    assert done("DescribeTrustStoreRevocations", TrustStoreArn=trusted)["TrustStoreRevocations"] == []


def test_two_lists_of_which_neither_holds_the_other(world: World, ask: Ask, done: Done, trusted: str) -> None:
    """Clients can be held to one list of an authority: who is revoked by the other would get in."""
    one, two = listed(world, "one.pem", revocation_list(ROOT, 5)), listed(world, "two.pem", revocation_list(ROOT, 6))
    done("AddTrustStoreRevocations", TrustStoreArn=trusted, **one)
    both = listed(world, "two.pem", revocation_list(ROOT, 6), 2)
    words = "two revocation lists of CN="
    for sent in (two, one | both):
        refused(ask("AddTrustStoreRevocations", TrustStoreArn=trusted, **sent), "InvalidRevocationContent", words)
    done("RemoveTrustStoreRevocations", TrustStoreArn=trusted, RevocationIds__1="1")
    done("AddTrustStoreRevocations", TrustStoreArn=trusted, **two)


def test_a_list_of_tomorrow(world: World, ask: Ask, done: Done, trusted: str) -> None:
    later = listed(world, "later.pem", revocation_list(ROOT, 5, at=ROOT.valid_at + timedelta(days=1, seconds=1)))
    words = "is not in force before "
    refused(ask("AddTrustStoreRevocations", TrustStoreArn=trusted, **later), "InvalidRevocationContent", words)
    now = listed(world, "now.pem", revocation_list(ROOT, 5, at=ROOT.valid_at + timedelta(days=1)))
    done("AddTrustStoreRevocations", TrustStoreArn=trusted, **now)


def test_lists_that_cannot_be_found(ask: Ask, done: Done, trusted: str) -> None:
    named = {"RevocationContents__1_S3Bucket": "ca", "RevocationContents__1_S3Key": "none.pem"}
    answer = ask("AddTrustStoreRevocations", TrustStoreArn=trusted, **named)
    refused(answer, "RevocationContentNotFound", "The specified revocation file does not exist: trust/ca/none.pem")
    half = {"RevocationContents__1_S3Key": "none.pem"}
    refused(ask("AddTrustStoreRevocations", TrustStoreArn=trusted, **half), "ValidationError", "must have S3Bucket")
    version = {"RevocationContents__1_S3ObjectVersion": "1"}
    refused(
        ask("AddTrustStoreRevocations", TrustStoreArn=trusted, **named, **version), "InvalidInput", "S3ObjectVersion"
    )
    assert done("AddTrustStoreRevocations", TrustStoreArn=trusted)["TrustStoreRevocations"] == []


def test_there_is_room_for_30_lists(world: World, ask: Ask, done: Done, trusted: str) -> None:
    many: dict[str, str] = {}
    for number in range(1, 32):
        many |= listed(world, "one.pem", revocation_list(ROOT, 5), number)
    answer = ask("AddTrustStoreRevocations", TrustStoreArn=trusted, **many)
    refused(answer, "TooManyTrustStoreRevocationEntries", "30 revocation lists")


def test_rights_go_by_arn(world: World, trusted: str) -> None:
    bob = world.user("bob", allow("elasticloadbalancing:*", trusted))
    eve = world.user("eve", allow("elasticloadbalancing:*", trusted.replace("clients", "other")))
    form = {"Action": "GetTrustStoreCaCertificatesBundle", "TrustStoreArn": trusted}
    assert world.ask("elbv2", form, key=bob).status == 200
    assert world.ask("elbv2", form, key=eve).code == "AccessDenied"
    create = {"Action": "CreateTrustStore", "Name": "clients", "CaCertificatesBundleS3Bucket": "ca"}
    assert world.ask("elbv2", create | {"CaCertificatesBundleS3Key": "root.pem"}, key=eve).code == "AccessDenied"

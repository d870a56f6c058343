"""Certificates of ACM from import to deletion, through the door: what is told of them, re-import, tags, quotas."""

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from tests.acm import REGION, asked, done, imported, message, texts
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, World, allow
from tests.pki import NOW, Authority, Leaf, ec_key, rsa_key, self_signed
from tests.rest_json import SIGNING
from tests.uploads import Scene

from sealstone.model import certificate_quota, quota
from sealstone.model.certificate import CertificateType
from sealstone.model.ending import Ending, Kind
from sealstone.seal.faults import SealBroken
from sealstone.store import certificates, expiry_notices, quotas

SCENE = Scene.around(NOW)
ROOT = Authority("Root")
SERVER = x509.ExtendedKeyUsage([Purpose.SERVER_AUTH])
BOTH = x509.ExtendedKeyUsage([Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH])
MISSING = "New certificate is missing one or more {} supported by the currently imported certificate"


def made(name: str = "a.example", *extensions: x509.ExtensionType, **options: Any) -> Leaf:
    return ROOT.leaf(name, extensions=extensions, **options)


def described(world: World, arn: str, **how: Any) -> dict[str, Any]:
    return dict(done(world, "DescribeCertificate", {"CertificateArn": arn}, **how)["Certificate"])


def test_what_is_told_has_the_members_that_aws_was_recorded_with(world: World) -> None:
    key = rsa_key()
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "AU"),
            x509.NameAttribute(x509.NameOID.STATE_OR_PROVINCE_NAME, "Some, State"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example Org"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost"),
        ]
    )
    leaf = self_signed(
        "x", key=key, subject=name, alternative_names=["a.example", "127.0.0.1"], extensions=[BOTH, SIGNING]
    )
    arn = imported(world, leaf)
    told = described(world, arn)
    assert told.pop("CertificateArn") == arn
    assert told.pop("Serial").replace(":", "") == f"{leaf.certificate.serial_number:010x}"
    assert {told.pop(name) for name in ("CreatedAt", "ImportedAt")} == {NOW}
    assert (told.pop("NotBefore"), told.pop("NotAfter")) == (
        leaf.certificate.not_valid_before_utc,
        leaf.certificate.not_valid_after_utc,
    )
    assert told == {
        "DomainName": "localhost",
        "DomainValidationOptions": [{"DomainName": "a.example"}, {"DomainName": "127.0.0.1"}],
        "SubjectAlternativeNames": ["a.example", "127.0.0.1"],
        "ExtendedKeyUsages": [
            {"Name": "TLS_WEB_SERVER_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.1"},
            {"Name": "TLS_WEB_CLIENT_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.2"},
        ],
        "KeyUsages": [{"Name": "DIGITAL_SIGNATURE"}],
        "InUseBy": [],
        "Issuer": "Example Org",
        "KeyAlgorithm": "RSA-2048",
        "SignatureAlgorithm": "SHA256WITHRSA",
        "Subject": "C=AU,ST=Some\\, State,O=Example Org,CN=localhost",
        "Options": {"CertificateTransparencyLoggingPreference": "DISABLED", "Export": "DISABLED"},
        "RenewalEligibility": "INELIGIBLE",
        "Status": "ISSUED",
        "Type": "IMPORTED",
        "CertificateKeyPairOrigin": "CUSTOMER_PROVIDED",
    }


def test_a_certificate_expires_by_itself(world: World) -> None:
    arn = imported(world, made(not_after=NOW.replace(month=12, day=1)))
    world.clock.advance(30 * 86400)
    assert described(world, arn)["Status"] == "EXPIRED"


def test_a_certificate_is_of_its_region_and_account_alone(world: World) -> None:
    arn = imported(world, made())
    stranger = world.user("stranger", allow("*", "*"), account_id=OTHER_ACCOUNT)
    for how in ({"region": "us-east-1"}, {"key": stranger}):
        answer = asked(world, "GetCertificate", {"CertificateArn": arn}, **how)
        account = OTHER_ACCOUNT if "key" in how else ACCOUNT
        assert answer.code == "ResourceNotFoundException"
        assert message(answer) == f"Could not find certificate {arn} in account {account}."


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        ("arn:aws:acm:eu-central-1:123456789012:certificate/none", "ResourceNotFoundException"),
        ("arn:aws:acm:eu-central-1:123456789012:acme-endpoint/x", "InvalidArnException"),
        ("arn:aws:iam::123456789012:server-certificate/x", "ValidationException"),
        ("x", "ValidationException"),
    ],
)
@pytest.mark.parametrize("name", ["DescribeCertificate", "GetCertificate", "DeleteCertificate"])
def test_an_arn_of_nothing(world: World, name: str, arn: str, code: str) -> None:
    assert asked(world, name, {"CertificateArn": arn}).code == code


# --- re-import ---


def test_a_re_import_keeps_arn_and_tags_and_changes_the_rest(world: World) -> None:
    arn = imported(world, made("a.example", SERVER), Tags=[{"Key": "a", "Value": "1"}])
    before = described(world, arn)
    world.clock.advance(3600)
    new = made("b.example", BOTH)
    assert imported(world, new, CertificateArn=arn) == arn
    after = described(world, arn)
    assert after["CreatedAt"] == before["CreatedAt"]
    assert after["ImportedAt"] == world.clock.now
    assert after["DomainName"] == "b.example"
    assert done(world, "GetCertificate", {"CertificateArn": arn})["Certificate"] == new.certificate_pem.strip()
    assert done(world, "ListTagsForCertificate", {"CertificateArn": arn})["Tags"] == [{"Key": "a", "Value": "1"}]
    assert world.audited()[-3].warnings == ()
    warned = [record.warnings for record in world.audited() if record.warnings]
    assert warned == [(f"{arn} no longer has the name a.example",)]


REFUSED_AGAIN = {
    "another kind of key": (made(), made(key=rsa_key()), "The key algorithm of the new certificate is not the one"),
    "another size": (made(key=rsa_key(1024)), made(key=rsa_key()), "The key algorithm of the new certificate"),
    "a usage less": (made("a", SERVER, SIGNING), made("a", SERVER), MISSING.format("Key Usages")),
    "an extended usage less": (made("a", SERVER), made("a"), MISSING.format("Extended Key Usages")),
    "usages where none were": (made("a"), made("a", SIGNING), "New certificate has Key Usages, and the"),
    "extended ones where none were": (made("a"), made("a", SERVER), "New certificate has Extended Key Usages, and"),
}


@pytest.mark.parametrize(("old", "new", "sentence"), REFUSED_AGAIN.values(), ids=REFUSED_AGAIN)
def test_what_may_not_take_the_place(world: World, old: Leaf, new: Leaf, sentence: str) -> None:
    arn = imported(world, old)
    answer = asked(world, "ImportCertificate", texts(new) | {"CertificateArn": arn})
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert message(answer).startswith(sentence)
    assert done(world, "GetCertificate", {"CertificateArn": arn})["Certificate"] == old.certificate_pem.strip()


def test_authentication_of_clients_may_go(world: World) -> None:
    arn = imported(world, made("a", BOTH))
    assert imported(world, made("a", SERVER), CertificateArn=arn) == arn


def test_tags_do_not_come_with_a_re_import(world: World) -> None:
    arn = imported(world, made())
    for tags in ([{"Key": "a"}], []):
        answer = asked(world, "ImportCertificate", texts(made()) | {"CertificateArn": arn, "Tags": tags})
        assert answer.code == "ValidationException"
        assert message(answer).startswith("Tagging is not permitted on re-import.")
    # Of a new one the model speaks; and who may not import is told nothing.
    assert "'tags' failed to satisfy" in message(asked(world, "ImportCertificate", texts(made()) | {"Tags": []}))
    sent = texts(made()) | {"CertificateArn": arn, "Tags": []}
    assert asked(world, "ImportCertificate", sent, key=world.user("nobody")).code == "AccessDeniedException"


def test_a_re_import_of_nothing(world: World) -> None:
    arn = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/none"
    answer = asked(world, "ImportCertificate", texts(made()) | {"CertificateArn": arn})
    assert (answer.code, message(answer)) == ("ResourceNotFoundException", f"Could not find certificate {arn}.")


def test_the_key_of_one_version_is_bound_to_it(world: World) -> None:
    arn = imported(world, made())
    with world.store.reading() as tx:
        (first,) = certificates.each(tx, ACCOUNT, REGION, after=None)
        old = certificates.sealed_key(tx, first)
    imported(world, made(), CertificateArn=arn)
    with world.store.reading() as tx:
        (second,) = certificates.each(tx, ACCOUNT, REGION, after=None)
        new = certificates.sealed_key(tx, second)
    assert old is not None
    assert new is not None
    world.keyring.unseal(new, bound_to=second.bound_to)
    for sealed, where in ((old, second), (new, first)):
        with pytest.raises(SealBroken):
            world.keyring.unseal(sealed, bound_to=where.bound_to)


# --- deletion and quotas ---


def test_a_deleted_certificate_is_gone_with_its_key(world: World) -> None:
    arn = imported(world, made())
    with world.store.reading() as tx:
        (there,) = certificates.each(tx, ACCOUNT, REGION, after=None)
    notice = Ending(Kind.IMPORTED, (ACCOUNT, REGION, there.unique_id), arn, ACCOUNT, REGION, "00", NOW)
    with world.store.writing() as tx:
        expiry_notices.add(tx, notice, 30, NOW)
    done(world, "DeleteCertificate", {"CertificateArn": arn})
    assert asked(world, "DescribeCertificate", {"CertificateArn": arn}).code == "ResourceNotFoundException"
    with world.store.reading() as tx:
        assert certificates.sealed_key(tx, there) is None
        assert certificates.count(tx, ACCOUNT, REGION, CertificateType.IMPORTED) == 0
        assert expiry_notices.last_days(tx, notice) is None


def test_quotas_of_certificates_and_of_imports(world: World) -> None:
    sent = "You have reached the maximum number of certificates. Delete certificates that are not in use, or contact"
    limited(world, certificate_quota.IMPORTED, 1)
    arn = imported(world, made())
    imported(world, made(), region="eu-west-1")  # each Region has a quota of its own
    full = asked(world, "ImportCertificate", texts(made()))
    assert (full.status, full.code) == (400, "LimitExceededException")
    assert message(full).startswith(sent)
    imported(world, made(), CertificateArn=arn)  # no further certificate
    limited(world, certificate_quota.IMPORTS, 3)
    done(world, "DeleteCertificate", {"CertificateArn": arn})
    arn = imported(world, made())
    for parameters in ({}, {"CertificateArn": arn}):
        refused = asked(world, "ImportCertificate", texts(made(not_after=NOW.replace(year=2029))) | parameters)
        assert "in the last year" in message(refused) or "PerRegion is 1" in message(refused)
    world.clock.advance(366 * 86400)
    done(world, "DeleteCertificate", {"CertificateArn": arn})
    imported(world, made(not_after=NOW.replace(year=2029)))


def test_a_year_of_imports_tells_when_there_is_room_again(world: World) -> None:
    """Deleting gives none back: the days on which there were imports drop out one by one."""
    lasting = made(not_after=NOW.replace(year=2029))
    for days in (1, 10, 0):
        done(world, "DeleteCertificate", {"CertificateArn": imported(world, lasting)})
        world.clock.advance(days * 86400)
    for limit, back in ((3, NOW + timedelta(days=366)), (2, NOW + timedelta(days=367)), (1, NOW + timedelta(days=377))):
        limited(world, certificate_quota.IMPORTS, limit)
        refused = asked(world, "ImportCertificate", texts(lasting))
        assert (refused.status, refused.code) == (400, "LimitExceededException")
        sentence = f"Error: you have reached your limit of {limit} certificates in the last year. Deleting"
        assert message(refused).startswith(sentence)
        assert f"there is room again from {back:%Y-%m-%d} on" in message(refused)
        assert "ImportsPerYear" in message(refused)
    limited(world, certificate_quota.IMPORTS, 3)
    world.clock.advance(366 * 86400 - 11 * 86400 - 12 * 3600 - 1)
    assert asked(world, "ImportCertificate", texts(lasting)).code == "LimitExceededException"
    world.clock.advance(1)
    imported(world, lasting)


def limited(world: World, limit: quota.Quota, value: int) -> None:
    with world.store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, limit, value)


# --- what imported certificates are not made for ---


def test_a_private_key_is_never_given_back(world: World) -> None:
    leaf = made()
    arn = imported(world, leaf)
    answer = asked(world, "ExportCertificate", {"CertificateArn": arn, "Passphrase": b"correct horse"})
    assert (answer.code, message(answer).partition(". ")[0]) == (
        "ValidationException",
        f"Certificate ARN: {arn} is not a private certificate",
    )


def test_options_of_imported_certificates_stay(world: World) -> None:
    arn = imported(world, made())
    options = {"CertificateTransparencyLoggingPreference": "ENABLED"}
    answer = asked(world, "UpdateCertificateOptions", {"CertificateArn": arn, "Options": options})
    assert answer.code == "InvalidStateException"
    assert message(answer) == "The UpdateCertificateOptions command is not permitted for imported certificates."


def test_settings_of_the_account(world: World) -> None:
    def days(**how: Any) -> int:
        return int(done(world, "GetAccountConfiguration", {}, **how)["ExpiryEvents"]["DaysBeforeExpiry"])

    assert days() == 45
    for _ in range(2):
        sent = {"IdempotencyToken": "once", "ExpiryEvents": {"DaysBeforeExpiry": 30}}
        done(world, "PutAccountConfiguration", sent)
    assert (days(), days(region="us-east-1")) == (30, 45)
    done(world, "PutAccountConfiguration", {"IdempotencyToken": "back"})
    assert days() == 45
    sent = {"IdempotencyToken": "no", "ExpiryEvents": {"DaysBeforeExpiry": 0}}
    assert asked(world, "PutAccountConfiguration", sent).code == "ValidationException"
    sent = {"IdempotencyToken": "no", "ExpiryEvents": {"DaysBeforeExpiry": 46}}
    answer = asked(world, "PutAccountConfiguration", sent)
    assert answer.code == "ValidationException"
    assert message(answer) == (
        "DaysBeforeExpiry 46 cannot be set. Warnings begin 45 days before the end at the earliest. Give a number from "
        "1 to 45."
    )
    assert days() == 45


def test_a_key_goes_nowhere_but_into_its_seal(world: World) -> None:
    leaf = made(key=ec_key())
    secret = "".join(leaf.private_key_pem.splitlines()[1:-1])[40:90]
    imported(world, leaf)
    assert not any(secret in json.dumps(dict(record.parameters), default=str) for record in world.audited())

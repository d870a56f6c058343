"""Many at once: one name goes to one of them, a quota is never overrun, accounts do not see each other, keys end."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import botocore.exceptions
import pytest
from tests.server import Credentials, Server
from tests.uploads import Scene

ClientError = botocore.exceptions.ClientError


def at_once(count: int, call: Callable[[int], Any]) -> "Counter[tuple[str, str]]":
    """Run `call` in so many threads, released together; counts error codes with their messages."""
    barrier = Barrier(count)

    def one(number: int) -> tuple[str, str]:
        barrier.wait(timeout=30)
        try:
            call(number)
        except ClientError as refusal:
            error = refusal.response["Error"]
            return error["Code"], error["Message"]
        return "ok", ""

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(one, range(count)))


def uploader(iam: Any, scene: Scene, name: Callable[[int], str]) -> Callable[[int], Any]:
    return lambda number: iam.upload_server_certificate(
        ServerCertificateName=name(number),
        CertificateBody=scene.leaf.certificate_pem,
        PrivateKey=scene.leaf.private_key_pem,
    )


def test_one_name_twelve_uploads(iam: Any, scene: Scene) -> None:
    outcomes = at_once(12, uploader(iam, scene, lambda _: "contended"))
    taken = "The Server Certificate with name contended already exists."
    assert outcomes == {("ok", ""): 1, ("EntityAlreadyExists", taken): 11}
    iam.delete_server_certificate(ServerCertificateName="contended")


def test_the_quota_holds_when_thirty_come_at_once(server: Server, scene: Scene) -> None:
    full = "Cannot exceed quota for ServerCertificatesPerAccount: 20"
    with server.client("iam", server.account()) as iam:
        upload = uploader(iam, scene, "quota-{}".format)
        assert at_once(30, upload) == {("ok", ""): 20, ("LimitExceeded", full): 10}
        stored = iam.list_server_certificates()["ServerCertificateMetadataList"]
        assert len(stored) == 20
        with pytest.raises(iam.exceptions.LimitExceededException, match=full):
            upload(99)
        summary = iam.get_account_summary()["SummaryMap"]
        assert (summary["ServerCertificates"], summary["ServerCertificatesQuota"]) == (20, 20)
        iam.delete_server_certificate(ServerCertificateName=stored[0]["ServerCertificateName"])
        upload(99)


def test_the_twenty_first_until_the_quota_is_raised(server: Server, scene: Scene) -> None:
    account = server.account()
    with server.client("iam", account) as iam:
        upload = uploader(iam, scene, "one-by-one-{}".format)
        for number in range(20):
            upload(number)
        with pytest.raises(iam.exceptions.LimitExceededException):
            upload(20)
        server.done("account", "quota", "set", account.account_id, "ServerCertificatesPerAccount", "21")
        upload(20)
        with pytest.raises(iam.exceptions.LimitExceededException, match=": 21"):
            upload(21)


def test_accounts_do_not_see_each_other(server: Server, iam: Any, scene: Scene) -> None:
    name = {"ServerCertificateName": "same-name"}
    uploader(iam, scene, lambda _: "same-name")(0)
    with server.client("iam", server.account()) as other:
        assert other.list_server_certificates()["ServerCertificateMetadataList"] == []
        with pytest.raises(other.exceptions.NoSuchEntityException):
            other.delete_server_certificate(**name)
        uploader(other, scene, lambda _: "same-name")(0)
        theirs = other.get_server_certificate(**name)["ServerCertificate"]["ServerCertificateMetadata"]
        ours = iam.get_server_certificate(**name)["ServerCertificate"]["ServerCertificateMetadata"]
        assert theirs["Arn"] != ours["Arn"]
        assert theirs["ServerCertificateId"] != ours["ServerCertificateId"]
        assert other.list_users()["Users"] == []
        other.delete_server_certificate(**name)
    assert iam.get_server_certificate(**name)["ServerCertificate"]["ServerCertificateMetadata"] == ours
    iam.delete_server_certificate(**name)


def test_a_key_ends_at_the_next_request(server: Server, iam: Any, administrator: Credentials) -> None:
    """Deactivated, activated again, deleted: each counts at once, on every connection."""
    iam.create_user(UserName="leaver")
    made = iam.create_access_key(UserName="leaver")["AccessKey"]
    key = {"UserName": "leaver", "AccessKeyId": made["AccessKeyId"]}
    leaver = Credentials(administrator.account_id, made["AccessKeyId"], made["SecretAccessKey"])
    with server.client("sts", leaver) as sts:

        def refused() -> None:
            outcomes = at_once(8, lambda _: sts.get_caller_identity())
            invalid = "The security token included in the request is invalid."
            assert outcomes == {("InvalidClientTokenId", invalid): 8}

        for _ in range(5):
            assert at_once(8, lambda _: sts.get_caller_identity()) == {("ok", ""): 8}
            iam.update_access_key(**key, Status="Inactive")
            refused()
            iam.update_access_key(**key, Status="Active")
        assert sts.get_caller_identity()["Arn"].endswith(":user/leaver")
        assert iam.get_access_key_last_used(AccessKeyId=made["AccessKeyId"])["UserName"] == "leaver"
        iam.delete_access_key(**key)
        refused()
    iam.delete_user(UserName="leaver")


def test_a_policy_counts_at_the_next_request(server: Server, iam: Any, administrator: Credentials) -> None:
    """A right that is given or taken is given or taken now, on every thread that remembers the caller."""
    everything = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}}'
    iam.create_user(UserName="temp")
    made = iam.create_access_key(UserName="temp")["AccessKey"]
    temp = Credentials(administrator.account_id, made["AccessKeyId"], made["SecretAccessKey"])
    with server.client("iam", temp) as theirs:
        for _ in range(5):
            codes = {code for code, _ in at_once(8, lambda _: theirs.list_users())}
            assert codes == {"AccessDenied"}
            iam.put_user_policy(UserName="temp", PolicyName="p", PolicyDocument=everything)
            assert at_once(8, lambda _: theirs.list_users()) == {("ok", ""): 8}
            iam.delete_user_policy(UserName="temp", PolicyName="p")
    iam.delete_access_key(UserName="temp", AccessKeyId=made["AccessKeyId"])
    iam.delete_user(UserName="temp")

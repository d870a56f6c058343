"""Records: ARNs, changes that keep the id, tags."""

from datetime import UTC, datetime

from sealstone.model import quota
from sealstone.model.identity import User
from sealstone.model.names import folded
from sealstone.model.problem import Problem
from sealstone.model.server_certificate import ServerCertificate, ServerCertificateMetadata

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def certificate() -> ServerCertificate:
    return ServerCertificate("123456789012", "ASCAX", "build", "/abc/certs/", "body", None, "00", NOW, NOW)


def test_a_rename_keeps_the_id_and_changes_the_arn() -> None:
    old = certificate()
    new = old.moved(name="build_01", path=None)
    assert (old.arn, new.arn) == (
        "arn:aws:iam::123456789012:server-certificate/abc/certs/build",
        "arn:aws:iam::123456789012:server-certificate/abc/certs/build_01",
    )
    assert old.unique_id == new.unique_id
    assert old.moved(name=None, path="/x/").arn.endswith("/x/build")


def test_tags_are_case_sensitive_and_overwritten_by_key() -> None:
    tagged = certificate().tagged({"a": "1", "A": "2"}).tagged({"a": "3"})
    assert tagged.tags == {"a": "3", "A": "2"}
    assert tagged.untagged(frozenset({"a", "none"})).tags == {"A": "2"}


def test_metadata_has_the_arn_of_its_certificate() -> None:
    item = ServerCertificateMetadata("123456789012", "ASCAX", "n", "/", NOW, NOW)
    assert item.arn == "arn:aws:iam::123456789012:server-certificate/n"


def test_a_user_moves_like_a_certificate() -> None:
    user = User("123456789012", "AIDAX", "Bob", "/", NOW)
    assert user.arn == "arn:aws:iam::123456789012:user/Bob"
    assert user.moved(name="Rob", path="/dev/").arn == "arn:aws:iam::123456789012:user/dev/Rob"


def test_a_user_s_tags_are_overwritten_without_regard_to_case() -> None:
    user = User("123456789012", "AIDA1", "Bob", "/", datetime(2026, 1, 1, tzinfo=UTC), {"Team": "a", "Stage": "b"})
    assert user.tagged({"TEAM": "c", "new": "d"}).tags == {"Stage": "b", "TEAM": "c", "new": "d"}
    assert user.untagged(["team", "none"]).tags == {"Stage": "b"}
    assert user.tagged({}) == user.untagged([]) == user


def test_names_fold_and_quotas_are_known_by_name() -> None:
    assert folded("Cert") == folded("cERT")
    assert quota.ALL["ServerCertificatesPerAccount"].default == 20


def test_a_problem_tells_cause_and_cure() -> None:
    assert str(Problem("this is wrong", "do that")) == "this is wrong; do that"
    assert str(Problem("this is wrong")) == "this is wrong"

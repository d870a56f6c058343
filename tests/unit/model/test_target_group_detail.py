"""Documents of target groups and trust stores, and the attributes of target groups."""

import json
from datetime import timedelta

import msgspec
import pytest
from tests.pki import NOW

from sealstone.model import target_group_attributes as known
from sealstone.model.target_group_attributes import Attribute
from sealstone.model.target_group_detail import (
    Departure,
    Revocation,
    Target,
    TargetGroupDetail,
    TargetHealthCheck,
    TrustStoreDetail,
    document_of,
    read_target_group,
    read_trust_store,
)

CHECK = TargetHealthCheck("HTTP", 30, 5, 5, 2, 8080, "/", "200")


def test_documents_come_back_as_they_were() -> None:
    group = TargetGroupDetail(
        "HTTP",
        80,
        CHECK,
        targets=(Target("i-1", 80, "all"),),
        leaving=(Departure(Target("i-2", 81), NOW),),
        attributes={"stickiness.enabled": "true"},
        tags={"a": "b"},
    )
    assert read_target_group(json.loads(json.dumps(document_of(group)))) == group
    trust = TrustStoreDetail(1, (Revocation(3, 2, "LIST"),), 3, {"a": "b"})
    assert read_trust_store(json.loads(json.dumps(document_of(trust)))) == trust
    with pytest.raises(msgspec.ValidationError):
        read_target_group({"protocol": "HTTP"})


@pytest.mark.parametrize(
    ("target_id", "key"),
    [
        ("i-web1", "i-web1-80"),
        ("10.0.0.1", "10.0.0.1-80"),
        ("fd00::1", "fd00-0000-0000-0000-0000-0000-0000-0001-80"),
    ],
)
def test_keys_of_targets_are_words(target_id: str, key: str) -> None:
    assert Target(target_id, 80).key == key


def test_who_is_still_leaving() -> None:
    soon, later, back = (Departure(Target(f"i-{n}", 80), NOW + timedelta(seconds=n)) for n in (1, 2, 3))
    detail = TargetGroupDetail("HTTP", 80, CHECK, targets=(back.target,), leaving=(soon, later, back))
    assert detail.still_leaving(NOW) == (soon, later)
    assert detail.still_leaving(NOW + timedelta(seconds=1)) == (later,)


def test_tags_are_replaced() -> None:
    assert TargetGroupDetail("HTTP", 80, CHECK, tags={"a": "b"}).tagged({"c": "d"}).tags == {"c": "d"}
    assert TrustStoreDetail(1, tags={"a": "b"}).tagged({}).tags == {}


def test_ids_of_lists_are_not_given_twice() -> None:
    trust = TrustStoreDetail(1).with_lists([(2, "one"), (3, "two")])
    assert (trust.revoked, [one.revocation_id for one in trust.revocations]) == (5, [1, 2])
    fewer = trust.without_lists([2])
    assert (fewer.revoked, [one.revocation_id for one in fewer.revocations]) == (2, [1])
    assert fewer.with_lists([]) == fewer
    assert [one.revocation_id for one in fewer.with_lists([(0, "three")]).revocations] == [1, 3]


# --- attributes ---


@pytest.mark.parametrize(
    ("attribute", "value", "accepted"),
    [
        (Attribute("", ("on", "off")), "on", True),
        (Attribute("", ("on", "off")), "ON", False),
        (Attribute(""), "anything", True),
        (Attribute("", least=1, most=9), "9", True),
        (Attribute("", least=1, most=9), "0", False),
        (Attribute("", least=1, most=9), "10", False),
        (Attribute("", least=0, most=9), "-1", False),
        (Attribute("", least=0, most=9), "\uff11", False),
        (Attribute("", least=0, most=9), "9" * 5000, False),
        (Attribute("", ("off",), 1, 9), "off", True),
        (Attribute("", ("off",), 1, 9), "5", True),
        (Attribute("", ("off",), 1, 9), "on", False),
    ],
)
def test_what_an_attribute_may_be(attribute: Attribute, value: str, accepted: bool) -> None:
    assert attribute.accepts(value) is accepted


@pytest.mark.parametrize("protocol", ["HTTP", "HTTPS", "TCP", "TLS"])
@pytest.mark.parametrize("target_type", ["instance", "ip"])
def test_every_default_is_accepted(protocol: str, target_type: str) -> None:
    detail = TargetGroupDetail(protocol, 80, CHECK, target_type)
    for name, value in known.values(detail).items():
        assert known.of(detail)[name].accepts(value), name
        assert name in known.KNOWN


def test_what_is_set_counts() -> None:
    detail = TargetGroupDetail("HTTP", 80, CHECK, attributes={known.STICKINESS: known.ON})
    assert known.values(detail)[known.STICKINESS] == "true"
    assert known.values(detail)[known.STICKINESS_TYPE] == "lb_cookie"

"""What is wished, where the tests of the deploy worker and of the translations do not reach."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.deploying import Scene, deploying
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT
from tests.pki import NOW
from tests.unit.model.test_certificate import ONE

from sealstone.dataplane.wanted import Forward as WantedForward
from sealstone.dataplane.wanted import Token
from sealstone.model.application_detail import (
    Action,
    ApplicationDetail,
    ApplicationListener,
    ApplicationRule,
    FixedResponse,
    Forward,
    RuleCondition,
    Share,
    document_of,
)
from sealstone.model.instance import TargetGroup
from sealstone.model.listener import CertificateUse, Listener
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.model.rule import Rule
from sealstone.model.target_group_detail import Departure, Target, TargetGroupDetail, TargetHealthCheck
from sealstone.model.target_group_detail import document_of as documented
from sealstone.store import certificate_requests, certificate_uses, listeners, load_balancers, rules, target_groups
from sealstone.store.engine import Tx

LACKING = "it serves without a certificate that it should choose by name: "
GONE = "its certificate ASCA-gone is not in the store"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """With an application load balancer, one HTTPS listener and its default certificate."""
    with deploying(tmp_path) as made:
        made.certificate("ASCA1")
        made.write(_fill)
        yield made


def _fill(tx: Tx) -> None:
    detail = document_of(ApplicationDetail("alb.example"))
    balancer = LoadBalancer(
        *(ACCOUNT, "alb", "us-east-1", Generation.V2, Kind.APPLICATION, "alb", "127.0.0.2", NOW), detail
    )
    load_balancers.add(tx, balancer)
    action = Action("fixed-response", fixed_response=FixedResponse("200"))
    document = document_of(ApplicationListener((action,), ssl_policy="ELBSecurityPolicy-2016-08"))
    listeners.add(tx, Listener(ACCOUNT, "l1", "alb", 443, "HTTPS", document))
    certificate_uses.add(tx, CertificateUse(ACCOUNT, "l1", "ASCA1"))


def chosen_by_name(scene: Scene, *names: str) -> None:
    with scene.store.writing() as tx:
        for name in names:
            certificate_uses.add(tx, CertificateUse(ACCOUNT, "l1", name, is_default=False))


def test_what_cannot_be_opened_is_told_and_the_others_are_served(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.certificate("ASCA2", "something else")
    scene.certificate("ASCA3")
    chosen_by_name(scene, "ASCA2", "ASCA3", "ASCA-gone")
    scene.deployer.round()
    (served,) = scene.plane.applied[-1].listeners
    assert (served.default_certificate_id, served.sni_certificate_ids) == ("ASCA1", ("ASCA3",))
    assert scene.plane.kept == [frozenset()]
    state, reason, _ = scene.states()["l1"]
    assert (state, reason[: len(LACKING + GONE)]) == ("failed", LACKING + GONE)
    assert "the private key of arn:aws:iam::123456789012:server-certificate/ASCA2 cannot be opened" in reason
    assert scene.served() == {"l1": "fingerprint of ASCA1"}
    assert caplog.text.count("is not served as wanted") == 1
    assert (scene.deployer.deployments, scene.deployer.failures) == (1, 1)


def test_it_is_told_for_as_long_as_it_lasts(scene: Scene) -> None:
    """Neither the proof of every minute nor the change of another listener hides it; a difference goes first."""
    chosen_by_name(scene, "ASCA-gone")
    for change in (False, False, True):
        if change:
            scene.listener("l2", 80)
        scene.deployer.round()
        assert scene.states()["l1"][:2] == ("failed", LACKING + GONE)
        assert scene.served()["l1"] == "fingerprint of ASCA1"
        scene.passed(61)
    assert scene.proofs.count("l1") == 3
    scene.broken["l1"] = "it serves another certificate"
    scene.deployer.round()
    assert scene.states()["l1"][:2] == ("failed", "it serves another certificate")
    scene.broken.clear()
    scene.passed(61)
    scene.deployer.round()
    assert scene.states()["l1"][:2] == ("failed", LACKING + GONE)
    scene.write(lambda tx: certificate_uses.remove(tx, CertificateUse(ACCOUNT, "l1", "ASCA-gone", is_default=False)))
    scene.deployer.round()
    assert scene.states()["l1"][:2] == ("serving", "")


def test_a_default_that_is_gone_goes_before(scene: Scene) -> None:
    chosen_by_name(scene, "ASCA-gone")
    scene.write(lambda tx: certificate_uses.remove(tx, CertificateUse(ACCOUNT, "l1", "ASCA1")))
    scene.write(lambda tx: certificate_uses.add(tx, CertificateUse(ACCOUNT, "l1", "ASCA0")))
    scene.deployer.round()
    assert scene.states()["l1"][:2] == ("failed", "its certificate ASCA0 is not in the store")
    assert scene.plane.kept == [frozenset({"l1"})]


def test_tokens_are_wanted(scene: Scene) -> None:
    """Their coming is a change by itself."""
    scene.deployer.round()
    assert not scene.plane.applied[-1].tokens
    scene.write(lambda tx: certificate_requests.add_token(tx, ONE, "0a1b", "text"))
    scene.deployer.round()
    assert scene.plane.applied[-1].tokens == (Token(ACCOUNT, "/.well-known/pki-validation/0a1b.txt", "text"),)


def test_listeners_of_both_generations_are_whose_the_load_balancer_is(scene: Scene) -> None:
    """Whose tokens they answer hangs on it."""
    scene.listener("l2", 80)
    scene.write(_of_another_account)
    scene.deployer.round()
    found = {listener.listener_id: listener.account_id for listener in scene.plane.applied[-1].listeners}
    assert found == {"l1": ACCOUNT, "l2": ACCOUNT, "l9": OTHER_ACCOUNT}


def _of_another_account(tx: Tx) -> None:
    balancer = LoadBalancer(
        *(OTHER_ACCOUNT, "other", "us-east-1", Generation.V2, Kind.APPLICATION, "alb", "127.0.0.3", NOW),
        document_of(ApplicationDetail("other.example")),
    )
    load_balancers.add(tx, balancer)
    action = Action("fixed-response", fixed_response=FixedResponse("200"))
    listeners.add(tx, Listener(OTHER_ACCOUNT, "l9", "other", 80, "HTTP", document_of(ApplicationListener((action,)))))


def test_pools_of_rules_and_default_actions_are_each_wanted_once(scene: Scene) -> None:
    """With what time alone will change: a target that leaves."""
    until = NOW + timedelta(seconds=10)
    leaving = (Departure(Target("10.0.0.3", 80), until),)
    detail = TargetGroupDetail("HTTP", 80, TargetHealthCheck("HTTP", 30, 5, 5, 2), "ip", leaving=leaving)
    forward = Action("forward", forward=Forward((Share("tg1"), Share("tg2")), sticky=True, sticky_seconds=9))
    rule = document_of(ApplicationRule((RuleCondition("path-pattern", ("/a",)),), (forward,)))
    with scene.store.writing() as tx:
        for name in ("tg1", "tg2"):
            target_groups.add(tx, TargetGroup(ACCOUNT, name, "us-east-1", name, NOW, documented(detail)))
        rules.add(tx, Rule(ACCOUNT, "r1", "l1", 7, rule))
        document = document_of(ApplicationListener((Action("forward", forward=Forward((Share("tg1"),))),)))
        listeners.add(tx, Listener(ACCOUNT, "l2", "alb", 80, "HTTP", document))
    scene.deployer.round()
    wanted = scene.plane.applied[-1]
    assert sorted(pool.pool_id for pool in wanted.pools) == ["tg1", "tg2"]
    secure = next(one for one in wanted.listeners if one.listener_id == "l1")
    assert [one.action for one in secure.rules] == [WantedForward((("tg1", 1), ("tg2", 1)), 9)]
    assert [server.draining for pool in wanted.pools for server in pool.servers] == [True, True]
    scene.clock.advance(11)
    scene.deployer.round()
    assert [pool.servers for pool in scene.plane.applied[-1].pools] == [(), ()]


def test_connections_are_idle_for_as_long_as_their_listener_says(scene: Scene) -> None:
    """Of one target group by several listeners: each with a pool of its own, and the health of one."""
    detail = TargetGroupDetail(
        "TCP", 80, TargetHealthCheck("TCP", 30, 10, 5, 2), "ip", targets=(Target("10.0.0.3", 80),)
    )
    forward = (Action("forward", forward=Forward((Share("tg1"),))),)
    with scene.store.writing() as tx:
        target_groups.add(tx, TargetGroup(ACCOUNT, "tg1", "us-east-1", "tg1", NOW, documented(detail)))
        kind = (ACCOUNT, "nlb", "us-east-1", Generation.V2, Kind.NETWORK, "nlb", "127.0.0.3", NOW)
        load_balancers.add(tx, LoadBalancer(*kind, document_of(ApplicationDetail("nlb.example"))))
        for port, seconds in ((80, ""), (81, "60"), (82, "6000"), (83, "60")):
            attributes = {"tcp.idle_timeout.seconds": seconds} if seconds else {}
            document = document_of(ApplicationListener(forward, attributes=attributes))
            listeners.add(tx, Listener(ACCOUNT, f"n{port}", "nlb", port, "TCP", document))
    scene.deployer.round()
    pools = scene.plane.applied[-1].pools
    assert {pool.pool_id: pool.idle_timeout for pool in pools} == {"tg1": 350, "tg1-60": 60, "tg1-6000": 6000}
    assert len({pool.servers for pool in pools}) == 1

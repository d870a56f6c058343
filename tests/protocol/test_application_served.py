"""From the API to what the data plane is asked for: everything that is taken can be written, and nothing else is."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.house_fixture import World
from tests.pki import ec_key, rsa_key
from tests.protocol.application import Balanced, forwarding

from sealstone.dataplane.recording import Recording
from sealstone.dataplane.wanted import FixedResponse, Forward, Listener, Wanted
from sealstone.model import application_attributes as attributes
from sealstone.model.balancing import Balancing
from sealstone.model.ssl_policies import POLICIES
from sealstone.store import listener_states
from sealstone.workers.certificates import Opened
from sealstone.workers.deploy import Deployer
from sealstone.workers.proof import Proof


@pytest.fixture
def here(world: World) -> Balanced:
    return Balanced(world)


def proved(listener: Listener, opened: Mapping[str, Opened], beginning: int) -> Proof:
    name = listener.default_certificate_id
    return Proof("", opened[name].fingerprint if name else "")


def served(here: Balanced) -> Wanted:
    """What is asked of the data plane; every listener must then serve."""
    plane = Recording()
    Deployer(here.world.store, here.world.keyring, Balancing(), plane, here.world.clock, proved).round()
    with here.world.store.reading() as tx:
        states = listener_states.every(tx)
    assert [(state.listener_id, state.reason) for state in states if state.status != "serving"] == []
    return plane.applied[-1]


def one(wanted: Wanted, arn: str) -> Listener:
    (found,) = [each for each in wanted.listeners if each.listener_id == arn.rpartition("/")[2]]
    return found


def test_certificates_are_offered_in_the_order_in_which_they_are_chosen(here: Balanced) -> None:
    names = {
        name: here.upload(name, key=key) for name, key in (("a", rsa_key(2048)), ("b", ec_key()), ("c", rsa_key(3072)))
    }
    listener = here.listener(here.balancer(), "HTTPS", 443, Certificates=[{"CertificateArn": names["a"]}])
    here.done(
        "AddListenerCertificates",
        ListenerArn=listener,
        Certificates=[{"CertificateArn": arn} for arn in names.values()],
    )
    wanted = served(here)
    found = one(wanted, listener)
    keys = [wanted.certificates[name].body for name in found.sni_certificate_ids]
    bodies = dict(zip("bca", keys, strict=True))
    for name, body in bodies.items():
        form = {"Action": "GetServerCertificate", "ServerCertificateName": name}
        told = here.world.done("iam", form)["ServerCertificate"]["CertificateBody"]
        assert told == body
    assert wanted.certificates[str(found.default_certificate_id)].body == bodies["a"]


@pytest.mark.parametrize("name", list(POLICIES))
def test_every_security_policy_can_be_written(here: Balanced, name: str) -> None:
    certificates = [{"CertificateArn": here.upload("site")}]
    listener = here.listener(here.balancer(), "HTTPS", 443, Certificates=certificates, SslPolicy=name)
    tls = one(served(here), listener).tls
    assert tls is not None
    assert (*tls.ciphersuites, *tls.ciphers) == POLICIES[name].ciphers


def test_odd_texts_of_rules_can_be_written(here: Balanced) -> None:
    listener = here.listener(here.balancer())
    odd = " !\"#$%&'()*+,-./:;<=>?@[]^_`{|}~"
    conditions: list[dict[str, Any]] = [
        {"Field": "path-pattern", "Values": ["/a\"'$~&@:+()!,;=%?*"]},
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X!*+.^_~-", "Values": [odd]}},
        {
            "Field": "query-string",
            "QueryStringConfig": {"Values": [{"Key": odd.replace("=", "")[:9], "Value": "="}]},
        },
        {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["M-SEARCH_"]}},
        {"Field": "source-ip", "SourceIpConfig": {"Values": ["2001:db8::/32"]}},
    ]
    here.rule(listener, 1, Conditions=conditions[:3])
    here.rule(listener, 2, Conditions=conditions[3:])
    redirect = {
        "StatusCode": "HTTP_302",
        "Host": "#{host}.example",
        "Path": "/%20;x=1/#{path}",
        "Query": "a=%41&#{query}",
    }
    here.rule(listener, 3, Actions=[{"Type": "redirect", "RedirectConfig": redirect}])
    body = {"StatusCode": "503", "ContentType": "application/json", "MessageBody": '{"a": "é\\n#\'"}'}
    here.rule(listener, 50_000, Actions=[{"Type": "fixed-response", "FixedResponseConfig": body}])
    found = one(served(here), listener)
    assert [rule.priority for rule in found.rules] == [1, 2, 3, 50_000]
    assert found.rules[-1].action == FixedResponse(503, "application/json", body["MessageBody"])


def test_every_attribute_can_be_written(here: Balanced) -> None:
    balancer = here.balancer()
    listener = here.listener(balancer, "HTTPS", 443, Certificates=[{"CertificateArn": here.upload("site")}])
    given = [
        *({"Key": key, "Value": f"X-{number}_a"} for number, key in enumerate(attributes.REQUEST_HEADERS)),
        *({"Key": key, "Value": "max-age=1; a (b) %s * <c>"} for key in attributes.RESPONSE_HEADERS),
    ]
    here.done("ModifyListenerAttributes", ListenerArn=listener, Attributes=given)
    flags = (attributes.DROP_INVALID, attributes.TLS_HEADERS, attributes.CLIENT_PORT)
    here.done(
        "ModifyLoadBalancerAttributes",
        LoadBalancerArn=balancer,
        Attributes=[
            *({"Key": key, "Value": "true"} for key in flags),
            {"Key": attributes.FORWARDED_FOR, "Value": "preserve"},
            {"Key": attributes.IDLE_TIMEOUT, "Value": "4000"},
        ],
    )
    found = one(served(here), listener)
    assert (len(found.headers.renamed), len(found.headers.response), found.idle_timeout) == (8, 10, 4000)


def test_a_target_group_is_one_pool_of_all_who_send_to_it(here: Balanced) -> None:
    balancer = here.balancer()
    group, other = here.group("a"), here.group("b")
    listener = here.listener(balancer, DefaultActions=[forwarding(group)])
    here.rule(listener, Actions=[forwarding(group, other)])
    here.listener(balancer, port=81, DefaultActions=[forwarding(group)])
    wire = here.listener(
        here.balancer("wire", "network"), "TCP", 25, DefaultActions=[forwarding(here.group("tcp", "TCP"))]
    )
    here.group("unused")
    wanted = served(here)
    names = [arn.rpartition("/")[2] for arn in (group, other)]
    assert {pool.pool_id for pool in wanted.pools} >= set(names)
    assert len(wanted.pools) == 3
    assert one(wanted, listener).rules[0].action == Forward(tuple((name, 1) for name in names))
    assert one(wanted, wire).protocol == "TCP"


def test_what_is_deleted_is_asked_for_no_longer(here: Balanced) -> None:
    balancer = here.balancer()
    here.listener(balancer, "HTTPS", 443, Certificates=[{"CertificateArn": here.upload("site")}])
    assert len(served(here).certificates) == 1
    here.done("DeleteLoadBalancer", LoadBalancerArn=balancer)
    wanted = served(here)
    assert (wanted.listeners, wanted.certificates) == ((), {})

"""What a rotation would touch, and that no listener gets what a call would not have put on it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.house_fixture import ACCOUNT
from tests.pki import NOW, Issued, rsa_key, self_signed
from tests.rotating import Rotation, bundle_of, rotating
from tests.signature_kinds import LEAF, SHA_1, signed_with

from sealstone.model.listener import CertificateUse, Listener
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.server import rotation_plan
from sealstone.server.faults import RotationFailed
from sealstone.server.rotation_plan import Used, listed
from sealstone.store import certificate_uses, listeners, load_balancers

LARGE = self_signed("next.example.com", key=rsa_key(4096))
NAMELESS = self_signed("localhost")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Rotation]:
    with rotating(tmp_path) as made:
        yield made


def balanced(here: Rotation, kind: Kind, *, is_default: bool = True) -> None:
    """A listener of such a load balancer that uses the certificate."""
    with here.scene.store.writing() as tx:
        load_balancers.add(
            tx, LoadBalancer(ACCOUNT, kind, "us-east-1", Generation.V2, kind, f"my-{kind}", "127.0.0.1", NOW)
        )
        listeners.add(tx, Listener(ACCOUNT, f"l-{kind}", kind, 7443, "TLS"))
        certificate_uses.add(tx, CertificateUse(ACCOUNT, f"l-{kind}", "ASCA1", is_default))


@pytest.mark.parametrize(
    ("kinds", "issued", "refusal"),
    [
        ((), LARGE, ""),
        ((), NAMELESS, ""),
        ((Kind.APPLICATION,), LARGE, ""),
        ((Kind.APPLICATION,), NAMELESS, "by my-application, port 7443. Neither its DNS names"),
        ((Kind.NETWORK,), self_signed("next.example.com"), ""),
        ((Kind.NETWORK,), NAMELESS, "by my-network, port 7443. Neither its DNS names"),
        ((Kind.NETWORK,), LARGE, "by my-network, port 7443. Its key is RSA 4096, and a network load balancer takes"),
        ((Kind.APPLICATION, Kind.NETWORK), LARGE, "by my-network, port 7443. Its key is RSA 4096"),
    ],
)
def test_every_listener_judges_as_when_it_was_attached(
    here: Rotation, kinds: tuple[Kind, ...], issued: Issued, refusal: str
) -> None:
    for kind in kinds:
        balanced(here, kind)
    here.bundle = bundle_of(issued)
    if not refusal:
        rotation_plan.check(here.planned(), here.bundle)
        return
    before = here.names()
    with pytest.raises(RotationFailed, match=f"^nothing was changed; the new certificate cannot be used {refusal}"):
        here.rotate()
    assert here.names() == before
    assert here.used() == {"ASCA1"}


def test_the_list_of_server_names_is_judged_as_well(here: Rotation) -> None:
    balanced(here, Kind.NETWORK, is_default=False)
    here.bundle = bundle_of(LARGE)
    with pytest.raises(RotationFailed, match="by my-network, port 7443, by server name"):
        rotation_plan.check(here.planned(), here.bundle)


def test_what_cannot_be_loaded_is_put_on_no_listener(here: Rotation) -> None:
    """Not on a classic one either."""
    balanced(here, Kind.CLASSIC)
    here.bundle = replace(bundle_of(LEAF), certificate_body=signed_with(SHA_1))
    with pytest.raises(RotationFailed, match="so no listener can load it"):
        rotation_plan.check(here.planned(), here.bundle)


def test_a_message_names_a_few() -> None:
    use, row = CertificateUse(ACCOUNT, "l", "ASCA1"), Listener(ACCOUNT, "l", "lb", 443, "TLS")
    many = [Used(use, row, f"lb-{number}", Kind.NETWORK) for number in range(7)]
    assert listed(many[:1]) == "lb-0, port 443"
    assert listed(many).endswith("lb-4, port 443; and 2 more")


def test_a_certificate_that_nobody_has_is_not_rotated(here: Rotation) -> None:
    with here.scene.store.reading() as tx, pytest.raises(RotationFailed, match="no server certificate named"):
        rotation_plan.plan(tx, ACCOUNT, "other")

"""What is served in place of what fails."""

from dataclasses import replace

from sealstone.dataplane.substitution import substituted
from sealstone.dataplane.wanted import Certificate, Forward, Listener, Pool, Wanted
from sealstone.model.secret import Secret

OLD, NEW = (Certificate("c", body, None, Secret(b"")) for body in ("old", "new"))
PLAIN = Listener("l1", "127.0.0.1", 1, "HTTP", Forward((("p1", 1),)))
SECURE = Listener(
    "l2", "127.0.0.1", 2, "HTTPS", Forward((("p2", 1),)), default_certificate_id="c", sni_certificate_ids=("c",)
)
SERVED = Wanted(1, (PLAIN, SECURE), (Pool("p1", "HTTP"), Pool("p2", "HTTP")), {"c": OLD})


def test_what_was_never_served_is_left_out() -> None:
    assert substituted(SERVED, {"l1"}, None).listeners == (SECURE,)
    assert substituted(SERVED, {"l2"}, replace(SERVED, listeners=(PLAIN,))).listeners == (PLAIN,)


def test_what_fails_keeps_its_certificates_and_pools() -> None:
    wanted = Wanted(2, (PLAIN, replace(SECURE, port=3)), (Pool("p1", "HTTP", idle_timeout=9),), {"c": NEW})
    found = substituted(wanted, {"l2"}, SERVED)
    kept = replace(SECURE, default_certificate_id="c.kept", sni_certificate_ids=("c.kept",))
    assert found.listeners == (PLAIN, kept)
    assert found.certificates == {"c": NEW, "c.kept": OLD}
    assert {pool.pool_id: pool.idle_timeout for pool in found.pools} == {"p1": 9, "p2": 60}
    assert found.generation == 2


def test_what_has_not_changed_keeps_its_name() -> None:
    assert substituted(SERVED, {"l2"}, SERVED) == SERVED
    assert substituted(replace(SERVED, certificates={}), {"l1", "l2"}, SERVED).certificates == {"c": OLD}

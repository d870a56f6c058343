"""A plain listener before two pools of one server each, asked in one line."""

from typing import Any, Final

from tests.dataplane.rig import Backend, asked, certificate, free_port, listener, pool
from tests.pki import Leaf

from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.wanted import Action, Forward, Headers, Rule, Token, Wanted

ACCOUNT: Final = "123456789012"
"""Whose the listener is."""
TO_ONE: Final = Forward((("p1", 1),))
TO_TWO: Final = Forward((("p2", 1),))


class Front:
    """A plain listener before two pools of one server each."""

    def __init__(self, plane: HAProxy, one: Backend, two: Backend) -> None:
        self._plane, self.pools = plane, (pool(one), pool(two, pool_id="p2"))
        self.port = free_port()

    def has(
        self,
        *rules: Rule,
        action: Action = TO_ONE,
        pools: Any = None,
        headers: Headers | None = None,
        leaf: Leaf | None = None,
        tokens: tuple[Token, ...] = (),
    ) -> "Front":
        """With a leaf it is for HTTPS."""
        certificates = {"c1": certificate("c1", leaf)} if leaf else {}
        made = listener(
            self.port,
            protocol="HTTPS" if leaf else "HTTP",
            rules=rules,
            action=action,
            headers=headers or Headers(),
            account_id=ACCOUNT,
        )
        outcome = self._plane.apply(Wanted(1, (made,), pools or self.pools, certificates, tokens))
        assert outcome.applied, outcome.reason
        assert not outcome.failed
        return self

    def by(self, path: str = "/", **options: Any) -> str:
        """Which server answered, or the status if none did."""
        answer = asked(self.port, path, **options)
        return str(answer.seen["by"]) if answer.header("Content-Type") is None and answer.body else str(answer.status)

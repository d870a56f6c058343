"""Cookies of ours: the twin that goes beside one, for requests that come from pages of other sites. Pure.

Browsers send such requests no cookie without `SameSite=None`, and take that only together with `Secure`; AWS therefore
sets each of its cookies twice (classic guide, "Configure sticky sessions"; application guide, "Sticky sessions").
"""

from collections.abc import Iterator
from typing import Final

WEEK: Final = "Max-Age=604800"
"""The life of the cookies of application load balancers, however long the stickiness is (application guide)."""


def alone(name: str, twin: str) -> str:
    """The condition of a request that has the twin and not the cookie itself."""
    return f"!{{ req.cook({name}) -m found }} {{ req.cook({twin}) -m found }}"


def set_twin(rule: str, twin: str, value: str, age: str, condition: str) -> Iterator[str]:
    """Lines that set the twin to a value, which is a format, in every answer that meets the condition.

    `Secure` only by HTTPS: over plain HTTP no client would take it [inferred].
    """
    kept = f"; {age}" if age else ""
    for secure, asked in (("; Secure", "{ ssl_fc }"), ("", "!{ ssl_fc }")):
        cookie = f"{twin}={value}; Path=/{kept}; SameSite=None{secure}"
        yield f"{rule} add-header Set-Cookie '{cookie}' if {condition} {asked}"

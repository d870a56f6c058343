"""What has to be done to get from what is served to what is wanted: steps on the control socket, or a reload. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sealstone.dataplane import tokens
from sealstone.dataplane.certificate_files import fits
from sealstone.dataplane.haproxy_config import Rendered

Deed = Literal["new", "replace", "list", "unlist", "delete", "tokens"]


@dataclass(frozen=True, slots=True)
class Step:
    """One change that a running HAProxy can make."""

    deed: Deed
    certificate: str
    """The name of a certificate's file; of `tokens` that of the map, all of which is exchanged at once."""
    in_list: str = ""
    """For `list` and `unlist`: the name of the list."""


def steps(
    digests: Mapping[str, str],
    lists: Mapping[str, tuple[str, ...]],
    rendered: Rendered,
    wanted_digests: Mapping[str, str],
) -> tuple[Step, ...] | None:
    """The steps, in their order; None when only a reload will do.

    A list can be added to at its end and taken away from; another order of what stays would mean moments without an
    entry, in which clients get the default certificate. `digests` and `lists` are of what is served.
    """
    runtime = (*rendered.keys, *(name for name in digests if name.startswith("certificates/") or name == tokens.PLACE))
    changed = {name for name in digests.keys() | wanted_digests.keys() if digests.get(name) != wanted_digests.get(name)}
    wanted_lists = {
        name: tuple(text.splitlines()) for name, text in rendered.texts.items() if name.startswith("lists/")
    }
    if changed - set(runtime) - wanted_lists.keys() or lists.keys() != wanted_lists.keys():
        return None
    if not all(fits(key) for name, key in rendered.keys.items() if name in changed):
        return None
    if not all(_appended(lists[name], wanted) for name, wanted in wanted_lists.items()):
        return None
    return tuple(_ordered(changed, digests, lists, wanted_digests, wanted_lists))


def _appended(served: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether one comes from the other by removing lines and adding some at the end."""
    stay = tuple(line for line in served if line in wanted)
    return wanted[: len(stay)] == stay and served[0] == wanted[0]


def _ordered(
    changed: set[str],
    digests: Mapping[str, str],
    lists: Mapping[str, tuple[str, ...]],
    wanted_digests: Mapping[str, str],
    wanted_lists: Mapping[str, tuple[str, ...]],
) -> Iterator[Step]:
    if tokens.PLACE in changed:
        yield Step("tokens", tokens.PLACE)
    certificates = sorted(name for name in changed if name.startswith("certificates/"))
    for name in certificates:
        if name in wanted_digests:
            yield Step("replace" if name in digests else "new", name)
    for name, wanted in sorted(wanted_lists.items()):
        yield from (Step("list", line, name) for line in wanted if line not in lists[name])
    for name, wanted in sorted(wanted_lists.items()):
        yield from (Step("unlist", line, name) for line in lists[name] if line not in wanted)
    for name in certificates:
        if name not in wanted_digests:
            yield Step("delete", name)

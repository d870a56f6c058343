"""What a listener has in the files that are served, taken out of them again: for when its change fails. Pure.

What serves is known from those files alone: after a restart of ours there is nothing else to know it from.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

from sealstone.dataplane.haproxy_config import Part
from sealstone.model.secret import Secret

_HEAD: Final = re.compile(r"(?:frontend|backend) (\S+)")
_POOL: Final = re.compile(r"^  (?:use|default)_backend (\S+)", re.MULTILINE)
_BIND: Final = re.compile(r"^  bind .*$", re.MULTILINE)
_BOUND: Final = re.compile(r" (?:crt-list|ca-file|crl-file) (\S+)")
_BODY: Final = re.compile(r"^  http-request return status \d+ content-type \S+ file (\S+) if ", re.MULTILINE)


def sections(configuration: str) -> Mapping[str, str]:
    """The sections of listeners and pools in a configuration of ours, by their names (`L-...`, `P-...`)."""
    found: dict[str, str] = {}
    name = ""
    for line in configuration.splitlines():
        head = _HEAD.fullmatch(line)
        if head or not line.startswith(" "):
            name = head[1] if head else ""
        if name:
            found[name] = f"{found.get(name, '')}{line}\n"
    return found


def as_served(
    listener_ids: Collection[str], configuration: str, read: Callable[[str], bytes | None]
) -> Mapping[str, Part]:
    """Those of the listeners that the configuration has, with all that is theirs. `read` gives a file by its name."""
    found = sections(configuration)
    parts = {name: _part(found[f"L-{name}"], found, read) for name in listener_ids if f"L-{name}" in found}
    return {name: part for name, part in parts.items() if part is not None}


def _part(section: str, found: Mapping[str, str], read: Callable[[str], bytes | None]) -> Part | None:
    """None when something of it is missing: then it could not be served."""
    backends = {name: found.get(name) for name in _POOL.findall(section)}
    texts: dict[str, str | None] = {}
    keys: dict[str, Secret | None] = {}
    for name in (*_BOUND.findall("".join(_BIND.findall(section))), *_BODY.findall(section)):
        content = read(name)
        texts[name] = None if content is None else content.decode()
    for line in "".join(text or "" for name, text in texts.items() if name.startswith("lists/")).splitlines():
        name = line.split(" ")[0]
        content = read(name)
        keys[name] = None if content is None else Secret(content)
    whole = Part(
        section,
        {name: text for name, text in backends.items() if text is not None},
        {name: text for name, text in texts.items() if text is not None},
        {name: key for name, key in keys.items() if key is not None},
    )
    complete = (len(whole.backends), len(whole.texts), len(whole.keys)) == (len(backends), len(texts), len(keys))
    return whole if complete else None

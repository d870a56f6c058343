"""Reading what HAProxy says when it refuses: its sentences, and which listeners they are about. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from sealstone.dataplane.haproxy_config import CONFIGURATION

_ALERT: Final = re.compile(r"^\[ALERT\]\s+\(\d+\) : (?:config : )?(.*)$", re.MULTILINE)
_LINE: Final = re.compile(re.escape(CONFIGURATION) + r":(\d+)\]")
_SECTION: Final = re.compile(r"\b([LP])-([A-Za-z0-9][A-Za-z0-9_.-]*)")
_HEAD: Final = re.compile(r"(?:frontend|backend) ([LP]-\S+)")
_NOISE: Final = ("Error(s) found in configuration file", "Fatal errors found", "Some protocols failed to start")


def reasons(output: str) -> tuple[str, ...]:
    """HAProxy's sentences of alarm, without the ones that only say that there were some."""
    alarms = [found for found in _ALERT.findall(output) if not any(noise in found for noise in _NOISE)]
    return tuple(alarms) or ((" ".join(output.split())[:500],) if output.strip() else ())


def culprits(output: str, configuration: str) -> Mapping[str, str]:
    """Which listeners the sentences are about, each with the first of them; by listener_id. Pools stand for theirs."""
    owners = _owners(configuration)
    users = _users(configuration)
    found: dict[str, str] = {}
    for reason in reasons(output):
        named = [f"{kind}-{name.rstrip('.')}" for kind, name in _SECTION.findall(reason)]
        lines = [int(number) for number in _LINE.findall(reason)]
        named += [owners[number] for number in lines if number in owners]
        for section in named:
            for listener in (section,) if section.startswith("L-") else users.get(section, ()):
                found.setdefault(listener[2:], reason)
    return found


def _owners(configuration: str) -> Mapping[int, str]:
    """The section that each line belongs to."""
    owners: dict[int, str] = {}
    section = ""
    for number, line in enumerate(configuration.splitlines(), start=1):
        head = _HEAD.fullmatch(line)
        if head or not line.startswith(" "):
            section = head[1] if head else ""
        if section:
            owners[number] = section
    return owners


def _users(configuration: str) -> Mapping[str, tuple[str, ...]]:
    """The listeners' sections that hand to each pool's."""
    users: dict[str, tuple[str, ...]] = {}
    lines = configuration.splitlines()
    for number, section in _owners(configuration).items():
        words = lines[number - 1].split()
        if section.startswith("L-") and words[:1] in (["use_backend"], ["default_backend"]):
            users[words[1]] = (*users.get(words[1], ()), section)
    return users

"""What new processes are told of the servers that the old ones knew: their health, and nothing else. Pure.

HAProxy's table of states would bring back addresses, weights and the drained state too, against what is wanted now.
So only servers are remembered whose line in the configuration is the same as it was.
"""

from collections.abc import Mapping
from typing import Final

_HEAD: Final = 2
"""The first two lines of a table are its version and the names of its columns."""


def remembered(table: str, before: str, after: str) -> str:
    """The lines of a table (`show servers state`) that still hold, from one configuration to another."""
    old, new = _servers(before), _servers(after)
    lines = [line for line in table.splitlines() if line.strip()]
    still = [line for line in lines[_HEAD:] if _same(line.split(), old, new)]
    return "".join(f"{line}\n" for line in (*lines[:_HEAD], *still))


def _same(columns: list[str], old: Mapping[tuple[str, str], str], new: Mapping[tuple[str, str], str]) -> bool:
    """Columns two and four are the names of the pool's section and of the server."""
    server = (columns[1], columns[3])
    return server in new and new[server] == old.get(server)


def _servers(configuration: str) -> Mapping[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    section = ""
    for line in configuration.splitlines():
        words = line.split()
        if not line.startswith(" "):
            section = words[1] if words[:1] == ["backend"] else ""
        elif section and words[:1] == ["server"]:
            found[section, words[1]] = line
    return found

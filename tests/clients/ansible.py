"""`ansible-playbook` on this machine, against a server: how many tasks of a playbook changed something."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.server import Credentials, cli_environment

_PLAYBOOKS: Final = Path(__file__).parent / "playbooks"
_ANSIBLE: Final = Path(sys.executable).parent / "ansible-playbook"
_RECAP: Final = re.compile(r"ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")
_SETTINGS: Final = {
    "ANSIBLE_NOCOLOR": "1",
    "ANSIBLE_LOCALHOST_WARNING": "False",
    "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
    # Modules go to the interpreter through a pipe, without a directory and a file of each: fewer processes.
    "ANSIBLE_PIPELINING": "True",
}


def play(
    name: str, who: Credentials, files: Path, values: Mapping[str, str], more: Mapping[str, str] | None = None
) -> int:
    """Run a playbook with these variables, and `more` in its environment; how many tasks changed; none may fail."""
    keys = {"AWS_ACCESS_KEY_ID": who.access_key_id, "AWS_SECRET_ACCESS_KEY": who.secret_access_key}
    environment = cli_environment(files) | keys | _SETTINGS | {"ANSIBLE_LOCAL_TEMP": str(files / "ansible")}
    command = [str(_ANSIBLE), str(_PLAYBOOKS / name), "-e", f"ansible_python_interpreter={sys.executable}"]
    for key, value in values.items():
        command += ["-e", f"{key}={value}"]
    done = subprocess.run(
        command,
        env=environment | dict(more or {}),
        cwd=files,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    recap = _RECAP.search(done.stdout)
    assert recap, done.stdout + done.stderr
    assert (recap[3], recap[4], done.returncode) == ("0", "0", 0), done.stdout + done.stderr
    return int(recap[2])

"""Several processes on one database: nothing lost, nothing twice."""

import subprocess
import sys
from pathlib import Path

from tests.unit.store.conftest import ACCOUNT, certificate

from sealstone.model.quota import USERS
from sealstone.store import quotas, server_certificates
from sealstone.store.engine import Store

PROCESSES = 3
ROUNDS = 40
# Reads a number, adds one, writes it back; and uploads names that every process wants.
WORKER = f"""
import sys
from pathlib import Path
from tests.unit.store.conftest import ACCOUNT, certificate
from sealstone.model.quota import USERS
from sealstone.model.secret import Sealed
from sealstone.store import quotas, server_certificates
from sealstone.store.engine import Store
from sealstone.store.faults import NameTaken

number = int(sys.argv[2])
store = Store.open(Path(sys.argv[1]), busy_timeout=60)
added = 0
for turn in range({ROUNDS}):
    with store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, USERS, quotas.value(tx, ACCOUNT, USERS) + 1)
    try:
        with store.writing() as tx:
            wanted = certificate(number * 1000 + turn, name=f"wanted-{{turn}}")
            server_certificates.add(tx, wanted, Sealed(b"sealed"))
        added += 1
    except NameTaken:
        pass
store.close()
print(added)
"""


def test_processes_that_race_lose_nothing_and_share_no_name(store: Store, tmp_path: Path) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path / "sealstone.db"), str(number)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
            text=True,
        )
        for number in range(PROCESSES)
    ]
    added = [int(worker.communicate(timeout=120)[0]) for worker in workers]
    assert sum(added) == ROUNDS
    with store.reading() as tx:
        assert quotas.value(tx, ACCOUNT, USERS) == USERS.default + PROCESSES * ROUNDS
        assert server_certificates.count(tx, ACCOUNT) == ROUNDS
        assert len(list(server_certificates.every(tx))) == ROUNDS
        assert server_certificates.find(tx, ACCOUNT, certificate(name="wanted-0").name) is not None

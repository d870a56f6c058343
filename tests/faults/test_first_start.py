"""The first start, cut off by kill -9 at any moment: the next start finishes it."""

import stat
import time
from pathlib import Path
from typing import Final

from tests.server import Server

MOMENTS: Final = 20


def test_first_start_killed_at_twenty_moments(tmp_path: Path) -> None:
    began = time.monotonic()
    with Server(tmp_path / "measure", measured=False) as server:
        whole = time.monotonic() - began
        server.stop()
    unfinished = 0
    for number in range(MOMENTS):
        server = Server(tmp_path / str(number), measured=False)
        process = server.launch()
        # Most moments lie where the work is: in the second half, when everything is imported.
        time.sleep(whole * (0.4 + 0.6 * number / (MOMENTS - 1)))
        assert process.poll() is None
        server.kill()
        unfinished += not server.private("credentials").exists()
        with server:
            who = server.credentials()
            with server.client("sts", who) as sts:
                assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{who.account_id}:user/administrator"
            server.kill()
    assert unfinished, "no moment fell before the end of the first start"


def test_what_first_start_leaves_behind(tmp_path: Path) -> None:
    """Modes, the greeting, credentials that `sealstone env` prints, one account, a whole audit log."""
    with Server(tmp_path, measured=False) as server:
        assert "First start: a new account was made." in server.greeting
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.private("").stat().st_mode) == 0o700
        for path in (server.private("master.key"), server.private("credentials"), server.data / "sealstone.db"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        administrator, root = server.credentials(), server.credentials(root=True)
        for who, exports in ((administrator, server.exports()), (root, server.exports("--root"))):
            assert who.environment(server.endpoint).items() <= exports.items()
            with server.client("sts", who) as sts:
                assert sts.get_caller_identity()["Account"] == who.account_id
        assert server.account_ids() == [administrator.account_id]
        assert "broken" not in server.done("audit", "verify")
        server.stop()
        server.start()
        assert server.greeting.splitlines() == [f"Sealstone listens on {server.endpoint}"]
        server.stop()

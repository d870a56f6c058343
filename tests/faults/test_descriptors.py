"""Too many open files: idle connections take them all; when they close, everybody is served again."""

import resource
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import botocore.exceptions
from tests.clients.wire import connected
from tests.server import Server


def few_files() -> None:
    """At most 64 descriptors, as after `ulimit -n 64`."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def test_two_hundred_idle_connections_of_sixty_four(tmp_path: Path) -> None:
    with Server(tmp_path, measured=False) as first:
        first.stop()
    with Server(tmp_path, measured=False, before_exec=few_files) as server:
        who = server.credentials()
        with ExitStack() as stack:
            for _ in range(200):
                with suppress(OSError):
                    stack.enter_context(connected(server.endpoint, timeout=2))
        closed = time.monotonic()
        while True:
            try:
                with server.client("sts", who, connect_timeout=5, read_timeout=5) as sts:
                    sts.get_caller_identity()
                break
            except botocore.exceptions.BotoCoreError:
                assert time.monotonic() - closed < 5, server.log_text()[-2000:]
        server.stop()

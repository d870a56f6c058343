"""The deploy worker's thread ends with its server, whatever it is waiting for."""

import threading
from pathlib import Path
from typing import Any, cast

import pytest

from sealstone.operations.call import House
from sealstone.server import serving
from sealstone.server.settings import Settings


def test_one_that_waits_for_haproxy_keeps_no_server_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[threading.Thread] = []
    begun, answered = threading.Event(), threading.Event()

    def waiting(*_: Any) -> None:
        found.append(threading.current_thread())
        begun.set()
        answered.wait()

    monkeypatch.setattr(serving, "_deploy", waiting)
    monkeypatch.setattr(serving, "_ENDS", 0.01)
    with serving.deploying(Settings(data=str(tmp_path)), cast("House", None)):
        begun.wait()
    (thread,) = found
    assert thread.is_alive()
    assert thread.daemon
    answered.set()
    thread.join()

"""TLS handshakes by the thousand, and the program that does nothing else. Imports no more than it needs.

As a program (`python -m tests.handshaking PLAN`) it shakes hands until its input ends and writes down what it saw, in
JSON. Moments are seconds of `time.monotonic()`, which all processes of a machine share.
"""

import json
import socket
import ssl
import struct
import sys
import threading
import time
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""Close without TIME_WAIT: tens of thousands of handshakes would leave no port to connect from."""
_TIMEOUT: Final = 10.0
_REST: Final = 0.01
"""Seconds between two attempts while nobody listens: else there would be millions of them."""


def trusting() -> ssl.SSLContext:
    """A client that believes everybody."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def shaken(context: ssl.SSLContext, port: int, name: str | None = None, timeout: float = _TIMEOUT) -> bytes:
    """The certificate presented, in DER, after one whole handshake on a connection of its own. Raises OSError."""
    with socket.socket() as plain:
        plain.settimeout(timeout)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        plain.connect((LOOPBACK, port))
        with context.wrap_socket(plain, server_hostname=name) as connection:
            return connection.getpeercert(binary_form=True) or b""


class _Run:
    """What the clients of one process share."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.over = threading.Event()
        self.first = threading.Event()
        self.done = 0
        self.longest = 0.0
        self.failed: list[tuple[float, float, str]] = []
        self.served: set[bytes] = set()
        self._lock = threading.Lock()

    def shake(self) -> None:
        """Until it is over."""
        context = trusting()
        while not self.over.is_set():
            began = time.monotonic()
            try:
                seen = shaken(context, self.port)
            except OSError as fault:
                with self._lock:
                    self.failed.append((began, time.monotonic(), repr(fault)))
                self.over.wait(_REST)
                continue
            with self._lock:
                self.done += 1
                self.longest = max(self.longest, time.monotonic() - began)
                self.served.add(seen)
            self.first.set()


def main() -> None:
    """Shake hands until standard input ends."""
    plan = json.loads(sys.argv[1])
    run = _Run(plan["port"])
    threads = [threading.Thread(target=run.shake) for _ in range(plan["clients"])]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    run.first.wait(plan["patience"])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    run.over.set()
    for thread in threads:
        thread.join()
    seen = {"done": run.done, "seconds": time.monotonic() - began, "longest": run.longest}
    json.dump(seen | {"failed": run.failed, "served": [der.hex() for der in run.served]}, sys.stdout)


if __name__ == "__main__":
    main()

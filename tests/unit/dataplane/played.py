"""A HAProxy that is played: what it does, what was asked of it, and what is wanted of it."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.pki import Authority

from sealstone.dataplane.changes import Step
from sealstone.dataplane.problems import BinaryMissing, ConfigurationRefused, NotAnswered
from sealstone.dataplane.wanted import Certificate, Forward, Listener, Pool, TLSPolicy, Wanted
from sealstone.model.secret import Secret

ROOT = Authority("Root")


def certificate(name: str) -> Certificate:
    leaf = ROOT.leaf("a.example.com")
    return Certificate(name, leaf.certificate_pem, None, Secret(leaf.private_key_der))


POLICY = TLSPolicy("TLSv1.2", "TLSv1.2", ("AES128-SHA",))
PLAIN = Listener("l1", "127.0.0.1", 1001, "TCP", Forward((("p1", 1),)))
SECURE = replace(PLAIN, listener_id="l2", port=1002, protocol="SSL", tls=POLICY, default_certificate_id="c1")
WANTED = Wanted(1, (PLAIN, SECURE), (Pool("p1", "TCP"),), {"c1": certificate("c1")})
RENEWED = replace(WANTED, certificates={"c1": certificate("c1")})
MOVED = replace(WANTED, listeners=(replace(PLAIN, port=9), SECURE))


@dataclass
class Played:
    """What HAProxy does, and what was asked of it."""

    directory: Path
    up: bool = False
    silent: bool = False
    missing: bool = False
    program: Path | None = Path("haproxy")
    refused_knocks: int = 0
    starts: list[str] = field(default_factory=list)
    """What it says to the next starts; then nothing, which is good."""
    checks: list[str] = field(default_factory=list)
    reloads: list[str] = field(default_factory=list)
    bad_steps: int = 0
    dies: bool = False
    done: list[str] = field(default_factory=list)

    def asked(self, _path: Path, command: bytes, _timeout: float) -> str:
        if self.silent:
            raise NotAnswered("it was silent", silent=True)
        if not self.up or self.refused_knocks:
            self.refused_knocks = max(0, self.refused_knocks - 1)
            raise NotAnswered("Connection refused")
        if command == b"show proc":
            return "7 master 0\n"
        return "1\n# be_id\n" if b"servers" in command else ""

    def binary(self) -> Path:
        if self.missing:
            raise BinaryMissing
        return Path("haproxy")

    def started_by(self, _process: int) -> Path | None:
        return self.program

    def running(self, _directory: Path) -> tuple[int, ...]:
        return (1,) if self.up else ()

    def started(self, _binary: Path, _directory: Path, *, after: Path | None = None) -> str:
        self.done.append("take over" if after else "start")
        said = self.starts.pop(0) if self.starts else ""
        self.up = (not said and not self.dies) or after is not None
        return said

    def checked(self, _binary: Path, _directory: Path) -> str:
        self.done.append("check")
        return self.checks.pop(0) if self.checks else ""

    def reloaded(self, _master: Path, _timeout: float) -> str:
        self.done.append("reload")
        self.up = not self.dies
        return self.reloads.pop(0) if self.reloads else ""

    def performed(self, _worker: Path, step: Step, _content: Secret | None, _timeout: float) -> None:
        self.done.append(step.deed)
        if self.bad_steps:
            self.bad_steps -= 1
            raise ConfigurationRefused(("Can't commit",), {})

    def exchanged(self, _worker: Path, _place: str, text: str, _timeout: float) -> None:
        self.done.append(f"tokens {text}".strip())
        if self.bad_steps:
            self.bad_steps -= 1
            raise ConfigurationRefused(("Unknown map",), {})

    def ended(self, _directory: Path, *, within: float) -> None:
        self.done.append("end")
        self.up = False


def alert(listener_id: str) -> str:
    return f"[ALERT]    (1) : config : Proxy 'L-{listener_id}': broken\n"


def key_file(played: Played) -> bytes:
    return (played.directory / "certificates/l2.default.pem").read_bytes()

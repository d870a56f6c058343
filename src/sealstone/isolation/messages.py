"""What parent and child say to each other: msgpack over the child's standard input and output, and nowhere else."""

import msgspec

from sealstone.x509.material import Form, Kind


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One container to open. `memory` is in bytes, `cpu_seconds` of the processor's time."""

    form: Form
    data: bytes
    place: str
    forms: tuple[Form, ...]
    password: bytes | None
    others: tuple[bytes, ...]
    """Further passwords, for keys that have one of their own."""
    memory: int
    cpu_seconds: int

    def __repr__(self) -> str:
        return "Request(***)"


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Problem: the name of its class and what it was made with."""

    name: str
    arguments: tuple[str | int, ...]


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """A Piece."""

    kind: Kind
    place: str
    forms: tuple[Form, ...]
    der: bytes
    secret: bytes | None
    label: str
    remarks: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Found({self.kind})"


class Lost(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """An Unreadable."""

    place: str
    forms: tuple[Form, ...]
    finding: Finding
    label: str = ""


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is inside, or why it was not opened: `refused` is set then."""

    items: tuple[Found | Lost, ...] = ()
    refused: Finding | None = None

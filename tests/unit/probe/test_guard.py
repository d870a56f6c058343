"""Which addresses names from foreign sources may lead to, and that each name is resolved once."""

import socket
from threading import Event

import pytest

from sealstone.probe import guard
from sealstone.probe.guard import Address
from sealstone.probe.problems import AddressRefused, NotResolved


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("0.0.0.0", "this machine"),  # noqa: S104 - refused, not bound to
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "shared"),
        ("100.127.255.255", "shared"),
        ("169.254.0.1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("100.100.100.200", "metadata"),
        ("168.63.129.16", "metadata"),
        ("192.0.0.192", "metadata"),
        ("192.0.0.1", "protocol"),
        ("192.0.2.1", "examples"),
        ("198.51.100.7", "examples"),
        ("203.0.113.9", "examples"),
        ("192.88.99.1", "6to4"),
        ("198.18.0.1", "benchmarks"),
        ("198.19.255.255", "benchmarks"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "disguise"),
        ("::ffff:8.8.8.8", "disguise"),
        ("::ffff:7f00:1", "disguise"),
        ("::127.0.0.1", "disguise"),
        ("64:ff9b::7f00:1", "disguise"),
        ("64:ff9b:1::a00:1", "disguise"),
        ("2002:7f00:1::", "disguise"),
        ("2001:0:53aa:64c:0:0:80ff:fffe", "protocol"),  # Teredo
        ("2001:db8::1", "examples"),
        ("3fff::1", "examples"),
        ("fd00:ec2::254", "metadata"),
        ("fc00::1", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%lo", "one link"),
        ("2606:4700::1%eth0", "one link"),
        ("ff02::1", "multicast"),
        ("fec0::1", "reserved"),
        ("4000::1", "reserved"),
        ("100::1", "reserved"),
        ("5f00::1", "reserved"),
        ("nonsense", "no address"),
        ("2130706433", "no address"),
        ("0177.0.0.1", "no address"),
    ],
)
def test_addresses_that_are_refused(address: str, kind: str) -> None:
    assert kind in guard.refusal(address)
    with pytest.raises(AddressRefused) as refused:
        guard.resolved("a.example", 80, allow_private=False, resolve=lambda *_: [address])
    assert refused.value.address == address
    assert guard.resolved("a.example", 80, allow_private=True, resolve=lambda *_: [address])


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00::1"])
def test_addresses_of_the_whole_internet_pass(address: str) -> None:
    assert guard.refusal(address) == ""


def test_one_refused_address_condemns_the_answer() -> None:
    with pytest.raises(AddressRefused, match=r"evil\.example leads to 10\.0\.0\.1, which is a private address"):
        guard.resolved("evil.example", 80, allow_private=False, resolve=lambda *_: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(AddressRefused, match=r"^10\.0\.0\.1 is a private address"):
        guard.resolved("10.0.0.1", 80, allow_private=False, resolve=lambda *_: ["10.0.0.1"])


def test_a_name_is_resolved_once_and_each_address_is_given_once() -> None:
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["8.8.8.8", "2606:4700::1111", "8.8.8.8", *(f"9.9.9.{last}" for last in range(100))]

    found = guard.resolved("a.example", 443, allow_private=False, resolve=resolve)
    assert asked == [("a.example", 443)]
    assert found[:2] == (Address("8.8.8.8", 443), Address("2606:4700::1111", 443))
    assert len(found) == 16
    assert [str(address) for address in found[:2]] == ["8.8.8.8:443", "[2606:4700::1111]:443"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "a.example has no address: Name or service not known"),
        (UnicodeError("label too long"), "label too long"),
    ],
)
def test_a_name_without_an_address(fault: Exception, words: str) -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise fault

    with pytest.raises(NotResolved, match=words):
        guard.resolved("a.example", 80, allow_private=True, resolve=resolve)


def test_an_empty_answer_is_none() -> None:
    with pytest.raises(NotResolved, match="empty"):
        guard.resolved("a.example", 80, allow_private=True, resolve=lambda *_: [])


def test_a_resolver_that_hangs_is_left_behind() -> None:
    end = Event()

    def resolve(_host: str, _port: int) -> list[str]:
        end.wait()
        return []

    with pytest.raises(NotResolved, match=r"did not answer within 0\.01 s"):
        guard.resolved("a.example", 80, allow_private=True, resolve=resolve, within=0.01)
    end.set()


def test_the_system_resolves_loopback() -> None:
    assert "127.0.0.1" in guard.system_resolver("127.0.0.1", 80)

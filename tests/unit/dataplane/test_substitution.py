"""What fails is served as the files have it that are served."""

from dataclasses import replace

import pytest
from tests.pki import Authority

from sealstone.dataplane.haproxy_config import CONFIGURATION, Part, Rendered, rendered
from sealstone.dataplane.substitution import as_served, sections
from sealstone.dataplane.wanted import (
    Certificate,
    FixedResponse,
    Forward,
    Headers,
    Listener,
    MutualTLS,
    Pool,
    TLSPolicy,
    Wanted,
)
from sealstone.model.secret import Secret

ROOT = Authority("Root")


def certificate(name: str) -> Certificate:
    leaf = ROOT.leaf("a.example.com")
    return Certificate(name, leaf.certificate_pem, None, Secret(leaf.private_key_der))


OLD, NEW, NEWEST = certificate("c"), certificate("c"), certificate("c")
POLICY = TLSPolicy("TLSv1.2", "TLSv1.2", ("AES128-SHA",))
PLAIN = Listener("l1", "127.0.0.1", 1, "HTTP", FixedResponse(200, "text/plain", "body"))
SECURE = Listener(
    "l2",
    "127.0.0.1",
    2,
    "HTTPS",
    Forward((("p1", 1), ("p2", 1))),
    tls=POLICY,
    default_certificate_id="c",
    sni_certificate_ids=("c",),
    mutual=MutualTLS("verify", ROOT.certificate_pem, ("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",)),
)
THIRD = replace(SECURE, listener_id="l3", port=3, mutual=None)
WANTED = Wanted(1, (PLAIN, SECURE, THIRD), (Pool("p1", "HTTP"), Pool("p2", "HTTP")), {"c": OLD})


def contents(files: Rendered) -> dict[str, bytes]:
    texts = {name: text.encode() for name, text in files.texts.items()}
    return texts | {name: key.reveal() for name, key in files.keys.items()}


def kept(files: Rendered, *listener_ids: str, without: str = "") -> dict[str, Part]:
    there = contents(files)
    there.pop(without, None)
    return dict(as_served(listener_ids, files.texts[CONFIGURATION], there.get))


def test_all_of_it_is_found_again() -> None:
    files = rendered(WANTED)
    again = rendered(replace(WANTED, listeners=(), pools=()), kept(files, "l1", "l2", "l3"))
    assert contents(again) == contents(files)
    assert sections(files.texts[CONFIGURATION]).keys() == {"L-l1", "L-l2", "L-l3", "P-p1", "P-p2"}


def test_who_is_not_served_is_not_found() -> None:
    assert not kept(rendered(replace(WANTED, listeners=(PLAIN,))), "l2")
    assert not kept(Rendered({CONFIGURATION: ""}, {}, {}), "l1")


@pytest.mark.parametrize(
    ("listener_id", "missing"),
    [
        ("l1", "responses/l1+default.body"),
        ("l2", "lists/l2.list"),
        ("l2", "trust/l2.pem"),
        ("l2", "trust/l2.crl"),
        ("l2", "certificates/c.sni.pem"),
    ],
)
def test_nothing_is_kept_by_halves(listener_id: str, missing: str) -> None:
    assert not kept(rendered(WANTED), listener_id, without=missing)


def test_a_pool_that_is_missing_is_missing() -> None:
    text = rendered(WANTED).texts[CONFIGURATION].replace("backend P-p2\n", "backend P-p3\n", 1)
    assert not as_served(["l2"], text, contents(rendered(WANTED)).get)


def test_the_words_of_a_header_name_no_file() -> None:
    odd = replace(THIRD, headers=Headers(response=(("X-Odd", "a file trust/l2.pem ca-file trust/l2.pem crt-list x"),)))
    part = kept(rendered(replace(WANTED, listeners=(SECURE, odd))), "l3")["l3"]
    assert part.texts.keys() == {"lists/l3.list"}


def test_what_was_kept_has_a_certificate_of_its_own() -> None:
    """However often it was kept: three listeners, three versions of one certificate."""
    files = rendered(WANTED)
    second = rendered(replace(WANTED, certificates={"c": NEW}), kept(files, "l2"))
    assert second.texts["lists/l2.list"].splitlines()[1] == "certificates/c.kept.sni.pem"
    assert second.texts["lists/l3.list"].splitlines()[1] == "certificates/c.sni.pem"
    fourth = replace(THIRD, listener_id="l4", port=4)
    newest = replace(WANTED, listeners=(*WANTED.listeners, fourth), certificates={"c": NEWEST})
    third = rendered(newest, kept(second, "l2", "l3"))
    lists = [third.texts[f"lists/l{number}.list"].splitlines()[1] for number in (2, 3, 4)]
    assert [third.keys[name].reveal() for name in lists] == [
        rendered(replace(WANTED, certificates={"c": one})).keys["certificates/c.sni.pem"].reveal()
        for one in (OLD, NEW, NEWEST)
    ]


def test_the_pool_of_now_serves_all_who_hand_to_it() -> None:
    files = rendered(WANTED)
    slower = replace(WANTED, pools=(Pool("p1", "HTTP", idle_timeout=9), Pool("p2", "HTTP")))
    assert "timeout server 9s" in rendered(slower, kept(files, "l2")).texts[CONFIGURATION]
    assert "timeout server 9s" not in rendered(slower, kept(files, "l2", "l3")).texts[CONFIGURATION]


def test_who_is_kept_keeps_the_port() -> None:
    files = rendered(WANTED)
    swapped = replace(WANTED, listeners=(replace(PLAIN, port=3), replace(THIRD, port=1)))
    found = rendered(swapped, kept(files, "l3"))
    assert found.failed.keys() == {"l1"}
    assert "another listener has port 3" in found.failed["l1"]
    assert sections(found.texts[CONFIGURATION]).keys() == {"L-l3", "P-p1", "P-p2"}


def test_who_is_out_is_not_written() -> None:
    found = rendered(WANTED, {}, {"l2", "l3"})
    assert sections(found.texts[CONFIGURATION]).keys() == {"L-l1"}
    assert not found.failed

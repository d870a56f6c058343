"""What HAProxy says when it refuses, as it was recorded from version 2.8.25."""

from sealstone.dataplane.refusals import culprits, reasons

CONFIGURATION = """\
global
  hard-stop-after 300s

frontend L-l1
  bind 127.0.0.1:1
  use_backend P-p1 if !{ var(txn.rule) -m found }

frontend L-l2
  bind 127.0.0.1:2
  default_backend P-p1

frontend L-l3
  bind 127.0.0.1:3

backend P-p1
  server S-s1 nowhere:1
"""

BIND = """\
[NOTICE]   (931) : haproxy version is 2.8.25-5cf5d0683
[ALERT]    (9) : Binding [haproxy.cfg:13] for frontend L-l3: cannot bind socket (Address in use) for [127.0.0.1:3]
[ALERT]    (931) : [/usr/sbin/haproxy.main()] Some protocols failed to start their listeners! Exiting.
[WARNING]  (931) : Loading failure!
"""

PARSING = """\
[ALERT]    (931) : config : parsing [haproxy.cfg:5] : 'bind 127.0.0.1:1' in section 'frontend' : unable to load
[ALERT]    (931) : config : parsing [haproxy.cfg:2] : unknown keyword
[ALERT]    (931) : config : Error(s) found in configuration file : haproxy.cfg
[ALERT]    (931) : config : Fatal errors found in configuration.
"""

SERVER = "[ALERT]    (1) : config : [haproxy.cfg:16] : 'server P-p1/S-s1' : could not resolve address 'nowhere'.\n"


def test_a_listener_is_named() -> None:
    sentence = BIND.splitlines()[1].partition(" : ")[2]
    assert reasons(BIND) == (sentence,)
    assert culprits(BIND, CONFIGURATION) == {"l3": sentence}


def test_a_line_is_named() -> None:
    assert len(reasons(PARSING)) == 2
    assert culprits(PARSING, CONFIGURATION).keys() == {"l1"}


def test_a_pool_stands_for_its_listeners() -> None:
    assert culprits(SERVER, CONFIGURATION).keys() == {"l1", "l2"}
    assert not culprits("[ALERT]    (1) : config : P-p2 has no server\n", CONFIGURATION)


def test_other_words() -> None:
    assert reasons("sh: 1: haproxy:\n  not found") == ("sh: 1: haproxy: not found",)
    assert reasons(" ") == ()

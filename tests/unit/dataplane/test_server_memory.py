"""Which states of servers survive a reload."""

from sealstone.dataplane.server_memory import remembered

BEFORE = """\
frontend L-l1
  bind 127.0.0.1:1
backend P-p1
  mode http
  server S-a 127.0.0.1:1 weight 1
  server S-b 127.0.0.1:2 weight 1
  server S-c 127.0.0.1:3 weight 1 disabled
backend P-p2
  server S-a 127.0.0.1:1 weight 1
"""

TABLE = "1\n# be_id be_name srv_id srv_name srv_addr\n" + "".join(
    f"{number} P-{pool} 1 S-{server} 127.0.0.1 0\n"
    for number, pool, server in [(2, "p1", "a"), (2, "p1", "b"), (2, "p1", "c"), (3, "p2", "a"), (4, "p3", "x")]
)


def test_only_servers_that_stay_as_they_are() -> None:
    after = BEFORE.replace("S-b 127.0.0.1:2", "S-b 127.0.0.1:9").replace(" disabled", "").partition("backend P-p2")[0]
    assert remembered(TABLE + "\n", BEFORE, after).splitlines() == TABLE.splitlines()[:3]


def test_all_of_them() -> None:
    assert remembered(TABLE, BEFORE, BEFORE).splitlines() == TABLE.splitlines()[:-1]


def test_nothing_known() -> None:
    assert remembered("", "", BEFORE) == ""

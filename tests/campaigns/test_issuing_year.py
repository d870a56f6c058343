"""A year of short-lived certificates by a moved clock: none expires, though the authority is away for weeks."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.server import child_environment

FORTNIGHT: Final = 14 * 24
# A thousand in all: certificates, days, hours without an authority. One of 6 days does not live for a fortnight without
# an authority, so theirs is away for a day and a half.
STORES: Final = (*((240, 47, FORTNIGHT) for _ in range(4)), (20, 6, 36), (20, 6, 36))


def run(store: tuple[int, int, int]) -> dict[str, float]:
    """In a process of its own."""
    command = [sys.executable, "-m", "tests.issuing_year", *map(str, store)]
    environment = child_environment(measured=False)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


def test_a_year_of_a_thousand_certificates(record_property: Callable[[str, object], None]) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as beside:
        years = list(beside.map(run, STORES))
    for (_, days, _), found in zip(STORES, years, strict=True):
        assert found["least"] > 0, "one has expired"
        assert found["fewest"] >= 365 // days
        assert found["orders"] == found["contents"], "the authority was asked for nothing in vain"
    count, contents = sum(store[0] for store in STORES), sum(int(found["contents"]) for found in years)
    said = f"a year of {count} certificates: {contents} issued, none expired"
    record_property("summary", f"{said}, in {time.monotonic() - began:.0f} s")

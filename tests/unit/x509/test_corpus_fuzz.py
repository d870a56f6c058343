"""The fuzz targets over their seeds: they hold for the corpus before anything is fuzzed. See `tests/fuzz`."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from tests.fuzz import __main__ as fuzz
from tests.fuzz import seeds
from tests.fuzz.targets import TARGETS


def test_every_target_is_run() -> None:
    assert set(fuzz.TARGETS) == TARGETS.keys()


@pytest.mark.parametrize("name", TARGETS)
def test_seeds(name: str) -> None:
    found = [seed for seed in seeds.of(name) if len(seed) <= 4_000]
    assert len(found) >= 3
    for seed in found:
        TARGETS[name](seed)


def fuzzer(status: int, said: str, crasher: bytes = b"") -> Callable[..., CompletedProcess[str]]:
    """Stands for the process that fuzzes."""

    def python(module: str, *arguments: str, timeout: float | None = None) -> CompletedProcess[str]:
        prefix = next((one.partition("=")[2] for one in arguments if one.startswith("-artifact_prefix=")), "")
        if prefix and crasher:
            Path(prefix, "crash-1").write_bytes(crasher)
        return CompletedProcess([module], status if prefix else 0, "", said)

    return python


@pytest.mark.parametrize(
    ("status", "said", "crasher", "ends"),
    [
        (0, "stat::number_of_executed_units: 1234", b"", 0),
        (77, "stat::number_of_executed_units: 1234\nUncaught Python exception", b"broken", 1),
        (1, "ImportError", b"", 1),
        (0, "nothing was executed", b"", 1),
    ],
)
def test_what_breaks_a_target_is_kept_and_told(
    status: int,
    said: str,
    crasher: bytes,
    ends: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(fuzz, "CRASHES", tmp_path / "crashes")
    monkeypatch.setattr(fuzz, "python", fuzzer(status, said, crasher))
    assert fuzz.main(["--seconds", "1", "openssh"]) == ends
    told = capsys.readouterr().out
    assert ("1,234 executions" in told) is ("1234" in said)
    assert (said.splitlines()[-1] in told) is bool(ends)
    kept = tmp_path / "crashes" / "openssh" / "crash-1"
    assert (kept.read_bytes() if kept.exists() else b"") == crasher


def test_without_atheris_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert fuzz.main([]) == 0
    assert "Atheris is not installed" in capsys.readouterr().out

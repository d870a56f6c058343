"""One fuzz target under Atheris: `python -m tests.fuzz.one TARGET [-option=value ...] FOLDER ...`, as libFuzzer has it.

Started by `python -m tests.fuzz`. The readers are imported only after Atheris has hooked the import, so that their
branches are seen.
"""

import sys
from importlib import import_module
from typing import Final

_MOST_ROUNDS: Final = 10_000
"""What a key derivation may cost while fuzzing: the product's own bound would be found at once, and as slowness."""


def main(arguments: list[str]) -> None:
    """Fuzz until libFuzzer ends the process."""
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["sealstone.x509"]):
        targets = import_module("tests.fuzz.targets")
        derivation = import_module("sealstone.x509.containers.derivation")
    vars(derivation)["MOST_ROUNDS"] = _MOST_ROUNDS
    atheris.Setup([sys.argv[0], *arguments[1:]], targets.TARGETS[arguments[0]])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])

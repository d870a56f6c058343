"""The one finding of this room: the child did not answer."""

from typing import Final

from sealstone.x509.containers.problems import FileProblem

_CURE: Final = "the file is damaged or made to do harm; export it anew from its source"


class ReaderStopped(FileProblem):
    """The process that opens containers crashed, ran out of its limits, or answered nonsense. `why` is a clause."""

    def __init__(self, why: str, cure: str = _CURE) -> None:
        super().__init__(f"the file could not be opened: the process that reads it {why}", cure, why, cure)
        self.why = why

"""The one finding of this room: the child did not answer."""

from sealstone.x509.containers.problems import FileProblem


class ReaderStopped(FileProblem):
    """The process that opens containers crashed, ran out of its limits, or answered nonsense. `why` is a clause."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the file could not be opened: the process that reads it {why}",
            "the file is damaged or made to do harm; export it anew from its source",
            why,
        )
        self.why = why

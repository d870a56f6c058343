"""The border to `cryptography`: whatever it raises on foreign bytes becomes the Problem at hand, nothing else gets out.

Beside ValueError it raises TypeError, OverflowError, UnsupportedAlgorithm, InternalError, a warning turned into an
error, and pyo3's PanicException, which derives from BaseException alone; no list of classes would stay complete.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Final

from sealstone.x509.problems import X509Problem

_OURS_OR_THE_PROCESS_S: Final = (X509Problem, KeyboardInterrupt, SystemExit, MemoryError)


class Otherwise:
    """`with Otherwise(problem): ...` raises what `problem` makes of the fault, if there is one.

    The fault itself is dropped from the trace: its text and its frames may hold key material.
    """

    __slots__ = ("_problem",)

    def __init__(self, problem: Callable[[BaseException], X509Problem]) -> None:
        self._problem = problem

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raises the Problem in place of the fault; a Problem, an interrupt or a lack of memory passes as it is."""
        if fault is not None and not isinstance(fault, _OURS_OR_THE_PROCESS_S):
            raise self._problem(fault) from None

"""Whatever `cryptography` raises becomes the Problem at hand; what is not about the input passes."""

import pytest

from sealstone.x509.border import Otherwise
from sealstone.x509.problems import KeyUnreadable, NotCertificate, Part, X509Problem


class PanicException(BaseException):
    """As pyo3's: not an Exception."""


def problem(_: BaseException) -> X509Problem:
    return KeyUnreadable("damaged")


@pytest.mark.parametrize("fault", [ValueError("x"), TypeError(), OverflowError(), UserWarning(), PanicException()])
def test_becomes_the_problem_without_its_trace(fault: BaseException) -> None:
    with pytest.raises(KeyUnreadable) as caught, Otherwise(problem):
        raise fault
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "fault", [KeyboardInterrupt(), SystemExit(), MemoryError(), NotCertificate(Part.CHAIN, "x", 1)]
)
def test_passes(fault: BaseException) -> None:
    with pytest.raises(type(fault)) as caught, Otherwise(problem):
        raise fault
    assert caught.value is fault


def test_nothing_happens_when_all_is_well() -> None:
    with Otherwise(problem):
        pass

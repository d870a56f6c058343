"""Problems across a process: the same class, the same words, nothing raw."""

import pytest

from sealstone.x509.containers import problems
from sealstone.x509.containers.problems import FileProblem
from sealstone.x509.problems import Part

EVERY: list[FileProblem] = [
    problems.TooLarge(2**30, 2**24),
    problems.TooMany(1000),
    problems.NotRecognised("it is a web page", "download it"),
    problems.Damaged("the certificate", "it is cut short"),
    problems.SeveralPrimes(3),
    problems.PasswordNeeded("the key"),
    problems.WrongPassword("the key"),
    problems.WrongPassword("the key", "or so"),
    problems.TooManyRounds(2**31, 10),
    problems.TooMuchMemory(2**40, 2**26),
    problems.ContainerUnreadable("the file", "it is cut short"),
    problems.UnsupportedContainer("the file", "it is odd", "use another"),
]


@pytest.mark.parametrize("problem", EVERY, ids=lambda problem: type(problem).__name__)
def test_a_problem_is_the_same_again(problem: FileProblem) -> None:
    same = problems.again(type(problem).__name__, problem.arguments)
    assert type(same) is type(problem)
    assert (same.cause, same.cure, same.part) == (problem.cause, problem.cure, Part.FILE)
    assert not same.cause.endswith(".")
    assert same.cure


def test_the_list_is_complete() -> None:
    assert {type(problem).__name__ for problem in EVERY} == problems._CLASSES.keys()


def test_numbers_are_readable() -> None:
    assert "2,147,483,648 rounds" in problems.TooManyRounds(2**31, 10_000_000).cause


def test_words_from_another_process_are_escaped_and_cut() -> None:
    problem = problems.again("Damaged", ("the \x1b[31mkey", "x" * 5000))
    assert "\x1b" not in problem.cause
    assert len(problem.cause) < 500


@pytest.mark.parametrize(("name", "arguments"), [("Nothing", ()), ("TooMany", ()), ("TooMany", (1, 2, 3))])
def test_nonsense_is_no_problem(name: str, arguments: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="problem"):
        problems.again(name, arguments)


def test_a_password_may_be_wrong_for_a_part_alone() -> None:
    assert problems.WrongPassword("the key", problems.OF_ITS_OWN).is_of_part
    assert not problems.WrongPassword("the file", problems.CHANGED).is_of_part
    assert not problems.WrongPassword("the file").is_of_part

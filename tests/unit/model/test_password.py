"""What a password must be: by the account's own policy, and by the default."""

from dataclasses import replace

import pytest

from sealstone.model.password import PasswordPolicy, default_shortcomings

LOOSE = PasswordPolicy("123456789012", minimum_password_length=6)
STRICT = replace(
    LOOSE,
    minimum_password_length=10,
    require_symbols=True,
    require_numbers=True,
    require_uppercase_characters=True,
    require_lowercase_characters=True,
)
SHORT = "Password should have a minimum length of {}".format
UPPER, LOWER, SYMBOL, NUMBER = (
    f"Password should have at least one {what}" for what in ("uppercase letter", "lowercase letter", "symbol", "number")
)


@pytest.mark.parametrize(
    ("policy", "password", "lacks"),
    [
        (LOOSE, "aaaaaa", ()),
        (LOOSE, "aaaaa", (SHORT(6),)),
        (STRICT, "Correct-7-", ()),
        (STRICT, "Correct-7", (SHORT(10),)),
        (STRICT, "", (SHORT(10), UPPER, LOWER, SYMBOL, NUMBER)),
        (STRICT, "correct-77", (UPPER,)),
        (STRICT, "CORRECT-77", (LOWER,)),
        (STRICT, "Correct777", (SYMBOL,)),
        (STRICT, "Correct---", (NUMBER,)),
        (replace(LOOSE, require_numbers=True), "aaaaaa", (NUMBER,)),
        # Letters and digits of other scripts are none of the policy's.
        (STRICT, "\u00c9\u00e9\u00a7\u00b2aA-1aa", ()),
        (STRICT, "\u00c9\u00c9\u00c9\u00c9\u00c9aa-11", (UPPER,)),
    ],
)
def test_an_account_s_policy(policy: PasswordPolicy, password: str, lacks: tuple[str, ...]) -> None:
    assert policy.shortcomings(password) == lacks


@pytest.mark.parametrize("symbol", "!@#$%^&*()_+-=[]{}|'")
def test_the_symbols_that_count(symbol: str) -> None:
    assert replace(LOOSE, require_symbols=True).shortcomings(f"aaaaaa{symbol}") == ()


@pytest.mark.parametrize("letter", '~`;:",.<>/?\\ ')
def test_other_signs_do_not(letter: str) -> None:
    assert replace(LOOSE, require_symbols=True).shortcomings(f"aaaaaa{letter}") == (SYMBOL,)


@pytest.mark.parametrize(
    ("password", "lacks"),
    [
        ("Correct7", ()),
        ("correct-7", ()),
        ("Correct-Horse", ()),
        ("Corre-7", (SHORT(8),)),
        ("lower0case", (f"Password should meet 1 more of the following requirements: {UPPER}, {SYMBOL}",)),
        (
            "lowercase",
            (f"Password should meet 2 more of the following requirements: {UPPER}, {SYMBOL}, {NUMBER}",),
        ),
        (
            "",
            (
                SHORT(8),
                f"Password should meet 3 more of the following requirements: {UPPER}, {LOWER}, {SYMBOL}, {NUMBER}",
            ),
        ),
    ],
)
def test_the_default(password: str, lacks: tuple[str, ...]) -> None:
    assert default_shortcomings(password) == lacks

"""Login profiles through the door: what is kept of a password, and that nothing shows it."""

import json

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import text
from tests.house_fixture import ACCOUNT, Key, World, allow
from tests.pki import NOW

PASSWORD = "Correct-Horse-7"
BOB = {"UserName": "Bob"}


@pytest.fixture
def bob(world: World) -> Key:
    return world.user("Bob", allow("iam:*LoginProfile", f"arn:aws:iam::{ACCOUNT}:user/Bob"))


def profile(world: World, verb: str, key: Key | None = None, /, **parameters: str) -> tuple[int, str, str]:
    answer = world.ask("iam", {"Action": f"{verb}LoginProfile", **parameters}, key=key)
    return answer.status, answer.code, answer.message


def hashes(world: World) -> list[str]:
    with world.store.reading() as tx:
        return [row[0] for row in tx.rows(text("SELECT password_hash FROM login_profiles"), {})]


def test_a_user_manages_its_own(world: World, bob: Key) -> None:
    made = world.done("iam", {"Action": "CreateLoginProfile", "Password": PASSWORD}, key=bob)["LoginProfile"]
    assert made == {"UserName": "Bob", "CreateDate": NOW, "PasswordResetRequired": False}
    assert world.done("iam", {"Action": "GetLoginProfile"}, key=bob)["LoginProfile"] == made
    assert profile(world, "Delete", bob)[0] == 200
    assert profile(world, "Get", bob) == (404, "NoSuchEntity", "Login Profile for User Bob cannot be found.")


def test_another_s_is_none_of_its_business(world: World, bob: Key) -> None:
    world.user("Eve")
    for verb in ("Create", "Get", "Update", "Delete"):
        assert profile(world, verb, bob, UserName="Eve", Password=PASSWORD)[1] in {"AccessDenied", "ValidationError"}
    assert profile(world, "Get", bob, UserName="Eve")[1] == "AccessDenied"


def test_what_is_kept_is_a_memory_hard_hash(world: World, bob: Key) -> None:
    assert profile(world, "Create", bob, Password=PASSWORD)[0] == 200
    (kept,) = hashes(world)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    Argon2id.verify_phc_encoded(PASSWORD.encode(), kept)
    assert profile(world, "Update", bob, **BOB, PasswordResetRequired="true")[0] == 200
    assert hashes(world) == [kept]
    assert profile(world, "Update", bob, **BOB, Password=PASSWORD)[0] == 200
    (again,) = hashes(world)
    assert again != kept  # another salt
    Argon2id.verify_phc_encoded(PASSWORD.encode(), again)


def test_a_password_is_in_no_answer_record_or_file(world: World, bob: Key) -> None:
    answers = [
        world.ask("iam", {"Action": "CreateLoginProfile", "Password": PASSWORD}, key=bob),
        world.ask("iam", {"Action": "CreateLoginProfile", "Password": PASSWORD}, key=bob),
        world.ask("iam", {"Action": "UpdateLoginProfile", **BOB, "Password": PASSWORD[:7]}, key=bob),
        world.ask("iam", {"Action": "GetLoginProfile"}, key=bob),
    ]
    assert [answer.status for answer in answers] == [200, 409, 400, 200]
    told = b"".join(answer.body for answer in answers) + json.dumps([str(row) for row in world.audited()]).encode()
    database = b"".join(path.read_bytes() for path in world.path.parent.glob("sealstone.db*"))
    for needle in (PASSWORD, PASSWORD[:7]):
        assert needle.encode() not in told + database
    assert {row.parameters["Password"] for row in world.audited() if "Password" in row.parameters} == {"***"}


def test_the_user_goes_after_its_password(world: World) -> None:
    world.done("iam", {"Action": "CreateUser", **BOB})
    assert profile(world, "Create", **BOB, Password=PASSWORD)[0] == 200
    answer = world.ask("iam", {"Action": "DeleteUser", **BOB})
    assert (answer.code, answer.message) == ("DeleteConflict", "Cannot delete entity, must delete login profile first.")
    assert profile(world, "Delete", **BOB)[0] == 200
    world.done("iam", {"Action": "DeleteUser", **BOB})
    assert hashes(world) == []


def test_the_account_s_policy_stands_in_the_place_of_the_default(world: World, bob: Key) -> None:
    assert profile(world, "Create", bob, Password="simple")[1] == "PasswordPolicyViolation"
    world.done("iam", {"Action": "UpdateAccountPasswordPolicy"})
    assert profile(world, "Create", bob, Password="simple")[0] == 200
    world.done("iam", {"Action": "UpdateAccountPasswordPolicy", "RequireNumbers": "true"})
    assert profile(world, "Update", bob, **BOB, Password="simple") == (
        400,
        "PasswordPolicyViolation",
        "Password should have at least one number",
    )
    world.done("iam", {"Action": "DeleteAccountPasswordPolicy"})
    assert profile(world, "Update", bob, **BOB, Password="simple")[1] == "PasswordPolicyViolation"

"""Tags of users through the door: whose case counts, pages, and what the tags then decide."""

import pytest
from tests.house_fixture import ACCOUNT, World, allow

BOB = {"UserName": "Bob"}


@pytest.fixture(autouse=True)
def _bob(world: World) -> None:
    world.done("iam", {"Action": "CreateUser", **BOB})


def tag(world: World, **tags: str) -> None:
    world.done("iam", tag_form(**tags))


def tag_form(**tags: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for number, (key, value) in enumerate(tags.items(), start=1):
        pairs |= {f"Tags.member.{number}.Key": key, f"Tags.member.{number}.Value": value}
    return {"Action": "TagUser", **BOB, **pairs}


def listed(world: World) -> dict[str, str]:
    tags = world.done("iam", {"Action": "ListUserTags", **BOB})["Tags"]
    return {item["Key"]: item["Value"] for item in tags}


def test_tags_come_and_go_without_regard_to_case(world: World) -> None:
    tag(world, Team="one", Stage="test")
    tag(world, TEAM="two")
    assert listed(world) == {"TEAM": "two", "Stage": "test"}
    assert world.done("iam", {"Action": "GetUser", **BOB})["User"]["Tags"] == [
        {"Key": "Stage", "Value": "test"},
        {"Key": "TEAM", "Value": "two"},
    ]
    world.done("iam", {"Action": "UntagUser", **BOB, "TagKeys.member.1": "team", "TagKeys.member.2": "none"})
    assert listed(world) == {"Stage": "test"}


def test_fifty_and_no_more(world: World) -> None:
    tag(world, **{f"key-{number:02}": "v" for number in range(50)})
    answer = world.ask("iam", tag_form(more="v"))
    assert (answer.status, answer.code) == (409, "LimitExceeded")
    tag(world, **{"KEY-07": "new"})
    assert len(listed(world)) == 50


def test_pages_hold_all_once(world: World) -> None:
    long_key = "\u00e9" * 127
    tag(world, **{f"{long_key}{end}": "v" for end in "abc"})
    found: list[str] = []
    more: dict[str, str] = {"MaxItems": "2"}
    while more:
        page = world.done("iam", {"Action": "ListUserTags", **BOB, **more})
        found += [item["Key"] for item in page["Tags"]]
        more = {"Marker": page["Marker"]} if page["IsTruncated"] else {}
    assert sorted(found) == [f"{long_key}{end}" for end in "abc"]


def test_the_next_request_is_held_to_the_new_tags(world: World) -> None:
    """Tags of the caller are conditions, so that a tag is a right."""
    condition = {"StringEquals": {"aws:PrincipalTag/team": "certificates"}}
    eve = world.user("Eve", allow("iam:ListUsers", "*", Condition=condition))
    form = {"Action": "ListUsers"}
    assert world.ask("iam", form, key=eve).code == "AccessDenied"
    pair = {"Tags.member.1.Key": "Team", "Tags.member.1.Value": "certificates"}
    world.done("iam", {"Action": "TagUser", "UserName": "Eve", **pair})
    assert world.ask("iam", form, key=eve).status == 200
    world.done("iam", {"Action": "UntagUser", "UserName": "Eve", "TagKeys.member.1": "Team"})
    assert world.ask("iam", form, key=eve).code == "AccessDenied"


def test_the_right_is_on_the_user(world: World) -> None:
    eve = world.user("Eve", allow(["iam:TagUser", "iam:ListUserTags"], f"arn:aws:iam::{ACCOUNT}:user/Eve"))
    assert world.ask("iam", tag_form(a="b"), key=eve).code == "AccessDenied"
    assert world.ask("iam", {"Action": "ListUserTags", **BOB}, key=eve).code == "AccessDenied"
    assert world.ask("iam", {"Action": "ListUserTags", "UserName": "Eve"}, key=eve).status == 200

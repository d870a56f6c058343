"""Names and paths of IAM entities: what makes two names the same name."""

from typing import Final

ROOT_PATH: Final = "/"


def folded(name: str) -> str:
    """The form by which names are unique.

    IAM: names of users are unique without regard to case and whatever the path. Server certificates are held
    to the same rule [inferred], since ARNs that differ only by case invite mistakes in policies.
    """
    return name.lower()

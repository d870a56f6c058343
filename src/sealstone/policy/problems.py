"""What can be wrong with a policy document, in AWS's own words. Nothing here decides; the other modules raise."""

from sealstone.model.problem import Problem

SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"

_LONGEST_SHOWN = 80


class MalformedPolicyDocument(Problem):
    """The document cannot be stored: `cause` is IAM's sentence as it was recorded, `cure` names place and mend."""


def shown(text: str, longest: int = _LONGEST_SHOWN) -> str:
    """The text as a message may carry it: one line, printable, at most `longest` characters and an ellipsis."""
    printable = "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}" for character in text[: longest + 1]
    )
    return printable if len(text) <= longest and len(printable) <= longest else printable[:longest] + "..."

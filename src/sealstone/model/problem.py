"""The base of every finding about what a caller handed in, in the field's own words.

Rooms below the operations (x509, policy) raise subclasses; each AWS service has one table that turns them
into its own error codes. Nothing here knows AWS.
"""


class Problem(Exception):
    """Something handed in cannot be accepted: `cause` says exactly why, `cure` how to mend it."""

    def __init__(self, cause: str, cure: str = "") -> None:
        """Both are whole sentences without a trailing full stop; neither may hold secret material."""
        super().__init__(cause)
        self.cause = cause
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.cause}; {self.cure}" if self.cure else self.cause

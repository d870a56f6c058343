"""What a store can fail with; nothing of SQLAlchemy or of a driver leaves this room."""


class StoreFault(Exception):
    """The store cannot do what was asked; the message is one line for the operator."""


class StoreBusy(StoreFault):
    """Somebody else held the database for longer than the busy timeout; trying again later is right."""


class StoreFailed(StoreFault):
    """The disk is full or failing, or the database is damaged."""


class DiskFailed(StoreFailed):
    """The disk could not be read, written or synced: whether the last commit is durable is not known."""


class StoreTooNew(StoreFault):
    """The database was written by a newer version; this one leaves it alone."""


class NameTaken(StoreFault):
    """A unique name or id is already there; callers look first, so this is a race or a mistake."""

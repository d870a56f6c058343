"""What can go wrong with keys at rest; every message is one line for the operator and holds no secret."""


class SealFault(Exception):
    """Something sealed cannot be opened, or the master key cannot be had."""


class SealBroken(SealFault):
    """A sealed secret was altered, or belongs to another row."""


class MasterKeyMissing(SealFault):
    """There is no master key of the id that a secret was sealed with."""


class MasterKeyWrong(SealFault):
    """The master key is not the one of this store."""


class MasterKeyUnusable(SealFault):
    """The master key file cannot be read, written or trusted."""

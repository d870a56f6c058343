"""Faults of the process that an operator can mend; each message is one line that says what is wrong and how."""


class OperatorFault(Exception):
    """Something on this machine is not as it must be; nothing was changed."""


class SettingsError(OperatorFault):
    """A setting that cannot be used."""


class VaultError(OperatorFault):
    """The data directory and the master key do not make a whole."""


class StartError(OperatorFault):
    """The server cannot start."""


class InstanceInUse(OperatorFault):
    """An instance cannot be forgotten while a load balancer sends requests to it."""


class RotationFailed(OperatorFault):
    """A certificate was not replaced; the message says which one every listener has."""


class ClockError(OperatorFault):
    """The test clock and the data directory do not go together."""

"""The one family of errors that a user meets: a sentence for people, an exit code for machines."""


class FraudError(Exception):
    """Something a person can mend; its text says what is wrong, where, and what would be right.

    `exit_code` is what the command line ends with (1: it failed).
    """

    exit_code = 1


class CallError(FraudError):
    """The call itself is wrong: a path without reports, a range that ends before it starts."""

    exit_code = 2


class UnreadableError(FraudError):
    """A delivered file cannot be read as what it claims to be; the rest of the delivery goes on."""

    exit_code = 3


class GateError(FraudError):
    """The gate stopped the day: what arrived is not fit to be judged."""

    exit_code = 4


class FeedError(FraudError):
    """A feed cannot be pulled: its place refuses us, cannot be reached, or answers nonsense."""

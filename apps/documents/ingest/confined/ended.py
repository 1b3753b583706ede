"""What the server tells of a child's end, the one thing about it that the child cannot lie about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ended:
    # The exit code, or the signal that ended it as a negative number.
    code: int
    memory: int
    cpu: float
    # Its folder held more than it may.
    is_full: bool

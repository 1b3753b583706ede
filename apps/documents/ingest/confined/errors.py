"""How a reading ends that says nothing about the file."""

from apps.common.errors import QuireError


class ReaderGone(QuireError):
    """The process that reads files is not there; the same file may well be read the next time."""

    status, code, title, is_retryable = 503, "reader_gone", "Reading stopped in the middle", True


class ServerGone(ReaderGone):
    """Not one child but the server of all is gone; another can be started."""


class FalseFrame(Exception):
    """What came from a child is not what an honest one says."""
